package proc

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	defaultWithin = time.Minute
	attemptWithin = 5 * time.Second // for one request that asks whether a service is ready
)

// Ready waits until the service can be called, and returns nil then. It looks
// every 5 ms at first and every 100 ms after two seconds. The limit counts
// from the launch; without Ready.Within it is 60 s.
//
// A service that ends is a *DiedError at once; one that misses the limit, or
// on whose port a stranger answers, a *NotReadyError. A service without a port
// and without Ready.Log counts as ready as soon as it runs.
func (p *Process) Ready(ctx context.Context) error {
	limit, cancel := context.WithDeadline(ctx, p.began.Add(p.within()))
	defer cancel()
	defer p.cancelAtEnd(cancel)()
	why := p.await(limit)
	select {
	case <-p.done:
		return p.early()
	default:
	}
	var taken *PortTakenError
	switch {
	case why == nil:
		return p.becomeReady()
	case !errors.As(why, &taken) && ctx.Err() != nil:
		return fmt.Errorf("wait for %s: %w; until then: %w", p.command.Service, context.Cause(ctx), why)
	}
	e := &NotReadyError{Service: p.command.Service, Within: p.within(), Why: why.Error(), Tail: p.Tail(), Port: taken}
	if taken != nil {
		e.Hint = taken.remedy()
		e.Why = fmt.Sprintf("port %d is held by %s, which is not part of this run", taken.Port, taken.Who)
		return e
	}
	e.Hint = p.hint()
	return e
}

func (p *Process) within() time.Duration {
	if p.command.Ready.Within > 0 {
		return p.command.Ready.Within
	}
	return defaultWithin
}

// cancelAtEnd calls cancel when the process ends; the result ends the watch.
func (p *Process) cancelAtEnd(cancel context.CancelFunc) func() {
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		select {
		case <-p.done:
			cancel()
		case <-stop:
		}
	}()
	return func() {
		close(stop)
		<-stopped
	}
}

// becomeReady makes the death of the process one that Died delivers.
func (p *Process) becomeReady() error {
	p.mu.Lock()
	p.ready = !p.ended
	p.mu.Unlock()
	select {
	case <-p.done:
		return p.early()
	default:
		return nil
	}
}

// early is the error for a process that has ended.
func (p *Process) early() error {
	if err := p.Err(); err != nil {
		return err
	}
	return fmt.Errorf("%s was stopped before it was ready", p.command.Service)
}

// await returns nil when the service shows itself ready. Otherwise it says
// what was wrong at the last look: when ctx ended, or with a *PortTakenError.
func (p *Process) await(ctx context.Context) error {
	if p.pattern != nil {
		select {
		case <-p.matched:
			return p.stranger()
		case <-ctx.Done():
			return fmt.Errorf("no line of its output matched %q", p.command.Ready.Log)
		}
	}
	if p.command.Port == 0 {
		return nil
	}
	look, free := p.look()
	defer free()
	// Without ctx's deadline, so that only a look after the end of ctx is cut short.
	looking, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, cancel)()
	var why error
	for {
		now := look(looking)
		if now == nil {
			return p.stranger()
		}
		if why == nil || ctx.Err() == nil {
			why = now // one that was cut short tells less than the one before
		}
		wait := time.NewTimer(pause(time.Since(p.began)))
		select {
		case <-wait.C:
		case <-ctx.Done():
			wait.Stop()
			return why
		}
	}
}

// pause is a twentieth of the time that has passed, so that it hardly counts.
func pause(passed time.Duration) time.Duration {
	return min(max(passed/20, 5*time.Millisecond), 100*time.Millisecond)
}

// stranger is a *PortTakenError when a process outside the run listens on the
// service's port.
func (p *Process) stranger() error {
	if p.command.Port == 0 {
		return nil
	}
	if who, found := p.group.keeper.stranger(p.command.Port); found {
		return &PortTakenError{Service: p.command.Service, Port: p.command.Port, Who: who}
	}
	return nil
}

// look returns what to do to see whether the service is ready, and what frees
// its resources.
func (p *Process) look() (look func(context.Context) error, free func()) {
	port := p.command.Port
	if p.command.Ready.HTTP == "" {
		return func(ctx context.Context) error {
			conn, err := dialLocal(ctx, port)
			if err == nil {
				conn.Close()
			}
			return err
		}, func() {}
	}
	transport := &http.Transport{
		DisableKeepAlives: true,
		DialContext:       func(ctx context.Context, _, _ string) (net.Conn, error) { return dialLocal(ctx, port) },
	}
	client := &http.Client{
		Transport: transport, Timeout: attemptWithin,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	url := "http://127.0.0.1:" + strconv.Itoa(port) + "/" + strings.TrimPrefix(p.command.Ready.HTTP, "/")
	return func(ctx context.Context) error { return askHTTP(ctx, client, url) }, transport.CloseIdleConnections
}

// dialLocal connects to a port of this machine, by IPv4 or else by IPv6.
func dialLocal(ctx context.Context, port int) (net.Conn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err == nil {
		return conn, nil
	}
	if conn, err6 := d.DialContext(ctx, "tcp6", net.JoinHostPort("::1", strconv.Itoa(port))); err6 == nil {
		return conn, nil
	}
	if errors.Is(err, syscall.ECONNREFUSED) {
		return nil, fmt.Errorf("nothing listens on port %d", port)
	}
	return nil, err
}

// askHTTP wants 2xx or 3xx. The request bears a trace context that is not
// sampled, so that asking leaves no traces.
func askHTTP(ctx context.Context, client *http.Client, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	var id [24]byte
	_, _ = rand.Read(id[:]) // it never fails
	trace, span := hex.EncodeToString(id[:16]), hex.EncodeToString(id[16:])
	request.Header.Set("Traceparent", "00-"+trace+"-"+span+"-00")
	request.Header.Set("Uber-Trace-Id", trace+":"+span+":0:0")
	request.Header.Set("User-Agent", "seam")
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, _ = io.CopyN(io.Discard, answer.Body, 64<<10) // spares the service a broken connection
	if answer.StatusCode < 200 || answer.StatusCode > 399 {
		return fmt.Errorf("GET %s answered %s", url, answer.Status)
	}
	return nil
}

// Obstacle says what probably keeps the service from being ready, and what to
// do about it. It may be called while Ready waits.
func (p *Process) Obstacle() string { return p.hint() }

// hint says what to do about a service that misses its limit.
func (p *Process) hint() string {
	c := &p.command
	if c.Port != 0 {
		if other := p.group.keeper.listening(p.pid); len(other) > 0 && !slices.Contains(other, c.Port) {
			return fmt.Sprintf("it listens on %s and not on %d: make it read PORT, or give that port in seam.yaml", portsText(other), c.Port)
		}
	}
	switch {
	case c.Ready.Log != "":
		return "compare ready.log with its output, or raise ready.within"
	case c.Ready.HTTP != "":
		return "check the path in ready.http, or raise ready.within"
	default:
		return fmt.Sprintf("check that it listens on PORT (%d), or raise ready.within", c.Port)
	}
}

func portsText(ports []int) string {
	words := make([]string, len(ports))
	for i, port := range ports {
		words[i] = strconv.Itoa(port)
	}
	return "port " + strings.Join(words, " and ")
}
