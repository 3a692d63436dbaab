package edge

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// A ledger lists the open exchanges in the order in which they began, so that
// the oldest one says what has not been observed yet.
type ledger struct {
	mu     sync.Mutex
	oldest *entry    // guarded by mu
	newest *entry    // guarded by mu
	begun  uint64    // guarded by mu
	waits  []waiting // guarded by mu
}

// An entry is one exchange's place in a ledger; it is embedded in the call.
type entry struct {
	x          *Exchange
	number     uint64
	listed     bool // guarded by the ledger's mu
	prev, next *entry
}

// A waiting is closed when no exchange up to number is open.
type waiting struct {
	number uint64
	done   chan struct{}
}

func (l *ledger) begin(e *entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.begun++
	e.number, e.listed = l.begun, true
	e.prev = l.newest
	if l.newest == nil {
		l.oldest = e
	} else {
		l.newest.next = e
	}
	l.newest = e
}

// end takes an exchange out; a second call does nothing.
func (l *ledger) end(e *entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !e.listed {
		return
	}
	e.listed = false
	if e.prev == nil {
		l.oldest = e.next
	} else {
		e.prev.next = e.next
	}
	if e.next == nil {
		l.newest = e.prev
	} else {
		e.next.prev = e.prev
	}
	e.prev, e.next = nil, nil
	l.wake()
}

// wake releases who waits for nothing that is open any more. mu is held.
func (l *ledger) wake() {
	kept := l.waits[:0]
	for _, w := range l.waits {
		if l.oldest == nil || l.oldest.number > w.number {
			close(w.done)
			continue
		}
		kept = append(kept, w)
	}
	l.waits = kept
}

// settled returns a channel that is closed when everything begun until now
// ended. Who stops waiting before that says so with forget.
func (l *ledger) settled() chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	done := make(chan struct{})
	l.waits = append(l.waits, waiting{l.begun, done})
	l.wake()
	return done
}

// forget ends a wait that settled began.
func (l *ledger) forget(done chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waits = slices.DeleteFunc(l.waits, func(w waiting) bool { return w.done == done })
}

// first describes the oldest open exchange, "" where none is.
func (l *ledger) first() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.oldest == nil {
		return ""
	}
	x := l.oldest.x
	return fmt.Sprintf("%s %s, open for %s", x.Method, RedactTarget(x.Target), time.Since(x.Start).Round(time.Millisecond))
}

// An OpenError tells of an exchange that did not end while it was waited for.
type OpenError struct {
	Edge string
	Call string // its method and target, and for how long it has been open
	Err  error  // why it was waited for no longer
}

func (e *OpenError) Error() string {
	return fmt.Sprintf("edge %s: settle: %s: %v", e.Edge, e.Call, e.Err)
}

func (e *OpenError) Unwrap() error { return e.Err }

// Settle returns nil when every exchange that had begun before the call was
// observed by Spans and End. Connections that were upgraded (websocket) or pass
// raw live as long as their peers like and are not waited for. When ctx ends
// first, the error is an *OpenError of the oldest exchange that is still open.
func (p *Proxy) Settle(ctx context.Context) error {
	done := p.open.settled()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		p.open.forget(done)
		if first := p.open.first(); first != "" {
			return &OpenError{Edge: fmt.Sprint(p.cfg.Edge), Call: first, Err: context.Cause(ctx)}
		}
		return nil
	}
}
