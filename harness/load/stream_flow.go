package load

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// A streamPlay is the part of a sender that plays flows; without flows its cast
// is nil. In the open model each arrival begins a session, in the closed model
// each stream that a connection may carry is a user who plays one after the other.
type streamPlay struct {
	steps []*h2Wire     // by the index of the step
	word  chan struct{} // that there is an earlier appointment, or room
	waits atomic.Bool   // the prompter, for room

	mu    sync.Mutex
	cast  *cast              // its sessions are guarded by mu
	begun int                // guarded by mu; sessions of the closed model
	later diary[*streamConn] // guarded by mu; the steps that are due later
}

func (s *streamSender) newPlay() {
	s.play.word = make(chan struct{}, 1)
	if s.r.script == nil {
		return
	}
	s.play.cast = newCast(s.r.script, s.r.high, mostIterations)
	for _, plan := range s.r.script.steps {
		w := &h2Wire{plan: plan, want: plan.want, label: plan.label, looked: plan.looks(), needs: plan.needs}
		s.watched(w)
		s.play.steps = append(s.play.steps, w)
	}
}

// begin begins session n, which is due then; nil without flows.
func (s *streamSender) begin(n int, due time.Duration) *session {
	if s.play.cast == nil {
		return nil
	}
	s.play.mu.Lock()
	defer s.play.mu.Unlock()
	return s.cue(n, due)
}

// cue is begin for who holds the lock.
func (s *streamSender) cue(n int, due time.Duration) *session {
	in := s.play.cast.begin(n)
	if in.counted = due >= s.r.job.WarmUp; in.counted {
		s.r.tapes[0].began(in.flow.index)
	}
	return in
}

// enter begins what a user of the closed model does next.
func (s *streamSender) enter(now time.Duration) sending {
	x := sending{mark: mark{due: now, sent: now, trace: s.trace()}}
	if s.play.cast == nil {
		x.mark.n = int(s.count.Add(1) - 1)
		return x
	}
	s.play.mu.Lock()
	defer s.play.mu.Unlock()
	x.mark.n = s.play.begun
	s.play.begun++
	x.in = s.cue(x.mark.n, now)
	x.mark.step = x.in.step().index + 1
	return x
}

// exit ends a session.
func (s *streamSender) exit(in *session, o outcome) {
	if in.counted {
		s.r.tapes[0].ended(in.flow.index, o)
	}
	s.play.mu.Lock()
	full := s.play.cast.full()
	s.play.cast.end(in)
	left := s.play.cast.alive
	s.play.mu.Unlock()
	if full {
		notify(s.freed)
	}
	if left == 0 {
		notify(s.idle)
	}
}

// playing reports whether a session is under way.
func (s *streamSender) playing() bool {
	s.play.mu.Lock()
	defer s.play.mu.Unlock()
	return s.play.cast != nil && s.play.cast.alive > 0
}

// seat waits until another session may begin; false when the run ends before.
func (s *streamSender) seat(ctx context.Context) bool {
	for !s.over() {
		s.play.mu.Lock()
		full := s.play.cast != nil && s.play.cast.full()
		s.play.mu.Unlock()
		if !full {
			return true
		}
		s.linger(ctx, s.freed)
	}
	return false
}

// proceed is when a session goes on whose step has the outcome of m, and how
// long its user thinks until then; more is false where it has ended.
func (s *streamSender) proceed(in *session, m *mark) (time.Duration, time.Duration, bool) {
	due, think, ended, more := s.r.after(in, m)
	if !more {
		s.exit(in, ended)
	}
	return due, think, more
}

// goesOn goes on with a session whose step has its outcome: with the next step
// at once, or with an appointment for it. In the closed model an appointment
// keeps the user's place on the connection.
func (c *streamConn) goesOn(in *session, m *mark) {
	due, think, more := c.s.proceed(in, m)
	a := appointment[*streamConn]{at: due, session: in}
	closed := c.s.r.closedModel()
	switch {
	case more && due <= m.done && (closed || c.state == connOpen && c.room()):
		c.step(in, due)
		return
	case !closed:
		if more {
			c.s.appoint(a)
		}
		return
	case m.class == classRequest: // else it would be written in vain a million times a second
		a.at, a.session = m.done+restFor, nil
	case more:
	case m.class == "" && think > 0 && due < c.s.r.horizon():
		a.session = nil
	default:
		return
	}
	a.conn = c
	c.thinking++
	c.s.appoint(a)
}

