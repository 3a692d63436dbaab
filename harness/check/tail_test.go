package check

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/seamtest/seam/harness/trace"
)

// However requests mix, what the tail names at the end is there, and the store
// keeps to its bound: whatever was slow, failed first, or is named by the load
// generator.
func TestTheTailOutlivesAFlood(t *testing.T) {
	const bound = 400 << 10
	store := trace.NewStore(trace.StoreConfig{MaxBytes: bound})
	tail := newTail(store)
	r := rand.New(rand.NewPCG(5, 6))
	type request struct {
		id   trace.ID
		took time.Duration
	}
	var slowest, named request
	var failed []trace.ID
	for n := range uint64(20_000) {
		var id trace.ID
		binary.BigEndian.PutUint64(id[:8], r.Uint64())
		binary.BigEndian.PutUint64(id[8:], n+1)
		took := time.Duration(r.ExpFloat64() * float64(time.Millisecond))
		store.Open(id, trace.SpanID{1}, "entry->web")
		store.Add(&trace.Span{Trace: id, ID: trace.SpanID{1}, Name: "GET /", Scope: &trace.Scope{Name: trace.EdgeScope}})
		wrong := n%1000 == 999
		if wrong {
			failed = append(failed, id)
		}
		tail.take(id, took, wrong)
		if took > slowest.took {
			slowest = request{id, took}
		}
		if n%500 == 0 { // the load generator calls another one its worst
			named = request{id, took}
			tail.name([]string{id.String(), "no trace id", trace.ID{9}.String()})
		}
	}
	stats := store.Stats()
	if stats.Bytes > bound || stats.EvictedTraces == 0 || stats.EvictedPinned > 0 {
		t.Fatalf("%+v", stats)
	}
	for name, id := range map[string]trace.ID{"the slowest": slowest.id, "what is named": named.id, "the first failed": failed[0], "the last failed": failed[len(failed)-1]} {
		if _, ok := store.Trace(id); !ok {
			t.Errorf("the trace of %s is gone", name)
		}
	}
	if stats.Pinned > mostSlow+len(failed)+1 {
		t.Errorf("%d traces are pinned", stats.Pinned)
	}
}
