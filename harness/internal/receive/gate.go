package receive

import (
	"context"
	"slices"
	"sync"
)

// A gate counts who is inside. The zero value is ready.
type gate struct {
	mu     sync.Mutex
	shut   bool     // guarded by mu; nobody may enter any more
	open   *epoch   // guarded by mu; who enters belongs to it
	sealed []*epoch // guarded by mu; those that somebody is still in
}

// An epoch is everyone who entered between two drains.
type epoch struct {
	inside int // guarded by gate.mu
	sealed bool
	empty  chan struct{} // closed when it is sealed and nobody is in it
}

// enter returns what to call on leaving; nil where the gate is closed.
func (g *gate) enter() (leave func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut {
		return nil
	}
	if g.open == nil {
		g.open = &epoch{empty: make(chan struct{})}
	}
	e := g.open
	e.inside++
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		if e.inside--; e.inside == 0 && e.sealed {
			close(e.empty)
			g.sealed = slices.DeleteFunc(g.sealed, func(other *epoch) bool { return other == e })
		}
	}
}

// close lets nobody in from now on and waits until everyone has left.
func (g *gate) close() {
	g.mu.Lock()
	g.shut = true
	g.mu.Unlock()
	_ = g.drain(context.Background()) // which never ends
}

// drain waits until everyone who is inside now has left; later ones do not count.
func (g *gate) drain(ctx context.Context) error {
	g.mu.Lock()
	if e := g.open; e != nil && e.inside > 0 {
		e.sealed = true
		g.sealed = append(g.sealed, e)
		g.open = nil
	}
	waited := slices.Clone(g.sealed)
	g.mu.Unlock()
	for _, e := range waited {
		select {
		case <-e.empty:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
