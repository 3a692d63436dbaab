package publish

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/url"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/seamtest/seam/harness/trace"
)

const exportTraces = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"

// overGRPC sends what encode made as it is.
type overGRPC struct {
	conn    *grpc.ClientConn
	headers metadata.MD
	options []grpc.CallOption
}

func newGRPC(cfg Config, u *url.URL) (*overGRPC, error) {
	secure := insecure.NewCredentials()
	if u.Scheme == "https" {
		secure = credentials.NewTLS(&tls.Config{MinVersion: tls.VersionTLS12})
	}
	soon := backoff.DefaultConfig
	soon.BaseDelay, soon.MaxDelay = firstWait, longestWait // else an endpoint that comes back is found two minutes later
	conn, err := grpc.NewClient(u.Host, grpc.WithTransportCredentials(secure),
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: soon, MinConnectTimeout: 5 * time.Second}))
	if err != nil {
		return nil, fmt.Errorf("publish to %s: %w", cfg.Endpoint, err)
	}
	o := &overGRPC{conn: conn, headers: metadata.New(cfg.Headers), options: []grpc.CallOption{grpc.ForceCodecV2(verbatim{})}}
	if !local(u.Hostname()) {
		o.options = append(o.options, grpc.UseCompressor(gzip.Name))
	}
	return o, nil
}

func (o *overGRPC) close() error { return o.conn.Close() }

func (o *overGRPC) send(ctx context.Context, spans []*trace.Span) (rejected, error) {
	ctx = metadata.NewOutgoingContext(ctx, o.headers)
	return o.post(ctx, exportTraces, encode(nil, spans))
}

func (o *overGRPC) post(ctx context.Context, method string, body []byte) (rejected, error) {
	var answer []byte
	if err := o.conn.Invoke(ctx, method, &body, &answer, o.options...); err != nil {
		return rejected{}, judgeStatus(status.Convert(err))
	}
	return partial(answer), nil
}

// judgeStatus follows "OTLP/gRPC Throttling" of the OTLP specification 1.9.
func judgeStatus(s *status.Status) error {
	err := answered(s.Code().String(), clip(s.Message()))
	var told bool
	var wait time.Duration
	for _, detail := range s.Details() {
		if info, ok := detail.(*errdetails.RetryInfo); ok {
			told, wait = true, max(info.GetRetryDelay().AsDuration(), 0)
		}
	}
	switch s.Code() {
	case codes.Canceled, codes.DeadlineExceeded, codes.Aborted, codes.OutOfRange, codes.Unavailable, codes.DataLoss:
		return passing{err, wait}
	case codes.ResourceExhausted:
		if told {
			return passing{err, wait}
		}
		return fmt.Errorf("%w: %w", errTooLarge, err)
	}
	return err
}

// verbatim takes messages as the bytes that they already are.
type verbatim struct{}

func (verbatim) Name() string { return "proto" }

func (verbatim) Marshal(v any) (mem.BufferSlice, error) {
	if b, ok := v.(*[]byte); ok {
		return mem.BufferSlice{mem.SliceBuffer(*b)}, nil
	}
	return nil, errors.New("not bytes")
}

func (verbatim) Unmarshal(data mem.BufferSlice, v any) error {
	b, ok := v.(*[]byte)
	if !ok {
		return errors.New("not bytes")
	}
	*b = data.Materialize()
	return nil
}
