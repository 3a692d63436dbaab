package harness

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/seamtest/seam/harness/edge"
	"github.com/seamtest/seam/harness/fault"
	"github.com/seamtest/seam/harness/trace"
)

// A Fault is what Edge.Inject puts on an edge.
type Fault = fault.Fault

// An Injection is a fault in force: it is removed by it, and counts its strikes.
type Injection = fault.Injection

// Inject puts a fault on the edge: it strikes calls that begin from now on,
// whichever connection they come by, until it is removed. What it strikes bears
// it in Exchange.Injected, and its span in the attribute seam.fault.
func (e *Edge) Inject(f Fault) (*Injection, error) {
	check := f.Check
	if e.raw {
		check = f.CheckRaw
	}
	if err := check(); err != nil {
		return nil, fmt.Errorf("inject on edge %s: %w", e.Name, err)
	}
	return e.faults.Put(f), nil
}

// disturb puts the faults that strike an exchange round its way, and notes its
// trace.
func (e *Edge) disturb(x *edge.Exchange, way http.RoundTripper, traces *struck) http.RoundTripper {
	path, _, _ := strings.Cut(x.Target, "?")
	faults := e.faults.Strike(x.Method, path)
	if faults == nil {
		return way
	}
	traces.add(x.Trace)
	x.Injected = faults.String()
	if faults.Replace() {
		x.Fault = edge.FaultInjected
	}
	return faults.Over(way)
}

// disturbRaw does so with a connection that is passed on unread.
func (e *Edge) disturbRaw(ctx context.Context, x *edge.Exchange) error {
	faults := e.faults.Strike("", "")
	x.Injected = faults.String()
	return faults.Connect(ctx)
}

// mostStruck bounds the traces that are remembered because a fault struck them.
const mostStruck = 1 << 16

// struck is the traces in which a fault struck a call: what its callers answer
// then says nothing of how they keep their contracts. The latest are kept.
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
