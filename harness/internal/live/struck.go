package live

import (
	"sync"
	"sync/atomic"

	"github.com/seamtest/seam/harness/trace"
)

// mostStruck bounds the traces that are remembered because a fault struck them.
const mostStruck = 1 << 16

// Struck says that a fault was injected into a call of the trace. What its
// callers answer then says nothing of how they keep their contracts: no
// exchange of the trace that ends from now on is judged or counted. Of
// 65,536 traces the latest are remembered.
func (j *Judge) Struck(id trace.ID) { j.struck.add(id) }

// A struck set holds the latest traces that a fault struck. The zero value is empty.
type struck struct {
	any atomic.Bool

	mu    sync.Mutex
	known map[trace.ID]struct{} // guarded by mu
	order []trace.ID            // guarded by mu; a ring once it is full
	next  int                   // guarded by mu
}

func (s *struck) add(id trace.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.known[id]; known {
		return
	}
	if s.known == nil {
		s.known = map[trace.ID]struct{}{}
	}
	if len(s.order) < mostStruck {
		s.order = append(s.order, id)
	} else {
		delete(s.known, s.order[s.next])
		s.order[s.next] = id
		s.next = (s.next + 1) % mostStruck
	}
	s.known[id] = struct{}{}
	s.any.Store(true)
}

func (s *struck) has(id trace.ID) bool {
	if !s.any.Load() {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, known := s.known[id]
	return known
}
