// Package publish sends spans on to an OTLP endpoint, such as Jaeger, while
// they come in: through a bounded queue, in batches, again after a failure
// that may pass. What cannot be sent is counted.
package publish

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/seamtest/seam/harness/trace"
)

// Config of a Publisher. Only Endpoint is required.
type Config struct {
	Endpoint string            // base URL, such as http://127.0.0.1:4318
	Protocol string            // "http/protobuf" (default) or "grpc"
	Headers  map[string]string // sent with every batch
	Queue    int               // spans that wait at most; default 65,536
	Batch    int               // spans of one request at most; default 512
	Timeout  time.Duration     // of one attempt; default 10 s
	Tries    int               // of one batch; default 5
}

// Stats counts what became of the spans.
type Stats struct {
	Sent      int64
	Dropped   int64  // the queue was full, or the endpoint refused for good
	Retried   int64  // attempts after the first
	LastError string // "" while nothing went wrong
}

// A Publisher sends from Start to Close. It is safe for concurrent use.
type Publisher struct {
	cfg    Config
	send   func(context.Context, []*trace.Span) error
	end    func() error
	ctx    context.CancelFunc
	worker sync.WaitGroup

	mu      sync.Mutex
	queue   []*trace.Span // guarded by mu
	sending int           // guarded by mu; spans taken off the queue and not settled
	stats   Stats         // guarded by mu
	closed  bool          // guarded by mu
	wake    chan struct{} // holds one when the queue is not empty
	idle    chan struct{} // closed and renewed whenever nothing waits; guarded by mu
}

// Start checks the configuration and begins to send what Publish takes. It
// does not connect: an endpoint may come up later than seam.
func Start(cfg Config) (*Publisher, error) {
	u, err := url.Parse(cfg.Endpoint)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, fmt.Errorf("publish: %q is no endpoint; write a whole URL such as http://127.0.0.1:4318", cfg.Endpoint)
	}
	defaults(&cfg)
	p := &Publisher{cfg: cfg, wake: make(chan struct{}, 1), idle: make(chan struct{})}
	switch cfg.Protocol {
	case "http/protobuf":
		p.useHTTP()
	case "grpc":
		if err := p.useGRPC(u); err != nil {
			return nil, err
		}
	default:
		return nil, fmt.Errorf("publish: protocol %q is not known; use http/protobuf or grpc", cfg.Protocol)
	}
	ctx, cancel := context.WithCancel(context.Background())
	p.ctx = cancel
	p.worker.Go(func() { p.work(ctx) })
	return p, nil
}

func defaults(cfg *Config) {
	for _, d := range []struct {
		to    *int
		value int
	}{{&cfg.Queue, 65536}, {&cfg.Batch, 512}, {&cfg.Tries, 5}} {
		if *d.to <= 0 {
			*d.to = d.value
		}
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = 10 * time.Second
	}
	if cfg.Protocol == "" {
		cfg.Protocol = "http/protobuf"
	}
}

// Publish queues the spans and never blocks: what the queue cannot hold is
// dropped and counted. The spans must not change afterwards.
func (p *Publisher) Publish(spans []*trace.Span) {
	p.mu.Lock()
	room := max(p.cfg.Queue-len(p.queue), 0)
	if p.closed {
		room = 0
	}
	if len(spans) > room {
		p.stats.Dropped += int64(len(spans) - room)
		p.stats.LastError = fmt.Sprintf("the queue of %d spans was full", p.cfg.Queue)
		spans = spans[:room]
	}
	p.queue = append(p.queue, spans...)
	p.mu.Unlock()
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// Flush returns when all that was published before was sent or given up, or
// with ctx's error.
func (p *Publisher) Flush(ctx context.Context) error {
	for {
		p.mu.Lock()
		waiting, idle := len(p.queue)+p.sending, p.idle
		p.mu.Unlock()
		if waiting == 0 {
			return nil
		}
		select {
		case <-idle:
		case <-ctx.Done():
			return fmt.Errorf("publish to %s: %d spans not sent: %w", p.cfg.Endpoint, waiting, ctx.Err())
		}
	}
}

// Stats may be called at any time.
func (p *Publisher) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stats
}

// Close gives up what is not sent, counts it as dropped, and returns after
// the last goroutine ended. Call Flush before.
func (p *Publisher) Close(context.Context) error {
	p.mu.Lock()
	again := p.closed
	p.closed = true
	p.mu.Unlock()
	if again {
		return nil
	}
	p.ctx()
	p.worker.Wait()
	p.mu.Lock()
	p.stats.Dropped += int64(len(p.queue))
	p.queue = nil
	p.mu.Unlock()
	return p.end()
}

func (p *Publisher) work(ctx context.Context) {
	for {
		batch := p.next()
		if len(batch) == 0 {
			select {
			case <-p.wake:
				continue
			case <-ctx.Done():
				return
			}
		}
		p.settle(len(batch), p.try(ctx, batch))
	}
}

