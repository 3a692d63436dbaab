package load

import (
	"context"
	"io"
	"net/http"
	"time"
)

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
