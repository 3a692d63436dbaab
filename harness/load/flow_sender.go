package load

import (
	"context"
	"io"
	"net/http"
	"sync"
	"time"
)

// mostGoroutines bounds the iterations that a sender plays at a time; more
// wait, and count as late.
const mostGoroutines = 16_384

// A stage is the part of a sender that plays flows.
type stage struct {
	places chan struct{} // of iterations

	mu   sync.Mutex
	cast *cast // its iterations are guarded by mu; nil without flows
	next int   // guarded by mu
}

// enter begins the next iteration of the closed model.
func (s *sender) enter(due time.Duration) (n int, in *session) {
	s.stage.mu.Lock()
	defer s.stage.mu.Unlock()
	n = s.stage.next
	s.stage.next++
	return n, s.cue(n, due)
}

// begin begins iteration n, which is due then.
func (s *sender) begin(n int, due time.Duration) *session {
	s.stage.mu.Lock()
	defer s.stage.mu.Unlock()
	return s.cue(n, due)
}

// cue is begin for who holds the lock.
func (s *sender) cue(n int, due time.Duration) *session {
	in := s.stage.cast.begin(n)
	if in.counted = due >= s.r.job.WarmUp; in.counted {
		s.tape.began(in.flow.index)
	}
	return in
}

func (s *sender) end(in *session, o outcome) {
	if in.counted {
		s.tape.ended(in.flow.index, o)
	}
	s.stage.mu.Lock()
	s.stage.cast.end(in)
	s.stage.mu.Unlock()
}

// iterate plays an iteration whose first request is m, to its end. In the open
// model it gives back the slot that it has; it returns when its user is done.
func (s *sender) iterate(ctx context.Context, in *session, m mark) {
	open := !s.r.closedModel()
	for {
		step := in.step()
		m.step, m.later = step.index+1, in.at > 0
		s.flying.Add(1)
		s.take(ctx, step, in, &m)
		s.tape.record(&m)
		s.flying.Add(-1)
		if open {
			<-s.slots
		}
		due := m.done + in.thinks()
		switch {
		case m.class == classUnfinished:
			s.end(in, unfinishedFlow)
			return
		case m.class != "":
			s.end(in, failedFlow)
			if !open {
				s.breathe(ctx, &m)
			}
			return
		case !in.more():
			s.end(in, completedFlow)
			if !open {
				s.rest(ctx, due)
			}
			return
		case due >= s.r.horizon() || !s.rest(ctx, due):
			s.end(in, unfinishedFlow)
			return
		}
		waited, ok := false, true
		if open {
			waited, ok = s.slot(ctx)
		}
		next := s.mark(in.n, due)
		if next.waited = waited; !ok {
			next.step, next.later, next.done, next.class = in.step().index+1, true, s.now(), classUnfinished
			s.tape.record(&next)
			s.end(in, unfinishedFlow)
			return
		}
		m = next
	}
}

// rest waits until due; false: the run ends before.
func (s *sender) rest(ctx context.Context, due time.Duration) bool {
	if left := due - s.now(); left > 0 {
		timer := time.NewTimer(left)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
	}
	return ctx.Err() == nil
}

// breathe waits a little in the closed model after a request that nobody
// answered: a server that refuses is not asked a million times a second.
func (s *sender) breathe(ctx context.Context, m *mark) {
	if m.class != "" && m.status == 0 {
		s.rest(ctx, m.done+restFor)
	}
}

// slot waits for one of the requests that may be in flight.
func (s *sender) slot(ctx context.Context) (waited, ok bool) {
	select {
	case s.slots <- struct{}{}:
		return false, true
	default:
	}
	select {
	case s.slots <- struct{}{}:
		return true, true
	case <-ctx.Done():
		return true, false
	}
}

// take sends the request of a step and has its answer judged.
func (s *sender) take(ctx context.Context, step *stepPlan, in *session, m *mark) {
	request, err := step.request(ctx, in)
	if err != nil {
		m.class, m.done = classRequest, s.now()
		return
	}
	request.Header.Set("Traceparent", m.trace.header(s.r.sampled(m.n)))
	want := step.needs
	if s.r.job.Judge != nil {
		want = needs{true, true}
	}
	a := &seen{needs: want}
	answer, err := s.client.Do(request)
	if err == nil {
		err = a.read(answer)
	}
	m.done, m.status, m.bytes = s.now(), a.status, a.size
	switch {
	case ctx.Err() != nil:
		m.class = classUnfinished
	case err != nil:
		m.class = classOf(err)
	case !accepted(step.want, m.status):
		m.class = classStatus
	default:
		m.class, m.which = step.look(a, in)
		if judge := s.r.job.Judge; judge != nil && m.class == "" {
			m.class = judge(a.answer(m, step.label))
		}
	}
}

// read reads an answer to its end and keeps what is needed of it.
func (a *seen) read(answer *http.Response) error {
	defer answer.Body.Close()
	if !isStatus(answer.StatusCode) {
		return errMalformed
	}
	a.status = answer.StatusCode
	if a.needs.headers {
		a.keepHeaders(answer.Header)
	}
	_, err := io.Copy(a, io.LimitReader(answer.Body, mostBody+1))
	if err == nil && a.size > mostBody {
		err = errTooLarge
	}
	return err
}

// Write keeps the next bytes of the body.
func (a *seen) Write(b []byte) (int, error) {
	a.size += int64(len(b))
	a.keepBody(b)
	return len(b), nil
}

// request makes the request of a step for net/http.
func (p *stepPlan) request(ctx context.Context, in *session) (*http.Request, error) {
	if p.next != nil {
		made := p.next(in.n)
		made.URL = p.origin + made.pathOf()
		if err := made.check(); err != nil {
			return nil, err
		}
		return made.prepare(ctx, traceID{}, false)
	}
	path, ok := p.path.render(nil, in)
	body, fits := p.body.render(nil, in)
	header := http.Header{}
	for _, f := range p.headers {
		value, allowed := f.value.render(nil, in)
		ok = ok && allowed
		header.Set(f.name, string(value))
	}
	if !ok || !fits {
		return nil, errMalformed
	}
	made := Request{Method: p.method, URL: p.origin + string(path), Body: body}
	request, err := made.prepare(ctx, traceID{}, false)
	if err != nil {
		return nil, err
	}
	request.Host = header.Get("Host")
	header.Del("Host")
	request.Header = header
	return request, nil
}

// place waits until another iteration may begin.
func (s *sender) place(ctx context.Context) bool {
	if s.stage.cast == nil {
		return true
	}
	select {
	case s.stage.places <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

// user plays one iteration after the other, until the run ends.
func (s *sender) user(ctx context.Context) {
	for ctx.Err() == nil {
		due := s.now()
		if due >= s.r.horizon() {
			return
		}
		n, in := s.enter(due)
		m := s.mark(n, due)
		m.sent = due
		s.iterate(ctx, in, m)
	}
}
