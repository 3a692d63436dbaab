package load

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// mostMoves is how often a request may be given back by connections that bring
// no answer before it has failed.
const mostMoves = 5

// giveBack leaves a request that the peer did not begin to work on to another
// connection, with the times that it has.
func (c *streamConn) giveBack(st *stream) {
	x := sending{st.mark, st.in}
	c.land(st)
	c.s.orphan(&x)
}

// giveUpOn is giveBack where the connection brought no answer at all, which
// may happen to a request only so often.
func (c *streamConn) giveUpOn(st *stream) {
	if st.mark.moved++; st.mark.moved <= mostMoves {
		c.giveBack(st)
		return
	}
	st.mark.note = fmt.Sprintf("given back by %d connections that answered nothing", st.mark.moved)
	c.settle(st, classGoAway, c.s.now())
}

// orphan keeps a request that its connection did not begin, for another one.
func (s *streamSender) orphan(x *sending) {
	s.mu.Lock()
	s.orphans = append(s.orphans, *x)
	s.mu.Unlock()
	s.waiting.Add(1)
	notify(s.given)
}

// adopt takes one of these, unless the run is over.
func (s *streamSender) adopt() (sending, bool) {
	if s.waiting.Load() == 0 || s.phase.Load() == phaseOver {
		return sending{}, false
	}
	return s.orphaned()
}

// orphaned takes the one of these that waits the longest.
func (s *streamSender) orphaned() (sending, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.orphans) == 0 {
		return sending{}, false
	}
	x := s.orphans[0]
	s.orphans = slices.Delete(s.orphans, 0, 1)
	s.waiting.Add(-1)
	return x, true
}

// rehome gives them to connections of the open model at once, until ctx ends.
func (s *streamSender) rehome(ctx context.Context) {
	for ctx.Err() == nil {
		x, ok := s.adopt()
		s.homing.Store(ok)
		for ok && !s.place(ctx, &x) {
			x.mark.waited = true
			s.linger(ctx, s.given)
			if ctx.Err() != nil || s.late(&x.mark, s.now()) {
				s.orphan(&x) // whoever looks for timeouts ends it, or the end of the run
				ok = false
			}
		}
		if !ok {
			s.linger(ctx, s.given)
		}
	}
}

// late reports whether the request has had all of its time.
func (s *streamSender) late(m *mark, now time.Duration) bool { return m.sent+s.r.job.Timeout <= now }

// bereave ends those that have waited too long.
func (s *streamSender) bereave(now time.Duration) {
	if s.waiting.Load() > 0 {
		s.bury(classTimeout, func(m *mark) bool { return s.late(m, now) })
	}
}

// bury writes down the outcome of orphans that nobody will take.
func (s *streamSender) bury(class string, of func(m *mark) bool) {
	s.mu.Lock()
	var gone []sending
	s.orphans = slices.DeleteFunc(s.orphans, func(x sending) bool {
		over := of(&x.mark)
		if over {
			gone = append(gone, x)
		}
		return over
	})
	s.mu.Unlock()
	for i := range gone {
		m := &gone[i].mark
		m.done, m.class = s.now(), class
		s.r.tapes[0].record(m)
		if in := gone[i].in; in != nil {
			s.proceed(in, m)
		}
	}
	s.waiting.Add(-int64(len(gone)))
	s.landed(len(gone))
}