// next is the step of a session that comes next, sent now.
func (s *streamSender) next(in *session, due time.Duration) sending {
	return sending{in: in, mark: mark{
		n: in.n, due: due, sent: max(s.now(), due), trace: s.trace(), step: in.step().index + 1, later: in.at > 0,
	}}
}

// step goes on with a session here; with a user of the closed model, whose
// connection is about to be made again, once it is.
func (c *streamConn) step(in *session, due time.Duration) {
	if c.state == connDraining || c.state == connGone {
		c.parked = append(c.parked, appointment[*streamConn]{at: due, session: in})
		return
	}
	c.s.flying.Add(1) // of a session: the run is not over before it is
	x := c.s.next(in, due)
	c.fire(&x)
}

// unpark goes on with the users that waited for the connection.
func (c *streamConn) unpark() {
	waiting := c.parked
	c.parked = nil
	for _, a := range waiting {
		c.step(a.session, a.at)
	}
}

// appoint has the prompter go on with a session.
func (s *streamSender) appoint(a appointment[*streamConn]) {
	s.play.mu.Lock()
	s.play.later.push(a)
	first := s.play.later[0].at == a.at
	s.play.mu.Unlock()
	if first {
		notify(s.play.word)
	}
}

// due takes the first appointment whose time has come; else it says when that is.
func (s *streamSender) due() (a appointment[*streamConn], at time.Duration, ok bool) {
	s.play.mu.Lock()
	defer s.play.mu.Unlock()
	first := s.play.later.first()
	switch {
	case first == nil:
		return a, s.now() + glance, false
	case first.at > s.now():
		return a, first.at, false
	}
	return s.play.later.pop(), 0, true
}

// promptly is from when on the prompter naps on its thread, and for how long
// at most, as meanwhile an earlier appointment may come.
const (
	promptly   = 2 * time.Millisecond
	promptGaze = promptly / 8
)

// prompt goes on with sessions as they are due, until ctx ends.
func (s *streamSender) prompt(ctx context.Context) {
	margin := leastNap
	for ctx.Err() == nil {
		a, at, ok := s.due()
		switch left := at - s.now(); {
		case ok:
			s.keep(ctx, a)
		case left > promptly:
			s.hold(ctx, left-promptly*3/4)
		case left > margin:
			until := at - margin
			nap(min(left-margin, promptGaze))
			if late := s.now() - until; late > -promptGaze/2 {
				margin = min(max(margin-margin/64, late+late/4, leastNap), mostMargin)
			}
		} // else spin: a sleep would end late
	}
}

// hold waits for so long, or for a word.
func (s *streamSender) hold(ctx context.Context, d time.Duration) {
	limit := time.NewTimer(d)
	defer limit.Stop()
	select {
	case <-s.play.word:
	case <-limit.C:
	case <-ctx.Done():
	}
}

// keep keeps an appointment: on its user's connection, or in the open model on any.
func (s *streamSender) keep(ctx context.Context, a appointment[*streamConn]) {
	if a.conn == nil {
		s.play.waits.Store(true)
		if x := s.next(a.session, a.at); !s.launch(ctx, &x, s.play.word) {
			s.unsent(a.session, a.at)
		}
		s.play.waits.Store(false)
		return
	}
	c := a.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	c.thinking--
	switch {
	case a.session == nil:
		c.busy(s.now())
	case s.phase.Load() == phaseOver:
		c.parked = append(c.parked, a)
	default:
		c.step(a.session, a.at)
	}
	c.flush()
	c.account()
}

// unsent writes down a step that was due and never sent, and ends its session.
func (s *streamSender) unsent(in *session, due time.Duration) {
	m := s.next(in, due).mark
	m.done, m.class, m.waited = m.sent, classUnfinished, true
	s.r.tapes[0].record(&m)
	s.exit(in, unfinishedFlow)
}

// curtain ends the sessions that the end of the run cut off, once nobody plays
// any more.
func (s *streamSender) curtain() {
	now := s.now()
	rest := slices.Clone(s.play.later)
	for _, c := range s.alive() {
		rest = append(rest, c.parked...)
	}
	for _, a := range rest {
		switch {
		case a.session == nil:
		case a.at <= now && a.at < s.r.horizon():
			s.unsent(a.session, a.at)
		default:
			s.exit(a.session, unfinishedFlow)
		}
	}
}
