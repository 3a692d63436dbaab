package load

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// A runner holds what one run needs; its workers share nothing but the tape.
type runner struct {
	job    *Job
	client *http.Client
	start  time.Time
	cpu    time.Duration // of this process when the run began
	tape   tape
	took   time.Duration
}

func newRunner(job *Job) *runner {
	most := job.MaxInFlight
	if job.Connections > 0 {
		most = job.Connections
	}
	transport := &http.Transport{
		DialContext:         (&net.Dialer{Timeout: job.Timeout}).DialContext,
		MaxIdleConns:        most,
		MaxIdleConnsPerHost: most,
		DisableCompression:  true,
		IdleConnTimeout:     time.Minute,
	}
	return &runner{
		job: job, tape: newTape(job.WarmUp, job.Slowest),
		client: &http.Client{
			Transport: transport, Timeout: job.Timeout,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

func (r *runner) close() { r.client.CloseIdleConnections() }

// open starts every request when it is due, on a thread of its own so that
// the scheduler of goroutines does not decide when.
func (r *runner) open(ctx context.Context, schedule Schedule) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	sharpen()
	slots := make(chan struct{}, r.job.MaxInFlight)
	var all sync.WaitGroup
	r.begin()
	for n := 0; ctx.Err() == nil; n++ {
		due, ok := schedule(n)
		if !ok {
			break
		}
		r.await(ctx, due)
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			continue
		}
		all.Go(func() {
			r.shoot(ctx, n, due)
			<-slots
		})
	}
	all.Wait()
	r.end()
}

// await returns at due or when ctx ends; long waits are cut up so that it notices.
func (r *runner) await(ctx context.Context, due time.Duration) {
	const most = 50 * time.Millisecond
	for ctx.Err() == nil {
		left := due - time.Since(r.start)
		if left <= 0 {
			return
		}
		nap(min(left, most))
	}
}

// closed keeps each connection busy: the next request is due when the last ended.
func (r *runner) closed(ctx context.Context) {
	var all sync.WaitGroup
	r.begin()
	for worker := range r.job.Connections {
		all.Go(func() {
			for n := worker; ctx.Err() == nil; n += r.job.Connections {
				due := time.Since(r.start)
				if due >= r.job.WarmUp+r.job.For {
					return
				}
				r.shoot(ctx, n, due)
			}
		})
	}
	all.Wait()
	r.end()
}

func (r *runner) begin() { r.start, r.cpu = time.Now(), cpuTime() }

func (r *runner) end() { r.took, r.cpu = time.Since(r.start), cpuTime()-r.cpu }

// shoot sends request n and writes down what became of it.
func (r *runner) shoot(ctx context.Context, n int, due time.Duration) {
	want := &r.job.Requests[n%len(r.job.Requests)]
	shot := Shot{N: n, Due: due}
	request, err := http.NewRequestWithContext(ctx, want.Method, want.URL, bytes.NewReader(want.Body))
	if err != nil {
		shot.Class = "request"
		r.tape.record(&shot)
		return
	}
	for name, value := range want.Header {
		request.Header.Set(name, value)
	}
	shot.Trace = traceID()
	request.Header.Set("Traceparent", "00-"+shot.Trace+"-"+shot.Trace[:16]+"-01")
	shot.Sent = time.Since(r.start)
	answer, err := r.client.Do(request)
	if err == nil {
		shot.Status = answer.StatusCode
		shot.Bytes, err = io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
	}
	shot.Done = time.Since(r.start)
	switch {
	case ctx.Err() != nil:
		shot.Class = classUnfinished
	case err != nil:
		shot.Class = classOf(err)
	case !accepted(want.Status, shot.Status):
		shot.Class = "status"
	}
	r.tape.record(&shot)
}

func accepted(want, got int) bool {
	if want == 0 {
		return got < http.StatusBadRequest
	}
	return got == want
}

// classUnfinished marks a request that the end of the run cut off.
const classUnfinished = "unfinished"

// classOf names why no whole answer came.
func classOf(err error) string {
	var timeout interface{ Timeout() bool }
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns):
		return "dns"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "timeout"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "reset"
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		return "too-few-files"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return "ports-exhausted"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "closed"
	default:
		return "protocol"
	}
}

// traceID makes 32 hexadecimal digits; chance is good enough for an exemplar.
func traceID() string {
	var id [16]byte
	for i := range 8 {
		id[i] = byte(rand.Uint32())
		id[15-i] = byte(rand.Uint32())
	}
	id[0] |= 1 // never all zero, in either half
	return hex.EncodeToString(id[:])
}
