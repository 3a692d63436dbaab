// Package publish sends spans on to an OTLP endpoint, such as Jaeger, while
// they come in: through a bounded queue, in batches, again after a failure
// that may pass. What cannot be sent is counted.
package publish

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"sync"
	"time"

	"github.com/seamtest/seam/harness/trace"
)

// Config of a Publisher. Only Endpoint is required.
type Config struct {
	Endpoint string            // base URL, such as http://127.0.0.1:4318
	Protocol string            // "http/protobuf" (default) or "grpc"
	Headers  map[string]string // sent with every batch
	Timeout  time.Duration     // of one attempt; default 10 s

	// Spans that wait or are being sent are at most Queue (default 65,536) and
	// take at most QueueBytes (default 64 MiB, as the store estimates it).
	// What comes beyond is dropped and counted.
	Queue      int
	QueueBytes int64

	Batch   int // spans of one request at most; default 512
	Senders int // requests at once at most; default 4. A second one begins only where a whole batch waits

	// Patience is how long Flush waits for an endpoint that only fails; default
	// 10 s, and half of it where the endpoint never took anything, its failures
	// before Flush included. While the run goes on, no batch that may pass later is given up.
	Patience time.Duration

	// Trouble is called when the endpoint has only failed for a fifth of Patience, with
	// why, and with nil once it takes spans again. It must not call the Publisher.
	Trouble func(why error)
}

// Stats counts what became of the spans. Every span that Publish was given is
// in one of the first three.
type Stats struct {
	Sent      int64
	Dropped   int64  // the queue was full, the endpoint refused for good, or the end came first
	Waiting   int64  // in the queue or being sent
	Retried   int64  // attempts after the first
	LastError string // "" while nothing went wrong
	Failing   bool   // the last answer of the endpoint was a failure
}

// A Publisher sends from Start to Close. It is safe for concurrent use.
type Publisher struct {
	cfg     Config
	to      sender
	cancel  context.CancelFunc
	workers sync.WaitGroup

	mu       sync.Mutex
	more     *sync.Cond // on mu: work for a sender, or the end
	queue    []item     // guarded by mu
	bytes    int64      // guarded by mu; of what waits or is being sent
	first    uint64     // guarded by mu; the number of queue[0], counted from 0
	underWay []*batch   // guarded by mu
	active   int        // guarded by mu; of those, how many do not wait for their next attempt
	stats    Stats      // guarded by mu, but for Waiting and Failing
	closed   bool       // guarded by mu
	took     bool       // guarded by mu; the endpoint took or refused something
	tried    time.Time  // guarded by mu; when the first attempt began
	failing  time.Time  // guarded by mu; since when all answers were failures; zero: the last was none

	telling sync.Mutex // before mu, so that Trouble is told in order
	told    bool       // guarded by telling; the last that Trouble was told is a failure

	settled chan struct{} // guarded by mu; closed and renewed with each batch that was settled
}

type item struct {
	span *trace.Span
	size int64
}

// A batch is what one request sends.
type batch struct {
	first uint64 // number of its first span
	spans []*trace.Span
	bytes int64
}

// A sender does one attempt. It tells what the endpoint rejected of a batch
// that it took, and why; or a passing error; or one that stays.
type sender interface {
	send(context.Context, []*trace.Span) (rejected, error)
	close() error
}

type rejected struct {
	spans int
	why   string
}

// Start checks the configuration and begins to send what Publish takes. It
// does not connect: an endpoint may come up later than seam.
func Start(cfg Config) (*Publisher, error) {
	u, err := url.Parse(cfg.Endpoint)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, fmt.Errorf("publish: %q is no endpoint; write a whole URL such as http://127.0.0.1:4318", cfg.Endpoint)
	}
	defaults(&cfg)
	p := &Publisher{cfg: cfg, settled: make(chan struct{})}
	p.more = sync.NewCond(&p.mu)
	switch cfg.Protocol {
	case "http/protobuf":
		p.to = newHTTP(cfg, u)
	case "grpc":
		if p.to, err = newGRPC(cfg, u); err != nil {
			return nil, err
		}
	default:
		return nil, fmt.Errorf("publish: protocol %q is not known; use http/protobuf or grpc", cfg.Protocol)
	}
	ctx, cancel := context.WithCancel(context.Background())
	p.cancel = cancel
	for range cfg.Senders {
		p.workers.Go(func() { p.work(ctx) })
	}
	return p, nil
}

