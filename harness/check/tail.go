package check

import (
	"math"
	"slices"
	"sync"
	"time"

	"github.com/seamtest/seam/harness/trace"
)

// How many traces of a load stay whatever comes after them: the slowest and
// the first failed as the entry saw them, beside those that the load generator
// names. Once the store is full, the others leave in the order of arrival.
const (
	mostSlow   = 100
	mostFailed = 100
)

// A tail pins the traces of the slowest and of the failed requests of a load
// while it goes on, so that they are there at its end.
type tail struct {
	store *trace.Store

	mu     sync.Mutex
	slow   []shot            // guarded by mu; the slowest first
	failed map[trace.ID]bool // guarded by mu
	named  map[trace.ID]bool // guarded by mu; by the load generator, lately
}

type shot struct {
	id   trace.ID
	took time.Duration
}

func newTail(store *trace.Store) *tail {
	return &tail{store: store, failed: map[trace.ID]bool{}, named: map[trace.ID]bool{}}
}

// take looks at a request that ended. Its trace is in the store already.
func (t *tail) take(id trace.ID, took time.Duration, failed bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if failed && len(t.failed) < mostFailed && t.pin(id, forever) {
		t.failed[id] = true
	}
	if n := len(t.slow); n == mostSlow && took <= t.slow[n-1].took || !t.pin(id, took) {
		return
	}
	at, _ := slices.BinarySearchFunc(t.slow, took, func(s shot, took time.Duration) int { return int(took - s.took) })
	t.slow = slices.Insert(t.slow, at, shot{id, took})
	if len(t.slow) > mostSlow {
		t.dropLast()
	}
}

// forever is longer than what any request takes.
const forever = time.Duration(math.MaxInt64)

// pin holds a trace; where pins have no room left it takes the place of
// requests that took less. mu is held.
func (t *tail) pin(id trace.ID, took time.Duration) bool {
	for {
		pinned, known := t.store.Pin(id)
		n := len(t.slow)
		if pinned || !known || n == 0 || took <= t.slow[n-1].took {
			return pinned
		}
		t.dropLast()
	}
}

// dropLast lets the quickest of the slow go. mu is held.
func (t *tail) dropLast() {
	last := len(t.slow) - 1
	out := t.slow[last].id
	t.slow = t.slow[:last]
	t.release(out)
}

// name pins what the load generator calls its worst now, in the place of what
// it called so before.
func (t *tail) name(ids []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	before := t.named
	t.named = map[trace.ID]bool{}
	for _, text := range ids {
		if id, ok := trace.ParseID(text); ok && t.pin(id, forever) {
			t.named[id] = true
		}
	}
	for id := range before {
		t.release(id)
	}
}

// release lets a trace go that nobody holds any more. mu is held.
func (t *tail) release(id trace.ID) {
	if !t.failed[id] && !t.named[id] && !slices.ContainsFunc(t.slow, func(s shot) bool { return s.id == id }) {
		t.store.Unpin(id)
	}
}

// mostCrossing is how many traces are named for what an edge does under load.
const mostCrossing = 3

// crossing lists traces of the slow that crossed the edge.
func (t *tail) crossing(edge string, traces *trace.Store) []trace.ID {
	t.mu.Lock()
	defer t.mu.Unlock()
	var ids []trace.ID
	for _, s := range t.slow {
		tr, ok := traces.Trace(s.id)
		if ok && len(ids) < mostCrossing && slices.ContainsFunc(tr.Edges(), func(s *trace.Span) bool { return s.Edge() == edge }) {
			ids = append(ids, s.id)
		}
	}
	return ids
}
