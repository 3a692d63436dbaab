package trace_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"

	"github.com/seamtest/seam/harness/trace"
	"github.com/seamtest/seam/harness/trace/tracetest"
)

const several = checkout + `
entry->gateway GET /orders/{id} 200-205 200 path=/orders/7
  gateway: GET /orders/{id} 201-204 tenant=blue

entry->gateway POST /checkout 300-900 201 phase=load
  gateway->orders POST /orders 310-890 201 phase=load
    orders: POST /orders 311-880

gateway->payments POST /charge 1000-1010 200 context=false
`

func TestFind(t *testing.T) {
	at := func(ms int) time.Time { return tracetest.Epoch.Add(time.Duration(ms) * time.Millisecond) }
	s := stored(t, trace.StoreConfig{}, several)
	for _, row := range []struct {
		reason string
		query  trace.Query
		want   []int
	}{
		{"all, the newest first", trace.Query{}, []int{4, 3, 2, 1}},
		{"the newest so many", trace.Query{Limit: 2}, []int{4, 3}},
		{"by service: who sent a span or answered on an edge", trace.Query{Service: "orders"}, []int{3, 1}},
		{"by operation", trace.Query{Operation: "charge"}, []int{1}},
		{"one span must be of the service and of the name", trace.Query{Service: "gateway", Operation: "POST /orders"}, nil},
		{"by attribute", trace.Query{Attrs: map[attribute.Key]string{"tenant": "blue"}}, []int{2}},
		{"by a number as text", trace.Query{Attrs: map[attribute.Key]string{"http.response.status_code": "503"}}, []int{1}},
		{"by attribute of the resource", trace.Query{Attrs: map[attribute.Key]string{"service.name": "orders"}}, []int{3, 1}},
		{"an absent attribute is not an empty one", trace.Query{Attrs: map[attribute.Key]string{"nothing": ""}}, nil},
		{"with an error", trace.Query{Failed: true}, []int{1}},
		{"with an error of that service", trace.Query{Failed: true, Service: "orders"}, nil},
		{"by edge", trace.Query{Edge: "gateway->payments"}, []int{4, 1}},
		{"by the edge from outside", trace.Query{Edge: "entry->gateway"}, []int{3, 2, 1}},
		{"an edge's name must be whole", trace.Query{Edge: "gateway->pay"}, nil},
		{"by phase", trace.Query{Phase: "load"}, []int{3}},
		{"phase and edge", trace.Query{Phase: "drive", Edge: "entry->gateway"}, []int{2, 1}},
		{"at least so long", trace.Query{MinDuration: 100 * time.Millisecond}, []int{3, 1}},
		{"at most so long", trace.Query{MaxDuration: 100 * time.Millisecond}, []int{4, 2, 1}},
		{"from a time on", trace.Query{From: at(200)}, []int{4, 3, 2}},
		{"before a time", trace.Query{To: at(200)}, []int{1}},
		{"the limit counts what is found", trace.Query{Edge: "gateway->orders", Limit: 2}, []int{3, 1}},
	} {
		var want, found, listed []trace.ID
		for _, n := range row.want {
			want = append(want, tracetest.ID(n))
		}
		for _, tr := range s.Find(row.query) {
			found = append(found, tr.ID)
		}
		for _, sum := range s.Summaries(row.query) {
			listed = append(listed, sum.ID)
		}
		if diff := cmp.Diff(want, found); diff != "" {
			t.Errorf("%s (-want +got):\n%s", row.reason, diff)
		}
		if diff := cmp.Diff(found, listed); diff != "" {
			t.Errorf("%s: Find and Summaries differ:\n%s", row.reason, diff)
		}
	}
}

func TestSummary(t *testing.T) {
	s := stored(t, trace.StoreConfig{}, checkout)
	s.Open(tracetest.ID(1), tracetest.SpanID(77), "gateway->orders")
	want := []trace.Summary{{
		ID: tracetest.ID(1), Name: "POST /checkout", Service: "gateway", Edge: "entry->gateway", Phase: "drive",
		Start: tracetest.Epoch, Duration: 100 * time.Millisecond, Spans: 8, Errors: 2, Open: 1,
		Services: []string{"gateway", "orders", "payments"},
	}}
	if diff := cmp.Diff(want, s.Summaries(trace.Query{})); diff != "" {
		t.Error(diff)
	}
}

func TestServicesAndOperations(t *testing.T) {
	s := stored(t, trace.StoreConfig{}, several)
	if diff := cmp.Diff([]string{"gateway", "orders", "payments"}, s.Services()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"POST /charge", "charge"}, s.Operations("payments")); diff != "" {
		t.Error(diff)
	}
	if got := s.Operations("nobody"); len(got) != 0 {
		t.Errorf("nobody does %v", got)
	}
}

// The newest first, over all shards and past what left.
func TestFindOrdersByArrival(t *testing.T) {
	s := trace.NewStore(trace.StoreConfig{MaxBytes: 1 << 20})
	resource, scope := &trace.Resource{Service: "a"}, &trace.Scope{}
	const traces = 2000
	var want []string
	for id := range uint64(traces) {
		span := typical(id, 0, resource, scope)
		s.Add(span)
		want = append([]string{span.Trace.String()}, want...)
	}
	var got []string
	for _, tr := range s.Find(trace.Query{}) {
		got = append(got, tr.ID.String())
	}
	if len(got) == 0 || len(got) == traces {
		t.Fatalf("%d of %d traces are held: nothing left", len(got), traces)
	}
	if diff := cmp.Diff(want[:len(got)], got); diff != "" {
		t.Errorf("order (-want +got):\n%s", fmt.Sprintf("%.500s", diff))
	}
}
