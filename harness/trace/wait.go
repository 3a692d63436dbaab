package trace

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
)

// Wait returns as soon as the trace is complete: every exchange that an edge
// opened in it has ended, every parent that a span names has come, and each
// instrumented provider has sent a span below that of each edge it answered
// on. When ctx ends first it returns what is missing; with a ctx that has
// ended already it reports how things stand. A trace that nobody has heard of
// is waited for too.
func (s *Store) Wait(ctx context.Context, id ID) Completeness {
	sh := s.shard(id)
	arrived := sh.enter(id)
	defer sh.leave(id, arrived)
	var a *audit
	for {
		v, known := sh.look(id)
		if known && (a == nil || a.record != v.record) {
			a = newAudit(v.record)
		}
		if known {
			a.take(v)
			if a.complete(&s.instrumented) {
				return Completeness{Complete: true}
			}
		}
		select {
		case <-arrived:
		case <-ctx.Done():
			if len(arrived) > 0 {
				continue // what came at the last moment still counts
			}
			return s.verdict(id, a, known)
		}
	}
}

func (s *Store) verdict(id ID, a *audit, known bool) Completeness {
	switch {
	case known:
		return a.verdict(&s.instrumented)
	case s.shard(id).left(id):
		return Completeness{Why: fmt.Sprintf("trace %s left the store, which holds %d MiB: give it more, or wait sooner", id, s.max>>20)}
	default:
		return Completeness{Why: fmt.Sprintf("no span of trace %s has come", id)}
	}
}

// enter registers somebody who waits for news of a trace. The channel holds
// one piece of news, so that a sender never waits and none is lost.
func (sh *shard) enter(id ID) chan struct{} {
	arrived := make(chan struct{}, 1)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.waiters[id] == nil {
		sh.waiters[id] = map[chan struct{}]struct{}{}
	}
	sh.waiters[id][arrived] = struct{}{}
	return arrived
}

func (sh *shard) leave(id ID, arrived chan struct{}) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	delete(sh.waiters[id], arrived)
	if len(sh.waiters[id]) == 0 {
		delete(sh.waiters, id)
	}
}

// wake tells all who wait for the trace; the caller holds mu.
func (sh *shard) wake(id ID) {
	if len(sh.waiters) == 0 {
		return
	}
	for arrived := range sh.waiters[id] {
		select {
		case arrived <- struct{}{}:
		default:
		}
	}
}

func (sh *shard) look(id ID) (view, bool) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	r, ok := sh.traces[id]
	if !ok {
		return view{}, false
	}
	return r.view(), true
}

func (sh *shard) left(id ID) bool {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	_, ok := sh.gone[id]
	return ok
}

// subscribers are told that something came.
type subscribers struct {
	count atomic.Int32
	mu    sync.Mutex
	all   map[chan struct{}]struct{} // guarded by mu
}

// Subscribe returns a channel that holds one notice whenever spans came since
// the last was taken; however many came, one notice waits. The function ends
// the subscription and may be called more than once.
func (s *Store) Subscribe() (changed <-chan struct{}, cancel func()) {
	return s.subscribers.add()
}

func (subs *subscribers) add() (<-chan struct{}, func()) {
	c := make(chan struct{}, 1)
	subs.mu.Lock()
	defer subs.mu.Unlock()
	if subs.all == nil {
		subs.all = map[chan struct{}]struct{}{}
	}
	subs.all[c] = struct{}{}
	subs.count.Add(1)
	return c, sync.OnceFunc(func() {
		subs.mu.Lock()
		defer subs.mu.Unlock()
		delete(subs.all, c)
		subs.count.Add(-1)
	})
}

func (subs *subscribers) announce() {
	if subs.count.Load() == 0 {
		return
	}
	subs.mu.Lock()
	defer subs.mu.Unlock()
	for c := range subs.all {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}
