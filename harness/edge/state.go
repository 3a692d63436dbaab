package edge

import (
	"context"
	"net/url"
	"time"
)

// A state is what holds for every request that begins now. It is replaced as a
// whole, so a request on an old connection sees a change at once.
type state struct {
	phase  Phase
	target *url.URL      // nil until the provider is ready
	died   string        // why the provider is gone; "" while it is not
	next   chan struct{} // closed when the state was replaced
}

// change puts a new state in the place of the old and wakes who waits for it.
func (p *Proxy) change(edit func(*state)) {
	for {
		old := p.state.Load()
		next := *old
		next.next = make(chan struct{})
		edit(&next)
		if p.state.CompareAndSwap(old, &next) {
			close(old.next)
			return
		}
	}
}

// Forward says that the provider is ready at target, and releases held calls.
// A path of target is put before the path of every call.
func (p *Proxy) Forward(target *url.URL) {
	to := *target
	p.change(func(s *state) { s.target, s.died = &to, "" })
}

// Fail says that the provider died: calls, held ones too, are answered with
// 502 that names it and gives why, until Forward is called again.
func (p *Proxy) Fail(why string) {
	if why == "" {
		why = "it is gone"
	}
	p.change(func(s *state) { s.died = why })
}

// SetPhase says what the run does from now on; exchanges that have begun keep
// the phase in which they began.
func (p *Proxy) SetPhase(phase Phase) {
	p.change(func(s *state) { s.phase = phase })
}

// await returns the provider's address, at once where it is known, or why
// there is none. A call is held for at most Config.Hold, counted from now.
func (p *Proxy) await(ctx context.Context) (*url.URL, *failure) {
	s := p.state.Load()
	if s.died == "" && s.target != nil {
		return s.target, nil
	}
	limit := time.NewTimer(p.cfg.Hold)
	defer limit.Stop()
	p.held.Add(1)
	for {
		switch {
		case s.died != "":
			return nil, p.diedFailure(s.died)
		case s.target != nil:
			return s.target, nil
		}
		select {
		case <-s.next:
			s = p.state.Load()
		case <-limit.C:
			return nil, p.unreadyFailure()
		case <-p.closing:
			return nil, p.closingFailure()
		case <-ctx.Done():
			return nil, &failure{fault: faultCanceled}
		}
	}
}
