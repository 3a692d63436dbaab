package publish

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// batchBytes bounds a batch by the estimated size of its spans, so that it
// stays below the 4 MiB that gRPC servers take.
const batchBytes = 2 << 20

// The waits between attempts grow from the first to the longest, and vary so
// that many senders spread out. An endpoint that asks for more gets more, up to
// obeyed.
const (
	firstWait   = 50 * time.Millisecond
	longestWait = 2 * time.Second
	obeyed      = 30 * time.Second
)

// A passing error may be gone at the next attempt, after the wait that the
// endpoint asked for (0: it did not say).
type passing struct {
	error
	wait time.Duration
}

func (p passing) Unwrap() error { return p.error }

// errTooLarge says that half of the batch might be taken.
var errTooLarge = errors.New("the request is too large for the endpoint")

func (p *Publisher) work(ctx context.Context) {
	for b := p.next(); b != nil; b = p.next() {
		p.deliver(ctx, b)
	}
}

// next waits for spans to send, and is nil at the end. It takes less than a
// whole batch only where no request runs: what comes meanwhile waits for
// the next.
func (p *Publisher) next() *batch {
	p.mu.Lock()
	defer p.mu.Unlock()
	for !p.closed && (len(p.queue) == 0 || p.active > 0 && len(p.queue) < p.cfg.Batch) {
		p.more.Wait()
	}
	if p.closed {
		return nil
	}
	b := &batch{first: p.first}
	for _, i := range p.queue[:min(len(p.queue), p.cfg.Batch)] {
		if b.bytes += i.size; b.bytes > batchBytes && len(b.spans) > 0 {
			b.bytes -= i.size
			break
		}
		b.spans = append(b.spans, i.span)
	}
	n := len(b.spans)
	clear(p.queue[:n]) // the array outlives them
	p.queue, p.first = p.queue[n:], p.first+uint64(n)
	if len(p.queue) == 0 {
		p.queue = nil // lets go of the array
	}
	p.underWay = append(p.underWay, b)
	p.active++
	return b
}

// deliver sends a batch until it is taken or refused for good, in halves where
// it is too large, or until ctx ends.
func (p *Publisher) deliver(ctx context.Context, b *batch) {
	wait := firstWait
	for len(b.spans) > 0 {
		began := time.Now()
		n, rejects, err := p.attempt(ctx, b)
		var again passing
		switch {
		case err == nil:
			p.settle(b, n, rejects)
			p.tell(nil)
			wait = firstWait
			continue
		case ctx.Err() != nil:
			p.abandon(b)
			continue
		case !errors.As(err, &again):
			p.settle(b, n, rejected{n, err.Error()})
			p.tell(nil)
			continue
		}
		p.failed(err, began)
		p.pause(ctx, max(wait/2+rand.N(wait), min(again.wait, obeyed)))
		wait = min(2*wait, longestWait)
	}
	p.finish(b)
}

// failed notes an attempt that may pass later. Others may send meanwhile.
func (p *Publisher) failed(err error, began time.Time) {
	p.mu.Lock()
	p.stats.LastError = err.Error()
	if p.failing.IsZero() {
		p.failing = began
	}
	p.active--
	p.more.Signal()
	p.mu.Unlock()
	p.tell(err)
}

// pause waits before the next attempt, so long as ctx lasts.
func (p *Publisher) pause(ctx context.Context, wait time.Duration) {
	timer := time.NewTimer(wait)
	select {
	case <-timer.C:
	case <-ctx.Done():
		timer.Stop()
	}
	p.mu.Lock()
	p.active++
	p.stats.Retried++
	p.mu.Unlock()
}

// tell says what became of the endpoint, where that is news.
func (p *Publisher) tell(err error) {
	p.telling.Lock()
	defer p.telling.Unlock()
	p.mu.Lock()
	since := p.failing
	p.mu.Unlock()
	if bad := !since.IsZero(); p.cfg.Trouble == nil || bad == p.told || bad && (err == nil || time.Since(since) < p.cfg.Patience/5) {
		return
	}
	p.told = !p.told
	p.cfg.Trouble(err)
}

// attempt sends the batch, or as much of its beginning as the endpoint does not
// find too large; n is how many spans the outcome is about.
func (p *Publisher) attempt(ctx context.Context, b *batch) (n int, r rejected, err error) {
	p.mu.Lock()
	if p.tried.IsZero() {
		p.tried = time.Now()
	}
	p.mu.Unlock()
	for n = len(b.spans); ; n /= 2 {
		limited, cancel := context.WithTimeout(ctx, p.cfg.Timeout)
		r, err = p.to.send(limited, b.spans[:n])
		if err != nil && ctx.Err() == nil && limited.Err() != nil {
			err = passing{fmt.Errorf("no answer within %s", p.cfg.Timeout), 0}
		}
		cancel()
		if !errors.Is(err, errTooLarge) || n == 1 {
			return n, r, err
		}
	}
}

// abandon drops what is left of a batch at the end.
func (p *Publisher) abandon(b *batch) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.drop(len(b.spans), p.atTheEnd())
	b.spans = nil
}

// settle counts the first n spans of a batch as sent, but for those rejected.
func (p *Publisher) settle(b *batch, n int, r rejected) {
	r.spans = min(max(r.spans, 0), n)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.drop(r.spans, r.why)
	p.stats.Sent += int64(n - r.spans)
	b.spans, b.first = b.spans[n:], b.first+uint64(n)
	p.took, p.failing = true, time.Time{}
}

// finish takes the batch, of which nothing is left, off those under way.
func (p *Publisher) finish(b *batch) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bytes -= b.bytes
	p.active--
	p.underWay = slices.DeleteFunc(p.underWay, func(other *batch) bool { return other == b })
	if !p.closed {
		close(p.settled)
		p.settled = make(chan struct{})
	}
	p.more.Broadcast()
}
