package trace_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seamtest/seam/harness/trace"
	"github.com/seamtest/seam/harness/trace/tracetest"
)

// now asks how things stand, without waiting.
func now(s *trace.Store, id trace.ID) trace.Completeness {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return s.Wait(ctx, id)
}

func TestCompleteness(t *testing.T) {
	all := trace.StoreConfig{Instrumented: []string{"gateway", "orders", "payments"}}
	for _, row := range []struct {
		reason  string
		cfg     trace.StoreConfig
		text    string
		open    []trace.Opened
		missing []trace.Missing
		why     string // "": complete
	}{
		{reason: "all that must come has come", cfg: all, text: checkout},
		{reason: "nobody is known to send spans: the edge's own is all", text: "entry->a GET / 0-10 200"},
		{reason: "the entry's caller is outside", text: "entry->a GET / 0-10 200 orphan"},
		{
			reason: "an exchange goes on", text: "entry->a GET / 0-10 200", open: []trace.Opened{{Span: tracetest.SpanID(9), Edge: "a->b"}},
			missing: []trace.Missing{{Service: "b", Why: "the exchange on a->b has not ended", Span: tracetest.SpanID(9)}},
			why:     "one span is missing: of b, since the exchange on a->b has not ended",
		},
		{
			reason: "the consumer's span goes on after the answer", text: "entry->a GET / 0-10 200\n  a: GET / 1-9\na->b GET / 3-4 200 orphan",
			missing: []trace.Missing{{Service: "a", Why: `the exchange "GET /" on a->b names it as its parent`, Span: tracetest.SpanID(1002)}},
			why:     `one span is missing: of a, since the exchange "GET /" on a->b names it as its parent`,
		},
		{
			reason: "a span inside a service lost its parent", text: "entry->a GET / 0-10 200\na: work 3-4 internal orphan",
			missing: []trace.Missing{{Service: "a", Why: `span "work" of a names it as its parent`, Span: tracetest.SpanID(1001)}},
			why:     `one span is missing: of a, since span "work" of a names it as its parent`,
		},
		{
			reason: "nobody can tell who called a server's span", text: "b: GET / 3-4 orphan",
			missing: []trace.Missing{{Why: `span "GET /" of b names it as its parent`, Span: tracetest.SpanID(1000)}},
			why:     `one span is missing: of an unknown service, since span "GET /" of b names it as its parent`,
		},
		{
			reason: "a declared party has sent nothing", cfg: all, text: "entry->gateway GET / 0-10 200",
			missing: []trace.Missing{{Service: "gateway", Why: `the exchange "GET /" on entry->gateway has nothing of gateway below it`, Span: tracetest.SpanID(1)}},
			why:     `one span is missing: of gateway, since the exchange "GET /" on entry->gateway has nothing of gateway below it`,
		},
		{reason: "the provider's client span below the edge's is enough", cfg: all, text: "entry->gateway GET / 0-10 200\n  gateway: GET 1-2 client"},
		{reason: "a provider that never answered owes no span", cfg: all, text: "entry->gateway GET / 0-10 error error.type=connection_refused"},
		{reason: "an edge that answered in its place owes none", cfg: all, text: "entry->gateway GET / 0-10 503 error.type=not_ready"},
		{
			reason: "the provider's own error is an answer", cfg: all, text: "entry->gateway GET / 0-10 503",
			missing: []trace.Missing{{Service: "gateway", Why: `the exchange "GET /" on entry->gateway has nothing of gateway below it`, Span: tracetest.SpanID(1)}},
			why:     `one span is missing: of gateway, since the exchange "GET /" on entry->gateway has nothing of gateway below it`,
		},
	} {
		t.Run(row.reason, func(t *testing.T) {
			s := trace.NewStore(row.cfg)
			tr := tracetest.One(t, row.text)
			for _, open := range row.open {
				s.Open(tr.ID, open.Span, open.Edge)
			}
			s.Add(tr.Spans...)
			want := trace.Completeness{Complete: row.why == "", Missing: row.missing, Why: row.why}
			if diff := cmp.Diff(want, now(s, tr.ID)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestUnsampledExchangesOweNoSpan(t *testing.T) {
	for _, row := range []struct {
		reason   string
		flags    uint32
		phase    string
		complete bool
	}{
		{"sampled: the provider sends its span", 1, "load", false},
		{"not sampled: it does not", 0, "load", true},
		{"in drive the edge forces sampling", 0, "drive", false},
	} {
		tr := tracetest.One(t, "entry->a GET / 0-10 200 phase="+row.phase)
		tr.Spans[0].Flags = row.flags
		s := trace.NewStore(trace.StoreConfig{Instrumented: []string{"a"}})
		s.Add(tr.Spans...)
		if got := now(s, tr.ID); got.Complete != row.complete {
			t.Errorf("%s: %+v", row.reason, got)
		}
	}
}

// Who sent a span below an edge's once is waited for from then on, whichever
// of the two came first, and in small traces as in large ones.
func TestInstrumentedPartiesAreLearned(t *testing.T) {
	for _, others := range []int{0, 100} {
		for _, row := range []struct {
			reason, text string
			order        []int
			complete     bool
		}{
			{"the edge's span first", "entry->a GET / 0-10 200\n  a: GET / 1-9", []int{0, 1}, false},
			{"the provider's span first", "entry->a GET / 0-10 200\n  a: GET / 1-9", []int{1, 0}, false},
			{"by another service name", "entry->a GET / 0-10 200\n  a-service: GET / 1-9", []int{1, 0}, false},
			{"a hop below is no span of the provider's", "entry->a GET / 0-10 200\n  a->b GET / 1-9 200", []int{1, 0}, true},
		} {
			s := trace.NewStore(trace.StoreConfig{})
			tr := tracetest.One(t, row.text)
			for n := range others {
				other := typical(7, uint64(n+500), &trace.Resource{}, &trace.Scope{})
				other.Trace = tr.ID
				s.Add(other)
			}
			for _, i := range row.order {
				s.Add(tr.Spans[i])
			}
			next := tracetest.Read(t, "x: y 0-1\n\nentry->a GET / 20-30 200")[1]
			s.Add(next.Spans...)
			if got := now(s, next.ID); got.Complete != row.complete {
				t.Errorf("%s, after %d others: the next trace is %+v", row.reason, others, got)
			}
		}
	}
}

func TestWaitWakesOnArrival(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := trace.NewStore(trace.StoreConfig{Instrumented: []string{"gateway", "orders", "payments"}})
		tr := tracetest.One(t, checkout)
		began := time.Now()
		done := make(chan trace.Completeness)
		go func() { done <- s.Wait(t.Context(), tr.ID) }()
		for _, edge := range tr.Edges() {
			s.Open(tr.ID, edge.ID, edge.Edge())
		}
		for _, span := range tr.Spans {
			synctest.Wait()
			select {
			case got := <-done:
				t.Fatalf("returned before span %s came: %+v", span.ID, got)
			default:
			}
			time.Sleep(time.Second) // virtual: the spans come a second apart
			s.Add(span)
		}
		if got := <-done; !got.Complete || time.Since(began) != 8*time.Second {
			t.Errorf("after %s: %+v", time.Since(began), got)
		}
	})
}

func TestWaitEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := trace.NewStore(trace.StoreConfig{})
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		began := time.Now()
		s.Open(tracetest.ID(1), tracetest.SpanID(1), "entry->a")
		got := s.Wait(ctx, tracetest.ID(1))
		if got.Complete || len(got.Missing) != 1 || time.Since(began) != 3*time.Second {
			t.Errorf("after %s: %+v", time.Since(began), got)
		}
	})
}

