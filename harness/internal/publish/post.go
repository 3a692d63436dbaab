package publish

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"google.golang.org/grpc/metadata"
)

const (
	exportMetrics = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"
	metricsPath   = "/v1/metrics"
)

// A Post sends metrics that are encoded already, one message at a time, as a
// Publisher sends spans. It keeps and repeats nothing.
type Post struct {
	http *overHTTP
	grpc *overGRPC
}

// NewPost uses Endpoint, Protocol and Headers of the configuration. Where the
// endpoint is exact, it is the whole URL of the metrics over HTTP. It does not
// connect.
func NewPost(cfg Config, exact bool) (*Post, error) {
	u, err := url.Parse(cfg.Endpoint)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, fmt.Errorf("%q is no endpoint; write a whole URL such as http://127.0.0.1:4318", cfg.Endpoint)
	}
	defaults(&cfg)
	switch cfg.Protocol {
	case "http/protobuf":
		p := &Post{http: newHTTP(cfg, u)}
		p.http.target = cfg.Endpoint
		if !exact {
			p.http.target = strings.TrimSuffix(strings.TrimSuffix(cfg.Endpoint, "/"), metricsPath) + metricsPath
		}
		return p, nil
	case "grpc":
		over, err := newGRPC(cfg, u)
		return &Post{grpc: over}, err
	}
	return nil, fmt.Errorf("protocol %q is not known; use http/protobuf or grpc", cfg.Protocol)
}

// Send does one attempt. It tells how many points the endpoint rejected of a
// message that it took, and why.
func (p *Post) Send(ctx context.Context, body []byte) (points int, why string, err error) {
	var r rejected
	if p.grpc != nil {
		r, err = p.grpc.post(metadata.NewOutgoingContext(ctx, p.grpc.headers), exportMetrics, body)
	} else if body, err = p.http.zipped(body); err == nil {
		r, err = p.http.post(ctx, body)
	}
	return r.spans, strings.Replace(r.why, " spans ", " points ", 1), err
}

// Close ends what is kept open.
func (p *Post) Close() error {
	if p.grpc != nil {
		return p.grpc.close()
	}
	return p.http.close()
}
