package receive

import (
	"context"
	"sync"
)

// A gate counts who is inside. The zero value is ready.
type gate struct {
	mu     sync.Mutex
	epochs []*epoch // guarded by mu; the last one is open, the others only empty
}

// An epoch is everyone who entered between two drains.
type epoch struct {
	inside int // guarded by gate.mu
	empty  chan struct{}
}

// enter returns what to call on leaving.
func (g *gate) enter() (leave func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.epochs) == 0 {
		g.epochs = []*epoch{{empty: make(chan struct{})}}
	}
	e := g.epochs[len(g.epochs)-1]
	e.inside++
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		e.inside--
		g.sweep()
	}
}

// sweep closes and forgets every sealed epoch that nobody is in; mu must be held.
func (g *gate) sweep() {
	var kept []*epoch
	for i, e := range g.epochs {
		if e.inside == 0 && i < len(g.epochs)-1 {
			close(e.empty)
			continue
		}
		kept = append(kept, e)
	}
	g.epochs = kept
}

// drain waits until everyone who is inside now has left; later ones do not count.
func (g *gate) drain(ctx context.Context) error {
	g.mu.Lock()
	sealed := append([]*epoch(nil), g.epochs...)
	g.epochs = append(g.epochs, &epoch{empty: make(chan struct{})})
	g.sweep()
	g.mu.Unlock()
	for _, e := range sealed {
		select {
		case <-e.empty:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
