package trace_test

import (
	"fmt"
	"runtime"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	"pgregory.net/rapid"

	"github.com/seamtest/seam/harness/trace"
	"github.com/seamtest/seam/harness/trace/tracetest"
)

// stored puts the spans of the text into a store of its own.
func stored(t testing.TB, cfg trace.StoreConfig, text string) *trace.Store {
	t.Helper()
	s := trace.NewStore(cfg)
	for _, tr := range tracetest.Read(t, text) {
		s.Add(tr.Spans...)
	}
	return s
}

func TestStoreGivesBackWhatCame(t *testing.T) {
	s := stored(t, trace.StoreConfig{}, checkout)
	got, ok := s.Trace(tracetest.ID(1))
	if !ok {
		t.Fatal("the trace is not there")
	}
	if diff := cmp.Diff(lines(1, 2, 3, 4, 5, 6, 7, 8), ids(got.Spans)); diff != "" {
		t.Error(diff)
	}
	if _, ok := s.Trace(tracetest.ID(2)); ok {
		t.Error("there is a trace that never came")
	}
	stats := s.Stats()
	if stats.Traces != 1 || stats.Spans != 8 || stats.Added != 8 || stats.Bytes <= 0 {
		t.Errorf("stats: %+v", stats)
	}
}

func TestTheSameSpanTwiceIsOne(t *testing.T) {
	for _, row := range []struct {
		reason     string
		change     func(*trace.Span)
		spans      int
		duplicates uint64
		name       string
	}{
		{"an exporter that sends again", func(*trace.Span) {}, 1, 1, "first"},
		{"a later report that ended later is the fuller", func(s *trace.Span) { s.End = s.End.Add(1) }, 1, 1, "second"},
		{"more attributes are fuller", func(s *trace.Span) { s.Attrs = append(s.Attrs, attribute.Bool("more", true)) }, 1, 1, "second"},
		{"an earlier end is a partial report", func(s *trace.Span) { s.End = s.End.Add(-1) }, 1, 1, "first"},
		{"another service may share the id", func(s *trace.Span) { s.Resource = &trace.Resource{Service: "other"} }, 2, 0, "first"},
		{"the two sides of a call may share the id", func(s *trace.Span) { s.Kind = trace.Server }, 2, 0, "first"},
		{"the edge's span is not the provider's", func(s *trace.Span) { s.Scope = &trace.Scope{Name: trace.EdgeScope} }, 2, 0, ""},
	} {
		t.Run(row.reason, func(t *testing.T) {
			for _, before := range []int{0, 100} { // both with and without an index
				s := trace.NewStore(trace.StoreConfig{})
				r, scope := &trace.Resource{Service: "a"}, &trace.Scope{}
				for n := range before {
					s.Add(typical(0, uint64(n+10), r, scope))
				}
				first, second := typical(0, 0, r, scope), typical(0, 0, r, scope)
				first.Name, second.Name = "first", "second"
				row.change(second)
				s.Add(first)
				held, _ := s.Trace(first.Trace)
				s.Add(second)
				stats := s.Stats()
				if stats.Spans != before+row.spans || stats.Duplicates != row.duplicates {
					t.Errorf("after %d others: %+v", before, stats)
				}
				got, _ := s.Trace(first.Trace)
				if row.name != "" && got.Spans[0].Name != row.name {
					t.Errorf("kept %q", got.Spans[0].Name)
				}
				if held.Spans[0] != first {
					t.Error("a trace that was handed out changed")
				}
			}
		})
	}
}

func TestOldestTracesLeaveFirstAndWhole(t *testing.T) {
	s := trace.NewStore(trace.StoreConfig{MaxBytes: 64 << 10})
	r, scope := &trace.Resource{Service: "a"}, &trace.Scope{}
	const traces, each = 60, 3
	first := typical(0, 0, r, scope).Trace
	for id := range uint64(traces) {
		for n := range uint64(each) {
			s.Add(typical(id, n, r, scope))
		}
	}
	stats := s.Stats()
	if stats.EvictedTraces == 0 || stats.Traces+int(stats.EvictedTraces) != traces || stats.EvictedSpans != each*stats.EvictedTraces {
		t.Fatalf("stats: %+v", stats)
	}
	if stats.Bytes > stats.MaxBytes || stats.Bytes < stats.MaxBytes/2 {
		t.Errorf("holds %d of %d bytes", stats.Bytes, stats.MaxBytes)
	}
	for id := range uint64(traces) {
		tr, ok := s.Trace(typical(id, 0, r, scope).Trace)
		if left := id < stats.EvictedTraces; ok == left {
			t.Errorf("trace %d of %d is held: %v; %d left", id, traces, ok, stats.EvictedTraces)
		}
		if ok && len(tr.Spans) != each {
			t.Errorf("trace %d has %d spans", id, len(tr.Spans))
		}
	}
	s.Add(typical(0, 9, r, scope))
	if late, ok := s.Trace(first); !ok || !late.Partial {
		t.Error("a late span of a trace that left is taken for a whole trace")
	}
}

