package trace

import "slices"

// Pinned traces may take half of a store; a pin of all at once takes a quarter
// at most, so that single ones still find room.
const (
	pinnedShare    = 2
	pinnedAllShare = 4
)

// Pin holds a trace back from leaving until Unpin. It is not pinned where pins
// take half of the store's bound already, and not known where it is not here.
func (s *Store) Pin(id ID) (pinned, known bool) {
	sh := s.shard(id)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	r, ok := sh.traces[id]
	return ok && sh.pin(s, r, s.max/pinnedShare), ok
}

// Unpin lets a trace leave again when its turn comes.
func (s *Store) Unpin(id ID) {
	sh := s.shard(id)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if r, ok := sh.traces[id]; ok {
		sh.unpin(s, r)
		sh.requeue(s, r)
	}
}

// PinAll pins what the store holds now, the oldest first, and returns how many
// traces found no room: pins made so take at most a quarter of the bound.
func (s *Store) PinAll() (unpinned int) {
	for i := range s.shards {
		sh := &s.shards[i]
		sh.mu.Lock()
		for _, r := range append(slices.Clone(sh.aside), sh.queue[sh.head:]...) {
			if !sh.pin(s, r, s.max/pinnedAllShare) {
				unpinned++
			}
		}
		sh.mu.Unlock()
	}
	return unpinned
}

// pin charges a record to the pins unless they would exceed most. The caller
// holds mu.
func (sh *shard) pin(s *Store, r *record, most int64) bool {
	switch {
	case r.pinned > 0:
		return true
	case s.pinned.Add(r.bytes) > most:
		s.pinned.Add(-r.bytes)
		return false
	}
	r.pinned = r.bytes
	sh.pinned++
	return true
}

func (sh *shard) unpin(s *Store, r *record) {
	if r.pinned > 0 {
		s.pinned.Add(-r.pinned)
		r.pinned = 0
		sh.pinned--
	}
}

// requeue puts a trace that was set aside and may leave now at the end of the
// queue, as if it had just come. The caller holds mu.
func (sh *shard) requeue(s *Store, r *record) {
	if !r.aside || r.pinned > 0 || len(r.open) > 0 {
		return
	}
	at := slices.Index(sh.aside, r)
	sh.aside = slices.Delete(sh.aside, at, at+1)
	r.aside, r.order = false, s.order.Add(1)
	if sh.head == len(sh.queue) {
		sh.oldest.Store(r.order)
	}
	sh.queue = append(sh.queue, r)
}

// evictAside lets the oldest of the traces leave that were set aside: nothing
// else is left. It reports false when there is none.
func (s *Store) evictAside() bool {
	for i := range s.shards {
		sh := &s.shards[i]
		sh.mu.Lock()
		if len(sh.aside) == 0 {
			sh.mu.Unlock()
			continue
		}
		r := sh.aside[0]
		sh.aside = slices.Delete(sh.aside, 0, 1)
		if r.pinned > 0 {
			sh.evictedPinned++
		}
		sh.unpin(s, r)
		freed := sh.drop(r)
		sh.mu.Unlock()
		s.bytes.Add(-freed)
		return true
	}
	return false
}
