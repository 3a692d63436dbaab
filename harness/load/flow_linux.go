//go:build amd64 || arm64

package load

import (
	"sync/atomic"
	"time"
)

// A play is the part of a loop that plays flows; without flows its cast is nil.
type play struct {
	cast  *cast
	steps []*wire       // by the index of the step; written anew for each sending
	later diary[*conn]  // the steps that are due later
	body  []byte        // of the request that is being written
	seen  seenPool      // that are free
	left  *atomic.Int64 // bytes of bodies that may still be kept
	think time.Duration // of the step that ended last
}

// newPlay gives a loop its share of what all may hold.
func (r *runner) newPlay(first int) play {
	p := play{left: &atomic.Int64{}}
	p.left.Store(int64(mostSeenAll / len(r.tapes)))
	if r.script == nil {
		return p
	}
	p.cast = newCast(r.script, r.high, r.share(mostIterations, first))
	for _, step := range r.script.steps {
		w := &wire{want: step.want, plan: step, label: step.label, looked: step.looks() || r.job.Judge != nil}
		w.needs = step.needs
		if r.job.Judge != nil {
			w.needs = needs{true, true}
		}
		p.steps = append(p.steps, w)
	}
	return p
}

// begins starts an iteration on c.
func (l *loop) begins(c *conn, due, now time.Duration) {
	s := l.cast.begin(l.n)
	if s.counted = due >= l.r.job.WarmUp; s.counted {
		l.tape.began(s.flow.index)
	}
	l.step(c, s, due, now)
}

// step sends the next request of a session on c.
func (l *loop) step(c *conn, s *session, due, now time.Duration) {
	plan := s.step()
	c.session = s
	l.depart(c, l.steps[plan.index], mark{n: s.n, due: due, sent: now, step: plan.index + 1, later: s.at > 0})
}

// next is when the session that has ended a step with its mark goes on;
// false: its iteration has ended.
func (l *loop) next(s *session, m *mark) (time.Duration, bool) {
	due, think, ended, more := l.r.after(s, m)
	if l.think = think; !more {
		l.ends(s, ended)
	}
	return due, more
}

func (l *loop) ends(s *session, outcome outcome) {
	if s.counted {
		l.tape.ended(s.flow.index, outcome)
	}
	l.cast.end(s)
}

// goesOn makes the next appointment of a session whose step has ended on c. In
// the closed model it reports whether the connection is taken by that.
func (l *loop) goesOn(c *conn, s *session, now time.Duration) bool {
	due, more := l.next(s, &c.mark)
	switch {
	case !l.r.closedModel():
		if more {
			l.later.push(appointment[*conn]{at: due, session: s})
		}
		return false
	case c.mark.class != "" || l.think == 0 && !more || due >= l.r.horizon():
		return false
	case more && due <= now:
		l.step(c, s, due, now)
		return true
	case !more:
		s = nil
	}
	c.thinking = true
	l.later.push(appointment[*conn]{at: due, session: s, conn: c})
	return true
}

// rouse lets the users of the closed model go on who have thought long enough.
func (l *loop) rouse(now time.Duration) {
	for a := l.later.first(); a != nil && a.at <= now; a = l.later.first() {
		a := l.later.pop()
		a.conn.thinking = false
		if a.session == nil {
			l.again(a.conn, now)
			continue
		}
		l.step(a.conn, a.session, a.at, l.now())
	}
}

// curtain writes down the iterations that the end of the run cut off: with a
// step that was due but found no connection, or none.
func (l *loop) curtain(now time.Duration) {
	for len(l.later) > 0 {
		a := l.later.pop()
		if a.session == nil {
			continue
		}
		if a.at <= now {
			l.unsent(a.session, a.at, now)
		}
		l.ends(a.session, unfinishedFlow)
	}
}

// unsent writes down a request that was due and never sent.
func (l *loop) unsent(s *session, due, now time.Duration) {
	m := mark{n: l.n, due: due, sent: now, done: now, class: classUnfinished, waited: true, trace: l.id()}
	if s != nil {
		m.n, m.step, m.later = s.n, s.step().index+1, s.at > 0
	}
	l.tape.record(&m)
}

// unbegun writes down an arrival that was due and never sent.
func (l *loop) unbegun(now time.Duration) {
	if l.cast == nil {
		l.unsent(nil, l.due, now)
		return
	}
	s := l.cast.begin(l.n)
	if s.counted = l.due >= l.r.job.WarmUp; s.counted {
		l.tape.began(s.flow.index)
	}
	l.unsent(s, l.due, now)
	l.ends(s, unfinishedFlow)
}

// render writes the request of c anew where it holds values; false: one of
// them cannot stand where it would.
func (l *loop) render(c *conn) bool {
	if c.session == nil || c.wire.fixed {
		return true
	}
	var ok bool
	l.body, ok = c.wire.render(c.session, l.body)
	return ok
}

// misfit ends a step whose request could not be written.
func (l *loop) misfit(c *conn) {
	c.mark.done, c.mark.class = l.now(), classRequest
	l.tape.record(&c.mark)
	s := c.session
	l.land(c)
	l.next(s, &c.mark)
	c.state = ready
	if !l.r.closedModel() {
		l.idle = append(l.idle, c)
		return
	}
	c.until = c.mark.done + restFor
	l.resting = append(l.resting, c)
}

// watcher is where the parser keeps what somebody looks at of the answer to
// the request; nil where nobody does.
func (l *loop) watcher(w *wire) *seen {
	if !w.looked {
		return nil
	}
	return l.seen.take(w.needs, l.left)
}

// release takes back what was kept of an answer.
func (l *loop) release(c *conn) {
	a := c.parser.tap
	if a == nil {
		return
	}
	c.parser.tap = nil
	l.seen.giveBack(a)
}

// look has the answer of c judged by its step and by Judge.
func (l *loop) look(c *conn) {
	a := c.parser.tap
	a.status, a.size = c.mark.status, c.mark.bytes
	if plan := c.wire.plan; plan != nil {
		c.mark.class, c.mark.which = plan.look(a, c.session)
	}
	if judge := l.r.job.Judge; judge != nil && c.mark.class == "" {
		c.mark.class = judge(a.answer(&c.mark, c.wire.label))
	}
}
