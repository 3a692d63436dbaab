package harness

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seamtest/seam/contracts"
	"github.com/seamtest/seam/harness/internal/receive"
	"github.com/seamtest/seam/harness/trace"
	"github.com/seamtest/seam/mocks"
)

// TestEachAnswerOfAStubIsASpan asks on the short way and through net/http.
func TestEachAnswerOfAStubIsASpan(t *testing.T) {
	pact, _, err := contracts.Read(strings.NewReader(`{"consumer": {"name": "web"}, "provider": {"name": "orders"}, "metadata": {"pactSpecification": {"version": "3.0.0"}},
		"interactions": [{"description": "an order", "request": {"method": "GET", "path": "/orders/7"}, "response": {"status": 200, "body": {"id": 7}}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	stub, err := mocks.New(pact)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var came []*trace.Span
	collector, err := receive.Start(receive.Config{Sink: func(spans []*trace.Span) error {
		mu.Lock()
		defer mu.Unlock()
		came = append(came, spans...)
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	tracer, err := TraceStub(stub, []string{collector.Endpoints().OTLP})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(stub)
	server.Listener = stub.Front(server.Listener)
	server.Start()
	for _, one := range [][3]string{
		{"GET", "/orders/7", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
		{"GET", "/orders/8", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
		{"GET", "/orders/7", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"}, // not to be sampled
		{"HEAD", "/orders/7", ""},
	} {
		r, err := http.NewRequestWithContext(t.Context(), one[0], server.URL+one[1], http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Traceparent", one[2])
		answer, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
	}
	server.Close()
	end, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := tracer.Close(end); err != nil {
		t.Error(err)
	}
	if err := collector.Close(end); err != nil {
		t.Error(err)
	}
	const child = "0af7651916cd43dd8448eb211c80319c b7ad6b7169203331"
	want := []string{
		"orders SERVER GET /orders/{id} " + child + " 200 an order",
		"orders SERVER GET /orders/{id} " + child + ` 404  no interaction matches the request; the closest is "an order" of web and orders: Expected path '/orders/8' to be equal to '/orders/7'`,
		"orders SERVER HEAD /orders/{id} root 404  no interaction matches the request; the closest is \"an order\" of web and orders: Expected method GET but received HEAD",
	}
	var got []string
	for _, s := range came {
		context := s.Trace.String() + " " + s.Parent.String()
		if s.Parent.IsZero() {
			context = "root"
		}
		line := s.Service() + " SERVER " + s.Name + " " + context + " " + s.Attr("http.response.status_code").String() + " " + s.Attr("seam.stub.interaction").AsString()
		if s.Message != "" {
			line += " " + s.Message
		}
		got = append(got, line)
		if s.Kind != trace.Server || s.Start.IsZero() || s.End.Before(s.Start) || s.ID.IsZero() {
			t.Errorf("span %+v", s)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
