package harness

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/seamtest/seam/harness/edge"
	"github.com/seamtest/seam/harness/internal/publish"
	"github.com/seamtest/seam/harness/trace"
	"github.com/seamtest/seam/mocks"
)

// A StubTracer makes a span of each answer of a stub that no edge stands
// before, and sends it on. It is the child of what the request's headers name.
type StubTracer struct {
	publishers []*publish.Publisher
}

// TraceStub begins to trace the stub, before its first request. The endpoints
// are base URLs of OTLP receivers; the error names the one that is none. It
// takes the stub's Observe. Close must be called after the last request.
func TraceStub(stub *mocks.Stub, endpoints []string) (*StubTracer, error) {
	t := &StubTracer{}
	for _, to := range endpoints {
		p, err := publish.Start(publish.Config{Endpoint: to})
		if err != nil {
			return nil, errors.Join(err, t.Close(context.Background()))
		}
		t.publishers = append(t.publishers, p)
	}
	stub.Observe = t.observe
	return t, nil
}

// Close sends what is left until ctx ends. Its error says what was not sent.
func (t *StubTracer) Close(ctx context.Context) error {
	var errs []error
	for _, p := range t.publishers {
		_ = p.Flush(ctx) // what it could not send is counted as dropped
		errs = append(errs, p.Close(ctx))
		if s := p.Stats(); s.Dropped > 0 {
			errs = append(errs, fmt.Errorf("publish: %d of %d spans were not sent: %s", s.Dropped, s.Dropped+s.Sent, s.LastError))
		}
	}
	return errors.Join(errs...)
}

func (t *StubTracer) observe(a *mocks.Answer) {
	span := edge.Served(a.Request.Headers)
	if span == nil {
		return
	}
	describeAnswer(span, a)
	for _, p := range t.publishers {
		p.Publish([]*trace.Span{span})
	}
}

// describeAnswer fills in the span; a path is told by its route, as it may
// hold secrets.
func describeAnswer(span *trace.Span, a *mocks.Answer) {
	span.Start, span.End = a.Start, a.End
	span.Resource = &trace.Resource{Service: a.Provider, Attrs: []attribute.KeyValue{attribute.String("service.name", a.Provider)}}
	span.Scope = &trace.Scope{Name: "seam/stub"}
	route := edge.GuessRoute(a.Request.Path)
	span.Name = a.Request.Method + " " + route
	span.Attrs = []attribute.KeyValue{
		attribute.String("http.request.method", a.Request.Method), attribute.String("http.route", route),
		attribute.String("url.path", edge.RedactTarget(a.Request.Path)), attribute.Int("http.response.status_code", a.Status),
	}
	if a.Interaction == nil {
		const most = 2 << 10
		why := edge.RedactText(a.Why)
		span.Code, span.Message = trace.Error, strings.ToValidUTF8(why[:min(len(why), most)], "")
		span.Attrs = append(span.Attrs, attribute.Bool("seam.stub.matched", false))
		return
	}
	span.Attrs = append(span.Attrs, attribute.Bool("seam.stub.matched", true),
		attribute.String("seam.stub.consumer", a.Consumer), attribute.String("seam.stub.interaction", a.Interaction.Description))
	if a.Status >= http.StatusInternalServerError {
		span.Code = trace.Error
	}
}
