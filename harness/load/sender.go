package load

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// A sender leaves the requests to net/http: for several hosts, and for set-up
// and tear-down. Clock and records are those of the loops; a request costs
// several times as much.
type sender struct {
	r      *runner
	tape   *tape
	client *http.Client
	slots  chan struct{}
	flying atomic.Int64
}

func newSender(r *runner) *sender {
	most := r.job.connections()
	dial := r.dial
	if dial == nil {
		dial = r.job.dial
	}
	transport := &http.Transport{
		DialContext: dial, MaxIdleConns: most, MaxIdleConnsPerHost: most, DisableCompression: true,
		IdleConnTimeout: time.Minute, MaxResponseHeaderBytes: mostHeader, Protocols: r.job.protocols(), TLSClientConfig: r.job.tls(),
	}
	var first *tape // none before the run
	if len(r.tapes) > 0 {
		first = r.tapes[0]
	}
	return &sender{
		r: r, tape: first, slots: make(chan struct{}, most),
		client: &http.Client{
			Transport: transport, Timeout: r.job.Timeout,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// protocols is what may be spoken.
func (j *Job) protocols() *http.Protocols {
	p := &http.Protocols{}
	p.SetHTTP1(j.Protocol == "" || j.Protocol == "http/1.1")
	p.SetHTTP2(j.Protocol == "" || j.Protocol == "h2")
	p.SetUnencryptedHTTP2(j.Protocol == "h2c")
	return p
}

// dial connects to a host once each of its addresses has been checked, just
// before it is used, so that a name cannot come to mean another host during
// the run.
func (j *Job) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	dialer := net.Dialer{Timeout: j.Timeout, ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil {
			return err
		}
		return j.permit(host, to.Addr())
	}}
	return dialer.DialContext(ctx, network, address)
}

// run sends everything and returns when the last request has its outcome.
func (s *sender) run(ctx context.Context) {
	defer s.client.CloseIdleConnections()
	ctx, cancel := context.WithDeadline(ctx, s.r.start.Add(s.r.cutOff()))
	defer cancel()
	if s.r.closedModel() {
		s.closed(ctx)
		return
	}
	s.open(ctx)
}

// open starts every request when it is due.
func (s *sender) open(ctx context.Context) {
	schedule := s.r.job.schedule()
	var all sync.WaitGroup
	n := 0
	due, more := schedule(n)
	for ; more && s.await(ctx, due); due, more = schedule(n) {
		waited, ok := s.slot(ctx)
		if !ok {
			continue // await ends the loop
		}
		m := s.mark(n, due)
		m.waited = waited
		s.tape.start(due, m.sent)
		s.flying.Add(1)
		all.Go(func() {
			s.shoot(ctx, &m)
			s.flying.Add(-1)
			<-s.slots
		})
		n++
	}
	all.Wait()
	s.cutOff(n, schedule)
}

// cutOff writes down what was due and never sent.
func (s *sender) cutOff(n int, schedule Schedule) {
	now := s.now()
	for due, more := schedule(n); more && due <= now; due, more = schedule(n) {
		m := s.mark(n, due)
		m.done, m.class, m.waited = now, classUnfinished, true
		s.tape.record(&m)
		n++
	}
}

// await returns when due, true, or when ctx ends, false.
func (s *sender) await(ctx context.Context, due time.Duration) bool {
	for ctx.Err() == nil {
		left := due - s.now()
		switch {
		case left <= 0:
			return true
		case s.r.sleep != nil:
			s.r.sleep(left)
		case left > mostMargin:
			nap(min(left-mostMargin/3, glance))
		} // else spin: a sleep would end late
	}
	return false
}

// closed keeps each connection busy: the next request is due when the last ended.
func (s *sender) closed(ctx context.Context) {
	var all sync.WaitGroup
	for worker := range s.r.job.Connections {
		all.Go(func() {
			for n := worker; ctx.Err() == nil; n += s.r.job.Connections {
				due := s.now()
				if due >= s.r.horizon() {
					return
				}
				m := s.mark(n, due)
				m.sent = due
				s.flying.Add(1)
				s.shoot(ctx, &m)
				s.flying.Add(-1)
				s.breathe(ctx, &m)
			}
		})
	}
	all.Wait()
}

func (s *sender) now() time.Duration { return time.Since(s.r.start) }

func (s *sender) mark(n int, due time.Duration) mark {
	return mark{n: n, due: due, sent: max(s.now(), due), trace: traceID{s.r.high, rand.Uint64() | 1}}
}

// shoot sends request m.n and writes down what became of it.
func (s *sender) shoot(ctx context.Context, m *mark) {
	want := s.request(m.n)
	request, err := want.prepare(ctx, m.trace, s.r.sampled(m.n))
	if err != nil {
		m.class, m.done = classRequest, s.now()
		s.tape.record(m)
		return
	}
	answer, err := s.client.Do(request)
	var seen *Answer
	if err == nil {
		seen, err = s.read(answer, &want, m)
	}
	m.done = s.now()
	switch {
	case ctx.Err() != nil:
		m.class = classUnfinished
	case err != nil:
		m.class = classOf(err)
	case !accepted(want.Status, m.status):
		m.class = classStatus
	case seen != nil:
		m.class = s.r.job.Judge(seen)
	}
	s.tape.record(m)
}

func (s *sender) request(n int) Request {
	if s.r.job.Next != nil {
		return s.r.job.Next(n)
	}
	return s.r.job.Requests[n%len(s.r.job.Requests)]
}

// read reads an answer to its end; what Judge may see is kept for it.
func (s *sender) read(answer *http.Response, want *Request, m *mark) (*Answer, error) {
	defer answer.Body.Close()
	if !isStatus(answer.StatusCode) {
		return nil, errMalformed
	}
	m.status = answer.StatusCode
	const kept = 1 << 20
	var seen *Answer
	var err error
	if s.r.job.Judge != nil {
		label := want.Name
		if label == "" {
			label = want.method() + " " + want.pathOf()
		}
		seen = &Answer{N: m.n, Label: label, Trace: m.trace.String(), Due: m.due, Status: answer.StatusCode, Header: answer.Header}
		if seen.Body, err = io.ReadAll(io.LimitReader(answer.Body, kept)); err != nil {
			return seen, err
		}
	}
	rest, err := io.Copy(io.Discard, io.LimitReader(answer.Body, mostBody+1))
	m.bytes = rest
	if seen != nil {
		seen.Cut = rest > 0
		m.bytes += int64(len(seen.Body))
	}
	if err == nil && m.bytes > mostBody {
		err = errTooLarge
	}
	return seen, err
}

// prepare makes the request for net/http.
func (r *Request) prepare(ctx context.Context, id traceID, sampled bool) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, r.method(), r.URL, bytes.NewReader(r.Body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("User-Agent", userAgent)
	for name, value := range r.Header {
		if http.CanonicalHeaderKey(name) == "Host" {
			request.Host = value
			continue
		}
		request.Header.Set(name, value)
	}
	request.Header.Set("Traceparent", id.header(sampled))
	return request, nil
}

// header is the trace context of a request (W3C Trace Context, section 3.2).
func (id traceID) header(sampled bool) string {
	flags := "-00"
	if sampled {
		flags = "-01"
	}
	trace := id.String()
	return "00-" + trace + "-" + trace[16:] + flags
}

// tls is how servers are trusted; nil: as the system has it.
func (j *Job) tls() *tls.Config {
	if !j.Insecure {
		return nil
	}
	return &tls.Config{InsecureSkipVerify: true}
}