func (p *Publisher) next() []*trace.Span {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := min(len(p.queue), p.cfg.Batch)
	batch := p.queue[:n:n]
	p.queue = p.queue[n:]
	if len(p.queue) == 0 {
		p.queue = nil // lets go of the array
	}
	p.sending = n
	return batch
}

func (p *Publisher) settle(n int, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sending = 0
	if err != nil {
		p.stats.Dropped += int64(n)
		p.stats.LastError = err.Error()
	} else {
		p.stats.Sent += int64(n)
	}
	if len(p.queue) == 0 {
		close(p.idle)
		p.idle = make(chan struct{})
	}
}

// A passing error may be gone at the next attempt, after the wait that the
// endpoint asked for (0: it did not say).
type passing struct {
	error
	wait time.Duration
}

// try sends a batch until it is taken, refused for good, or tried often
// enough, with waits that grow and vary so that many senders spread out.
func (p *Publisher) try(ctx context.Context, batch []*trace.Span) error {
	const first, longest = 100 * time.Millisecond, 5 * time.Second
	wait := first
	for attempt := 1; ; attempt++ {
		limited, cancel := context.WithTimeout(ctx, p.cfg.Timeout)
		err := p.send(limited, batch)
		cancel()
		var again passing
		if err == nil || !errors.As(err, &again) || attempt == p.cfg.Tries || ctx.Err() != nil {
			return err
		}
		pause := max(wait/2+rand.N(wait), min(again.wait, 30*time.Second))
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return err
		}
		wait = min(2*wait, longest)
		p.mu.Lock()
		p.stats.Retried++
		p.mu.Unlock()
	}
}

func (p *Publisher) useHTTP() {
	transport := &http.Transport{MaxIdleConnsPerHost: 2, IdleConnTimeout: time.Minute}
	client := &http.Client{Transport: transport}
	target := strings.TrimSuffix(p.cfg.Endpoint, "/") + "/v1/traces"
	p.end = func() error { transport.CloseIdleConnections(); return nil }
	p.send = func(ctx context.Context, batch []*trace.Span) error {
		body, err := zipped(batch)
		if err != nil {
			return err
		}
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, target, body)
		if err != nil {
			return err
		}
		for name, value := range p.cfg.Headers {
			request.Header.Set(name, value)
		}
		request.Header.Set("Content-Type", "application/x-protobuf")
		request.Header.Set("Content-Encoding", "gzip")
		answer, err := client.Do(request)
		if err != nil {
			return passing{err, 0}
		}
		defer answer.Body.Close()
		text, _ := io.ReadAll(io.LimitReader(answer.Body, 64<<10))
		return judge(answer, text)
	}
}

func zipped(batch []*trace.Span) (io.Reader, error) {
	encoded, err := ptraceotlp.NewExportRequestFromTraces(ToOTLP(batch)).MarshalProto()
	if err != nil {
		return nil, fmt.Errorf("encode %d spans: %w", len(batch), err)
	}
	var body bytes.Buffer
	zip := gzip.NewWriter(&body)
	if _, err := zip.Write(encoded); err != nil {
		return nil, err
	}
	return &body, zip.Close()
}

// judge follows "OTLP/HTTP Response" of the OTLP specification 1.7.
func judge(answer *http.Response, text []byte) error {
	if answer.StatusCode < http.StatusMultipleChoices {
		reply := ptraceotlp.NewExportResponse()
		if reply.UnmarshalProto(text) == nil && reply.PartialSuccess().RejectedSpans() > 0 {
			return fmt.Errorf("%d spans rejected: %s", reply.PartialSuccess().RejectedSpans(), reply.PartialSuccess().ErrorMessage())
		}
		return nil
	}
	err := fmt.Errorf("answered %s: %s", answer.Status, bytes.TrimSpace(text[:min(len(text), 200)]))
	switch answer.StatusCode {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		seconds, _ := strconv.Atoi(answer.Header.Get("Retry-After"))
		return passing{err, time.Duration(seconds) * time.Second}
	}
	return err
}

func (p *Publisher) useGRPC(u *url.URL) error {
	conn, err := grpc.NewClient(u.Host, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return fmt.Errorf("publish to %s: %w", p.cfg.Endpoint, err)
	}
	client := ptraceotlp.NewGRPCClient(conn)
	p.end = conn.Close
	p.send = func(ctx context.Context, batch []*trace.Span) error {
		for name, value := range p.cfg.Headers {
			ctx = metadata.AppendToOutgoingContext(ctx, name, value)
		}
		_, err := client.Export(ctx, ptraceotlp.NewExportRequestFromTraces(ToOTLP(batch)))
		switch status.Code(err) {
		case codes.Canceled, codes.DeadlineExceeded, codes.Aborted, codes.OutOfRange, codes.Unavailable, codes.DataLoss, codes.ResourceExhausted:
			return passing{err, 0}
		}
		return err
	}
	return nil
}