func TestWaitForWhatNeverCameOrLeft(t *testing.T) {
	s := trace.NewStore(trace.StoreConfig{MaxBytes: 16 << 10})
	if got := now(s, tracetest.ID(1)); got.Complete || got.Why != "no span of trace 00000000000000000000000000000001 has come" {
		t.Errorf("%+v", got)
	}
	for id := range uint64(50) {
		s.Add(typical(id, 0, nil, nil))
	}
	first := typical(0, 0, nil, nil)
	if got := now(s, first.Trace); got.Complete || !strings.Contains(got.Why, "left the store") {
		t.Errorf("%+v", got)
	}
	s.Add(first)
	if got := now(s, first.Trace); got.Complete || got.Why != "spans of it left the store to make room" {
		t.Errorf("%+v", got)
	}
}

// A waiter must hear of a trace that leaves while it waits.
func TestWaitGoesOnWhenTheTraceLeavesAndComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := trace.NewStore(trace.StoreConfig{MaxBytes: 16 << 10})
		first := typical(0, 0, nil, nil)
		first.Parent = trace.SpanID{1} // it never comes, so there is something to wait for
		s.Add(first)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		done := make(chan trace.Completeness)
		go func() { done <- s.Wait(ctx, first.Trace) }()
		synctest.Wait()
		for id := range uint64(50) {
			s.Add(typical(id+1, 0, nil, nil))
		}
		s.Add(typical(0, 0, nil, nil))
		if got := <-done; got.Complete || got.Why != "spans of it left the store to make room" {
			t.Errorf("%+v", got)
		}
	})
}

func TestManyWaitAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := trace.NewStore(trace.StoreConfig{})
		done := make(chan error, 20)
		for i := range 20 {
			id := typical(uint64(i/2), 0, nil, nil).Trace
			go func() {
				if got := s.Wait(t.Context(), id); !got.Complete {
					done <- fmt.Errorf("%s: %s", id, got.Why)
					return
				}
				done <- nil
			}()
		}
		synctest.Wait()
		for i := range uint64(10) {
			s.Add(typical(i, 0, nil, nil))
		}
		for range 20 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	})
}

func TestSubscribersAreToldOnceUntilTheyLook(t *testing.T) {
	s := trace.NewStore(trace.StoreConfig{})
	changed, cancel := s.Subscribe()
	for n := range uint64(5) {
		s.Add(typical(0, n, nil, nil))
	}
	<-changed
	select {
	case <-changed:
		t.Error("told twice")
	default:
	}
	cancel()
	cancel()
	s.Add(typical(0, 9, nil, nil))
	select {
	case <-changed:
		t.Error("told after the end")
	default:
	}
}