func defaults(cfg *Config) {
	for _, d := range []struct {
		to    *int
		value int
	}{{&cfg.Queue, 65536}, {&cfg.Batch, 512}, {&cfg.Senders, 4}} {
		if *d.to <= 0 {
			*d.to = d.value
		}
	}
	if cfg.QueueBytes <= 0 {
		cfg.QueueBytes = 64 << 20
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = 10 * time.Second
	}
	if cfg.Patience <= 0 {
		cfg.Patience = 10 * time.Second
	}
	if cfg.Protocol == "" {
		cfg.Protocol = "http/protobuf"
	}
}

// Publish queues the spans and never blocks: what the queue cannot hold is
// dropped and counted. The spans must not change afterwards.
func (p *Publisher) Publish(spans []*trace.Span) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		p.drop(len(spans), "the publisher was closed")
		return
	}
	if room := max(p.cfg.Queue-len(p.queue)-p.sending(), 0); len(spans) > room {
		p.drop(len(spans)-room, fmt.Sprintf("the queue of %d spans was full", p.cfg.Queue))
		spans = spans[:room]
	}
	large := 0
	for _, s := range spans {
		size := s.Size()
		if p.bytes+size > p.cfg.QueueBytes {
			large++
			continue
		}
		p.queue = append(p.queue, item{s, size})
		p.bytes += size
	}
	p.drop(large, fmt.Sprintf("the queue of %d bytes was full", p.cfg.QueueBytes))
	p.more.Broadcast()
}

// drop counts spans that will not be sent; mu must be held.
func (p *Publisher) drop(n int, why string) {
	if n > 0 {
		p.stats.Dropped += int64(n)
		p.stats.LastError = why
	}
}

// atTheEnd is why spans are left: what was last wrong, if anything was; mu must
// be held.
func (p *Publisher) atTheEnd() string {
	return cmp.Or(p.stats.LastError, "the end came before they were sent")
}

// sending counts the spans under way; mu must be held.
func (p *Publisher) sending() (n int) {
	for _, b := range p.underWay {
		n += len(b.spans)
	}
	return n
}

// Flush returns when all that was published before was sent or given up. It
// returns an error that says how many spans are left when ctx ends, or when the
// endpoint did nothing but fail for as long as Config.Patience says.
func (p *Publisher) Flush(ctx context.Context) error {
	p.mu.Lock()
	upTo := p.first + uint64(len(p.queue))
	wait := p.patience()
	p.mu.Unlock()
	began, patience := time.Now(), time.NewTimer(wait)
	defer patience.Stop()
	for {
		p.mu.Lock()
		left, failing, settled, last := p.before(upTo), !p.failing.IsZero(), p.settled, p.stats.LastError
		p.mu.Unlock()
		if left == 0 {
			return nil
		}
		select {
		case <-settled:
			patience.Reset(p.cfg.Patience)
		case <-patience.C:
			if failing {
				return fmt.Errorf("publish to %s: %d spans not sent within %s: %s", p.cfg.Endpoint, left, time.Since(began).Round(time.Millisecond), last)
			}
			p.mu.Lock()
			wait := p.patience() // it is slow, but it is there
			p.mu.Unlock()
			patience.Reset(wait)
		case <-ctx.Done():
			return fmt.Errorf("publish to %s: %d spans not sent: %w", p.cfg.Endpoint, left, ctx.Err())
		}
	}
}

// patience is how long to wait from now on; mu must be held.
func (p *Publisher) patience() time.Duration {
	if p.took {
		return p.cfg.Patience
	}
	spent := time.Duration(0)
	if !p.tried.IsZero() {
		spent = time.Since(p.tried)
	}
	return max(p.cfg.Patience/2-spent, p.cfg.Patience/10)
}

// before counts the spans with a number below upTo that are not settled; mu
// must be held.
func (p *Publisher) before(upTo uint64) int {
	left := max(int(upTo-min(p.first, upTo)), 0)
	for _, b := range p.underWay {
		if b.first < upTo {
			left += len(b.spans)
		}
	}
	return left
}

// Stats may be called at any time.
func (p *Publisher) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.stats
	s.Waiting, s.Failing = int64(len(p.queue)+p.sending()), !p.failing.IsZero()
	return s
}

// Close gives up what is not sent, counts it as dropped, and returns after
// the last goroutine ended. Call Flush before.
func (p *Publisher) Close(context.Context) error {
	p.mu.Lock()
	again := p.closed
	p.closed = true
	p.more.Broadcast()
	p.mu.Unlock()
	if again {
		return nil
	}
	p.cancel()
	p.workers.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.drop(len(p.queue), p.atTheEnd())
	p.first += uint64(len(p.queue))
	p.queue, p.bytes = nil, 0
	close(p.settled) // who still flushes sees that nothing is left
	return p.to.close()
}
