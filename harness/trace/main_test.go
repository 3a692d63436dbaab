package trace_test

import (
	"encoding/binary"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.uber.org/goleak"

	"github.com/seamtest/seam/harness/trace"
	"github.com/seamtest/seam/harness/trace/tracetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// checkout is a whole trace: every edge's span has what belongs below it.
const checkout = `
entry->gateway POST /checkout 0-100 201
  gateway: POST /checkout 1-99
    gateway: HTTP POST 9-51 client
      gateway->orders POST /orders 10-50 201
        orders: POST /orders 11-49
    gateway: HTTP POST 59-91 client
      gateway->payments POST /charge 60-90 503
        payments: charge 61-89 error
`

func ids(spans []*trace.Span) (all []trace.SpanID) {
	for _, s := range spans {
		all = append(all, s.ID)
	}
	return all
}

func lines(numbers ...int) (all []trace.SpanID) {
	for _, n := range numbers {
		all = append(all, tracetest.SpanID(n))
	}
	return all
}

// typical makes span n of trace id as an OpenTelemetry SDK would send it.
func typical(id, n uint64, resource *trace.Resource, scope *trace.Scope) *trace.Span {
	s := &trace.Span{
		Name: "GET /orders/{id}", Kind: trace.Client, Flags: 1, Resource: resource, Scope: scope,
		Start: tracetest.Epoch.Add(time.Duration(n) * time.Millisecond),
		Attrs: []attribute.KeyValue{
			attribute.String("http.request.method", "GET"), attribute.String("url.path", "/orders/1234567"),
			attribute.String("http.route", "/orders/{id}"), attribute.Int("http.response.status_code", 200),
			attribute.String("server.address", "127.0.0.1"), attribute.Int("server.port", 43117),
			attribute.String("user_agent.original", "Go-http-client/1.1"), attribute.String("network.protocol.version", "1.1"),
		},
	}
	s.End = s.Start.Add(3 * time.Millisecond)
	binary.BigEndian.PutUint64(s.Trace[8:], id+1)
	binary.BigEndian.PutUint64(s.Trace[:], (id+1)*0x9e3779b97f4a7c15)
	binary.BigEndian.PutUint64(s.ID[:], n+1)
	if n > 0 {
		binary.BigEndian.PutUint64(s.Parent[:], n)
	}
	return s
}
