package publish_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	"go.uber.org/goleak"

	"github.com/seamtest/seam/harness/internal/publish"
	"github.com/seamtest/seam/harness/internal/receive"
	"github.com/seamtest/seam/harness/trace"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func whole() *trace.Span {
	attrs := []attribute.KeyValue{
		attribute.Bool("bool", true), attribute.Int64("int", -7), attribute.Float64("float", 1.5), attribute.String("text", "é"),
		{Key: "bytes", Value: attribute.ByteSliceValue([]byte{0, 255})},
		{Key: "map", Value: attribute.MapValue(attribute.String("k", "v"))},
	}
	start := time.Unix(1_700_000_000, 123_456_789).UTC()
	return &trace.Span{
		Trace: trace.ID{1, 2}, ID: trace.SpanID{3}, Parent: trace.SpanID{4}, State: "a=b", Flags: 0x101, Name: "GET /", Kind: trace.Server,
		Start: start, End: start.Add(1234567), Code: trace.Error, Message: "broken", Attrs: attrs, DroppedAttrs: 1, DroppedEvents: 2, DroppedLinks: 3,
		Events:   []trace.Event{{Name: "exception", Time: start.Add(5), Attrs: attrs[:2], Dropped: 4}},
		Links:    []trace.Link{{Trace: trace.ID{9}, Span: trace.SpanID{8}, State: "c=d", Flags: 1, Attrs: attrs[:1], Dropped: 5}},
		Resource: &trace.Resource{Service: "orders", Attrs: []attribute.KeyValue{attribute.String("service.name", "orders")}, Schema: "https://example.test/r", Dropped: 6},
		Scope:    &trace.Scope{Name: "lib", Version: "1", Attrs: attrs[:1], Schema: "https://example.test/s", Dropped: 7},
	}
}

// receiver starts a real receiver that keeps what comes.
func receiver(t *testing.T) (endpoint string, got func() []*trace.Span) {
	t.Helper()
	var mu sync.Mutex
	var spans []*trace.Span
	r, err := receive.Start(receive.Config{Sink: func(s []*trace.Span) error {
		mu.Lock()
		defer mu.Unlock()
		spans = append(spans, s...)
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := r.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return r.Endpoints().OTLP, func() []*trace.Span { mu.Lock(); defer mu.Unlock(); return spans }
}

func flushed(t *testing.T, p *publish.Publisher) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := p.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(ctx); err != nil {
		t.Fatal(err)
	}
}

func TestASpanArrivesWithoutLoss(t *testing.T) {
	for _, protocol := range []string{"http/protobuf", "grpc"} {
		t.Run(protocol, func(t *testing.T) {
			endpoint, got := receiver(t)
			p, err := publish.Start(publish.Config{Endpoint: endpoint, Protocol: protocol})
			if err != nil {
				t.Fatal(err)
			}
			want := whole()
			p.Publish([]*trace.Span{want})
			flushed(t, p)
			same := cmp.Options{cmp.Comparer(func(a, b attribute.Value) bool { return a.Type() == b.Type() && a.String() == b.String() })}
			if diff := cmp.Diff([]*trace.Span{want}, got(), same); diff != "" {
				t.Error(diff)
			}
			if s := p.Stats(); s.Sent != 1 || s.Dropped != 0 {
				t.Errorf("stats %+v", s)
			}
		})
	}
}

func TestWhatFailsIsTriedAgainOrCounted(t *testing.T) {
	for _, test := range []struct {
		reason        string
		answers       []int
		sent, dropped int64
		retried       int64
	}{
		{"unavailable twice, then well", []int{503, 429, 200}, 1, 0, 2},
		{"refused for good", []int{400}, 0, 1, 0},
		{"never available", []int{503, 503, 503}, 0, 1, 2},
	} {
		t.Run(test.reason, func(t *testing.T) {
			var n atomic.Int64
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(test.answers[min(int(n.Add(1))-1, len(test.answers)-1)])
			}))
			defer server.Close()
			p, err := publish.Start(publish.Config{Endpoint: server.URL, Tries: 3})
			if err != nil {
				t.Fatal(err)
			}
			p.Publish([]*trace.Span{whole()})
			flushed(t, p)
			if s := p.Stats(); s.Sent != test.sent || s.Dropped != test.dropped || s.Retried != test.retried {
				t.Errorf("stats %+v", s)
			}
		})
	}
}

func TestAFullQueueDropsAndCounts(t *testing.T) {
	hold := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hold }))
	defer server.Close()
	p, err := publish.Start(publish.Config{Endpoint: server.URL, Queue: 4, Batch: 1})
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		p.Publish([]*trace.Span{whole()})
	}
	close(hold)
	flushed(t, p)
	if s := p.Stats(); s.Sent+s.Dropped != 20 || s.Dropped < 15 || s.LastError == "" {
		t.Errorf("stats %+v", s)
	}
}

func TestANonsenseEndpointIsRefused(t *testing.T) {
	for _, endpoint := range []string{"", "jaeger", "ftp://x", "http://"} {
		if _, err := publish.Start(publish.Config{Endpoint: endpoint}); err == nil {
			t.Errorf("%q was taken", endpoint)
		}
	}
}
