package load

import (
	"context"
	"slices"
	"time"
)

// open is the clock of the open model: it starts every request when it is
// due, on a connection that has room. Where none has, the request stays the
// next, with the time at which it was due.
func (s *streamSender) open(ctx context.Context) {
	schedule := s.r.job.schedule()
	n := 0
	due, more := schedule(n)
	margin := leastNap
	for ; more && s.await(due, &margin) && s.seat(ctx); due, more = schedule(n) {
		x := s.arrival(n, due)
		n++
		if !s.launch(ctx, &x, s.freed) {
			s.unbegun(&x)
			continue // await ends the loop
		}
		s.r.tapes[0].start(due, x.mark.sent)
	}
	for now := s.now(); more && due <= now; due, more = schedule(n) { // was due and never sent
		x := s.arrival(n, due)
		s.unbegun(&x)
		n++
	}
}

// A sending is a request that is to be sent.
type sending struct {
	mark mark
	in   *session // whose step it is; nil: of no flow
}

// arrival is request n, or the first of session n.
func (s *streamSender) arrival(n int, due time.Duration) sending {
	in := s.begin(n, due)
	if in != nil {
		return s.next(in, due)
	}
	return sending{mark: mark{n: n, due: due, sent: max(s.now(), due), trace: s.trace()}}
}

// unbegun writes down a request that was due and never sent.
func (s *streamSender) unbegun(x *sending) {
	x.mark.sent, x.mark.done = s.now(), s.now()
	x.mark.class, x.mark.waited = classUnfinished, true
	s.r.tapes[0].record(&x.mark)
	if x.in != nil {
		s.exit(x.in, unfinishedFlow)
	}
}

// mostAtHand is how many bytes the clock writes itself.
const mostAtHand = 64 << 10

// leastNap is how much before its time a sleep is asked to end at least.
const leastNap = 20 * time.Microsecond

// await returns when due, true, or when the run is over, false. The margin
// adapts to how late sleeps end here: up at once, down slowly.
func (s *streamSender) await(due time.Duration, margin *time.Duration) bool {
	for !s.over() {
		left := due - s.now()
		switch {
		case left <= 0:
			return true
		case left > *margin:
			until := due - *margin
			nap(min(left-*margin, glance))
			if late := s.now() - until; late > -glance/2 {
				*margin = min(max(*margin-*margin/64, late+late/4, leastNap), mostMargin)
			}
		} // else spin: a sleep would end late
	}
	return false
}

// launch gives the request to a connection; false when the run ends before one
// has room, for which it waits for a word.
func (s *streamSender) launch(ctx context.Context, x *sending, word chan struct{}) bool {
	for !s.over() {
		if s.flying.Load() < int64(s.r.job.MaxInFlight) {
			s.flying.Add(1)
			if s.place(ctx, x) {
				return true
			}
			s.flying.Add(-1)
		}
		x.mark.waited = true
		s.linger(ctx, word)
		x.mark.sent = s.now()
	}
	return false
}

// place gives the request to a connection; false where none has room now.
func (s *streamSender) place(ctx context.Context, x *sending) bool {
	for c := s.room(ctx); c != nil; c = s.room(ctx) {
		if s.hand(c, x) {
			return true
		}
	}
	return false
}

// linger waits for a word that a connection has room, or until one may be made
// again.
func (s *streamSender) linger(ctx context.Context, word chan struct{}) {
	wait := glance
	if rest := time.Duration(s.rested.Load()) - time.Since(s.born); rest > 0 {
		wait = min(wait, rest)
	}
	limit := time.NewTimer(wait)
	defer limit.Stop()
	select {
	case <-word:
	case <-limit.C:
	case <-ctx.Done():
	}
}

// hand lets the connection send the request, where it still has room.
func (s *streamSender) hand(c *streamConn, x *sending) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	defer c.account()
	if !c.listed || !c.room() {
		s.withdraw(c)
		return false
	}
	c.fire(x)
	if !c.room() {
		s.withdraw(c)
	}
	if len(c.out) > mostAtHand && c.state == connOpen {
		c.pipe.poke() // to encrypt so much would hold up the clock
	} else {
		c.flush()
	}
	return true
}

// room is a connection for the next request, the one that was used last
// first, or a new one; nil where there are enough, or none is to be made now.
func (s *streamSender) room(ctx context.Context) *streamConn {
	s.mu.Lock()
	n := len(s.chosen)
	if n > 0 {
		c := s.chosen[n-1]
		s.mu.Unlock()
		return c
	}
	enough := len(s.conns) >= s.most
	s.mu.Unlock()
	if enough || time.Since(s.born) < time.Duration(s.rested.Load()) || s.barren.Load() && s.dialing.Load() > 0 {
		return nil
	}
	return s.connect(ctx)
}

// connect begins to make a connection of the open model.
func (s *streamSender) connect(ctx context.Context) *streamConn {
	s.mu.Lock()
	c := newStreamConn(s, s.made)
	s.made++
	c.listed = true
	c.dials.Store(true)
	s.conns = append(s.conns, c)
	s.chosen = append(s.chosen, c)
	s.mu.Unlock()
	s.dialing.Add(1)
	s.all.Go(func() {
		c.live(ctx)
		s.opened(c)
		s.mu.Lock()
		s.conns = slices.DeleteFunc(s.conns, func(other *streamConn) bool { return other == c })
		s.mu.Unlock()
		notify(s.ready)
		s.vacant()
	})
	return c
}

// vacant leaves word for those who wait for a connection: the clock, who gives
// requests to others, and the prompter.
func (s *streamSender) vacant() {
	notify(s.freed)
	if s.homing.Load() {
		notify(s.given)
	}
	if s.play.waits.Load() {
		notify(s.play.word)
	}
}

// rest has no connection made for a while, as the server only leaves again, and
// then one at a time until an answer comes.
func (s *streamSender) rest() {
	s.rested.Store(int64(time.Since(s.born) + restFor))
	s.barren.Store(true)
}

// opened notes that a connection is made, or that it will not be.
func (s *streamSender) opened(c *streamConn) {
	notify(s.ready)
	if !s.r.closedModel() && c.dials.CompareAndSwap(true, false) {
		s.dialing.Add(-1)
		s.vacant()
	}
}

// offer puts a connection among those that have room; its mu is held.
func (s *streamSender) offer(c *streamConn) {
	if c.listed || s.r.closedModel() {
		return
	}
	c.listed = true
	s.mu.Lock()
	s.chosen = append(s.chosen, c)
	s.mu.Unlock()
	s.vacant()
}

// withdraw takes a connection out of those; its mu is held.
func (s *streamSender) withdraw(c *streamConn) {
	if !c.listed {
		return
	}
	c.listed = false
	s.mu.Lock()
	if last := len(s.chosen) - 1; last >= 0 && s.chosen[last] == c { // as a rule it is
		s.chosen = s.chosen[:last]
	} else {
		s.chosen = slices.DeleteFunc(s.chosen, func(other *streamConn) bool { return other == c })
	}
	s.mu.Unlock()
}
