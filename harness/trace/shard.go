package trace

import (
	"math"
	"sync"
	"sync/atomic"
)

// The store is cut by trace id so that ingest does not queue at one lock.
const (
	shardCount = 16
	mostGone   = 512 // ids of traces that left, remembered per shard
)

// A shard is one part of a store.
type shard struct {
	oldest atomic.Uint64 // order of the first in queue; MaxUint64 when empty

	mu      sync.Mutex
	traces  map[ID]*record                    // guarded by mu
	queue   []*record                         // guarded by mu; in order of arrival, from head on
	head    int                               // guarded by mu
	aside   []*record                         // guarded by mu; pinned or open when their turn came, in order of arrival
	shared  map[any]int                       // guarded by mu; records that hold a *Resource or *Scope
	gone    map[ID]struct{}                   // guarded by mu; traces that left a while ago
	ring    []ID                              // guarded by mu; the same in order of leaving
	next    int                               // guarded by mu; place in ring
	waiters map[ID]map[chan struct{}]struct{} // guarded by mu

	spans, opened              int    // guarded by mu
	added, duplicates, refused uint64 // guarded by mu
	evictedTraces              uint64 // guarded by mu
	evictedSpans               uint64 // guarded by mu
	pinned                     int    // guarded by mu; traces
	evictedPinned              uint64 // guarded by mu

	_ [64]byte // keeps the locks of two shards apart in the cache
}

func (sh *shard) init() {
	sh.oldest.Store(math.MaxUint64)
	sh.traces = map[ID]*record{}
	sh.shared = map[any]int{}
	sh.gone = map[ID]struct{}{}
	sh.waiters = map[ID]map[chan struct{}]struct{}{}
}

// record finds a trace or begins it, and returns what that cost. The caller
// holds mu and has reserved recordSize.
func (sh *shard) record(s *Store, id ID) (*record, int64) {
	if r, ok := sh.traces[id]; ok {
		return r, 0
	}
	_, gone := sh.gone[id]
	r := &record{id: id, order: s.order.Add(1), bytes: recordSize, partial: gone}
	sh.traces[id] = r
	if sh.head == len(sh.queue) {
		sh.oldest.Store(r.order)
	}
	sh.queue = append(sh.queue, r)
	return r, recordSize
}

// share charges the span's Resource and Scope to the shard where no other of
// its records holds them. The caller holds mu.
func (sh *shard) share(r *record, span *Span) int64 {
	var cost int64
	if r.hold(span.Resource) {
		if sh.shared[span.Resource]++; sh.shared[span.Resource] == 1 {
			cost += span.Resource.size()
		}
	}
	if r.hold(span.Scope) {
		if sh.shared[span.Scope]++; sh.shared[span.Scope] == 1 {
			cost += span.Scope.size()
		}
	}
	return cost
}

// hold notes that the record keeps something shared alive; it reports false
// where it did already.
func (r *record) hold(thing any) bool {
	for i := max(0, len(r.shared)-few); i < len(r.shared); i++ {
		if r.shared[i] == thing {
			return false
		}
	}
	r.shared = append(r.shared, thing)
	return true
}

// evict lets the first trace leave if it is still that of the given order,
// and returns the bytes that this frees: none where it may not leave yet and
// is set aside.
func (sh *shard) evict(order uint64) (int64, bool) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.head == len(sh.queue) || sh.queue[sh.head].order != order {
		return 0, false
	}
	r := sh.pop()
	if r.pinned > 0 || len(r.open) > 0 {
		r.aside = true
		sh.aside = append(sh.aside, r)
		return 0, true
	}
	return sh.drop(r), true
}

// drop lets a trace leave that is in no list any more, and returns the bytes
// that this frees. The caller holds mu.
func (sh *shard) drop(r *record) int64 {
	delete(sh.traces, r.id)
	sh.remember(r.id)
	freed := r.bytes
	for _, thing := range r.shared {
		freed += sh.release(thing)
	}
	sh.spans -= len(r.spans)
	sh.opened -= len(r.open)
	sh.evictedTraces++
	sh.evictedSpans += uint64(len(r.spans))
	sh.wake(r.id)
	return freed
}

// pop takes the first record from the queue and keeps the queue short.
func (sh *shard) pop() *record {
	r := sh.queue[sh.head]
	sh.queue[sh.head] = nil
	sh.head++
	if sh.head*2 >= len(sh.queue) && sh.head > 64 || sh.head == len(sh.queue) {
		left := copy(sh.queue, sh.queue[sh.head:])
		clear(sh.queue[left:])
		sh.queue, sh.head = sh.queue[:left], 0
	}
	if sh.head == len(sh.queue) {
		sh.oldest.Store(math.MaxUint64)
	} else {
		sh.oldest.Store(sh.queue[sh.head].order)
	}
	return r
}

// release gives a record's part in something shared back, and returns the
// bytes that are free when it was the last.
func (sh *shard) release(thing any) int64 {
	if sh.shared[thing]--; sh.shared[thing] > 0 {
		return 0
	}
	delete(sh.shared, thing)
	if resource, ok := thing.(*Resource); ok {
		return resource.size()
	}
	return thing.(*Scope).size()
}

// remember keeps the id of a trace that left, so that spans which come after
// it are not taken for a whole trace.
func (sh *shard) remember(id ID) {
	if _, ok := sh.gone[id]; ok {
		return
	}
	if len(sh.ring) < mostGone {
		sh.ring = append(sh.ring, id)
	} else {
		delete(sh.gone, sh.ring[sh.next])
		sh.ring[sh.next] = id
		sh.next = (sh.next + 1) % mostGone
	}
	sh.gone[id] = struct{}{}
}

// refuse counts spans that found no room, and marks their trace.
func (sh *shard) refuse(id ID, spans int) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.refused += uint64(spans)
	if r, ok := sh.traces[id]; ok {
		r.partial = true
	}
}

func (sh *shard) count(stats *Stats) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	stats.Traces += len(sh.traces)
	stats.Spans += sh.spans
	stats.Open += sh.opened
	stats.Added += sh.added
	stats.Duplicates += sh.duplicates
	stats.Refused += sh.refused
	stats.EvictedTraces += sh.evictedTraces
	stats.EvictedSpans += sh.evictedSpans
	stats.Pinned += sh.pinned
	stats.EvictedPinned += sh.evictedPinned
}