func TestStoreRefusesWhatItCannotHold(t *testing.T) {
	s := trace.NewStore(trace.StoreConfig{MaxBytes: 4 << 10})
	huge := typical(1, 0, &trace.Resource{}, &trace.Scope{})
	huge.Attrs = append(huge.Attrs, attribute.String("blob", string(make([]byte, 8<<10))))
	nameless := typical(1, 0, nil, nil)
	nameless.ID = trace.SpanID{}
	traceless := typical(1, 0, nil, nil)
	traceless.Trace = trace.ID{}
	s.Add(huge, nil, nameless, traceless)
	s.Add()
	if got := s.Stats(); got.Refused != 3 || got.Spans != 0 {
		t.Errorf("stats: %+v", got)
	}
	s.Add(typical(2, 0, nil, nil))
	got, ok := s.Trace(typical(2, 0, nil, nil).Trace)
	if !ok || got.Spans[0].Resource == nil || got.Spans[0].Scope == nil {
		t.Error("a span in the store lacks its resource or scope")
	}
}

func TestStoreNeverExceedsItsBound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		maxBytes := int64(rapid.IntRange(1<<10, 64<<10).Draw(t, "max"))
		s := trace.NewStore(trace.StoreConfig{MaxBytes: maxBytes})
		resources := []*trace.Resource{nil, {Service: "a"}, {Service: "b", Attrs: []attribute.KeyValue{attribute.String("k", "a long value of a resource")}}}
		for range rapid.IntRange(1, 80).Draw(t, "steps") {
			id, n := uint64(rapid.IntRange(0, 12).Draw(t, "trace")), uint64(rapid.IntRange(0, 60).Draw(t, "span"))
			span := typical(id, n, rapid.SampledFrom(resources).Draw(t, "resource"), nil)
			switch rapid.IntRange(0, 3).Draw(t, "act") {
			case 0:
				s.Open(span.Trace, span.ID, "a->b")
			case 1:
				span.Scope = &trace.Scope{Name: trace.EdgeScope}
				s.Add(span)
			default:
				span.Attrs = append(span.Attrs, attribute.String("blob", string(make([]byte, rapid.IntRange(0, 4000).Draw(t, "blob")))))
				s.Add(span, typical(id, n+1, resources[1], nil))
			}
			if stats := s.Stats(); stats.Bytes > maxBytes || stats.Bytes < 0 {
				t.Fatalf("holds %d of %d bytes", stats.Bytes, maxBytes)
			}
		}
		// An empty store owes nothing: what was charged is given back in full.
		drainAll(t, s, maxBytes)
	})
}

// drainAll pushes everything out with one span that needs all the room, and
// checks that nothing stays charged but that span.
func drainAll(t *rapid.T, s *trace.Store, maxBytes int64) {
	alone := trace.NewStore(trace.StoreConfig{MaxBytes: maxBytes})
	last := typical(99, 0, nil, nil)
	room := maxBytes - 2300 // leaves what is reserved beside the span itself
	if room <= 0 {
		return
	}
	last.Attrs = append(last.Attrs, attribute.String("blob", string(make([]byte, room))))
	alone.Add(last)
	s.Add(last)
	if a, b := alone.Stats(), s.Stats(); a.Traces == 1 && (a.Bytes != b.Bytes || b.Traces != 1 || b.Spans != 1 || b.Open != 0) {
		t.Fatalf("after all left %+v, a fresh store has %+v", b, a)
	}
}

func TestStoreIsSafeForUseAtOnce(t *testing.T) {
	s := trace.NewStore(trace.StoreConfig{MaxBytes: 256 << 10})
	changed, cancel := s.Subscribe()
	defer cancel()
	var all sync.WaitGroup
	r, scope := &trace.Resource{Service: "a"}, &trace.Scope{}
	for worker := range uint64(4) {
		all.Go(func() {
			for i := range uint64(300) {
				s.Open(typical(i, 500, r, scope).Trace, tracetest.SpanID(500+int(worker)), "a->b")
				s.Add(typical(i, worker*2, r, scope), typical(i, worker*2+1, r, scope))
			}
		})
	}
	all.Go(func() {
		for range 50 {
			for _, tr := range s.Find(trace.Query{Service: "a", Limit: 10}) {
				tr.Root()
			}
			if stats := s.Stats(); stats.Bytes > stats.MaxBytes {
				t.Errorf("holds %d of %d bytes", stats.Bytes, stats.MaxBytes)
			}
		}
	})
	all.Wait()
	select {
	case <-changed:
	default:
		t.Error("the subscriber was not told")
	}
	if stats := s.Stats(); stats.Added != 4*300*2 {
		t.Errorf("stats: %+v", stats)
	}
}

// The bound is only worth something if the estimate is near the truth.
func TestEstimateIsNearTheHeap(t *testing.T) {
	const traces, each = 500, 20
	s := trace.NewStore(trace.StoreConfig{})
	before := heap()
	for id := range uint64(traces) {
		for n := range uint64(each) {
			span := typical(id, n, &trace.Resource{Service: "a"}, &trace.Scope{Name: "lib"})
			span.Name = fmt.Sprintf("GET /orders/%d", n)
			s.Add(span)
		}
	}
	real := float64(heap() - before)
	estimate := float64(s.Stats().Bytes)
	if ratio := estimate / real; ratio < 0.9 || ratio > 2 {
		t.Errorf("estimated %.0f B a span, the heap grew by %.0f", estimate/(traces*each), real/(traces*each))
	}
	runtime.KeepAlive(s)
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
