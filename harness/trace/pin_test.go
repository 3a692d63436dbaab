package trace_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/seamtest/seam/harness/trace"
)

// What is pinned or under way stays however much comes after it.
func TestPinnedAndOpenTracesOutliveAFlood(t *testing.T) {
	s := trace.NewStore(trace.StoreConfig{MaxBytes: 256 << 10})
	r, scope := &trace.Resource{Service: "a"}, &trace.Scope{}
	edge := &trace.Scope{Name: trace.EdgeScope}
	id := func(n uint64) trace.ID { return typical(n, 0, r, scope).Trace }
	for n := range uint64(20) {
		s.Add(typical(n, 0, r, scope))
	}
	if left := s.PinAll(); left != 0 {
		t.Fatalf("%d traces found no room for their pins", left)
	}
	slow := typical(1000, 0, r, edge)
	s.Open(slow.Trace, slow.ID, "a->b")
	flood := func(from uint64) {
		for n := range uint64(2000) {
			s.Add(typical(from+n, 0, r, scope))
		}
	}
	flood(2000)
	for n := range uint64(20) {
		if _, ok := s.Trace(id(n)); !ok {
			t.Errorf("pinned trace %d left", n)
		}
	}
	s.Add(slow)
	if tr, ok := s.Trace(slow.Trace); !ok || tr.Partial || len(tr.Spans) != 1 {
		t.Errorf("the trace that was open all the time is there: %v, %+v", ok, tr)
	}
	for n := range uint64(20) {
		s.Unpin(id(n))
	}
	flood(5000)
	for _, gone := range []trace.ID{id(0), id(19), slow.Trace} {
		if _, ok := s.Trace(gone); ok {
			t.Errorf("%s stays although nothing holds it", gone)
		}
	}
	if stats := s.Stats(); stats.Pinned != 0 || stats.EvictedPinned != 0 || stats.Bytes > stats.MaxBytes {
		t.Errorf("%+v", stats)
	}
	if pinned, known := s.Pin(id(0)); pinned || known {
		t.Error("a trace that left was pinned")
	}
}

// Pins leave room for others, and a store of nothing but pins still takes in.
func TestPinsAreBounded(t *testing.T) {
	s := trace.NewStore(trace.StoreConfig{MaxBytes: 128 << 10})
	r, scope := &trace.Resource{Service: "a"}, &trace.Scope{}
	pinned := 0
	for n := range uint64(1000) {
		span := typical(n, 0, r, scope)
		s.Add(span)
		if held, known := s.Pin(span.Trace); !known {
			t.Error("a trace that just came is not known")
		} else if held {
			pinned++
		}
	}
	stats := s.Stats()
	if pinned == 0 || pinned != stats.Pinned || stats.Traces < 3*pinned/2 {
		t.Errorf("%d of %d traces are pinned: %+v", pinned, stats.Traces, stats)
	}
	if left := s.PinAll(); left != stats.Traces-pinned {
		t.Errorf("%d traces found no room, wanted %d", left, stats.Traces-pinned)
	}
	first := typical(0, 0, r, scope).Trace
	for n := range uint64(1000) { // the pinned traces grow until they fill the store
		s.Add(typical(n%uint64(pinned), 1000+n, r, scope))
	}
	if stats := s.Stats(); stats.EvictedPinned == 0 || stats.Bytes > stats.MaxBytes || stats.Refused > 0 {
		t.Errorf("%+v", stats)
	}
	if tr, ok := s.Trace(first); ok && !tr.Partial && len(tr.Spans) < 2 {
		t.Error("the first trace lost spans and does not say so")
	}
}

// However pins, exchanges and spans mix, the books balance and the newest come
// first.
func TestPinsKeepTheBooks(t *testing.T) {
	r, scope, edge := &trace.Resource{Service: "a"}, &trace.Scope{}, &trace.Scope{Name: trace.EdgeScope}
	rapid.Check(t, func(t *rapid.T) {
		s := trace.NewStore(trace.StoreConfig{MaxBytes: 24 << 10})
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			span := typical(rapid.Uint64Range(0, 40).Draw(t, "trace"), rapid.Uint64Range(0, 3).Draw(t, "span"), r, scope)
			switch rapid.IntRange(0, 5).Draw(t, "act") {
			case 0:
				s.Pin(span.Trace)
			case 1:
				s.Unpin(span.Trace)
			case 2:
				s.Open(span.Trace, span.ID, "a->b")
			case 3:
				span.Scope = edge
				s.Add(span)
			case 4:
				s.PinAll()
			default:
				s.Add(span)
			}
			stats := s.Stats()
			found := s.Find(trace.Query{})
			spans := 0
			for _, tr := range found {
				spans += len(tr.Spans)
			}
			if stats.Bytes > stats.MaxBytes || len(found) != stats.Traces || spans != stats.Spans || stats.Pinned > stats.Traces {
				t.Fatalf("%d traces with %d spans are found: %+v", len(found), spans, stats)
			}
		}
	})
}
