// Package otlp sends how a load runs to an endpoint of OpenTelemetry, as
// metrics, while it runs. All figures are cumulative: an export that fails
// loses a point and no request, and the next one makes up for it. It is fed
// with what a load tells of its progress and never makes it wait.
package otlp

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"sync"
	"time"

	"github.com/seamtest/seam/harness/internal/publish"
	"github.com/seamtest/seam/harness/load"
)

// Config of an Exporter. Only Endpoint is required.
type Config struct {
	Endpoint string            // URL such as http://127.0.0.1:4318; grpc:// and grpcs:// speak gRPC
	Exact    bool              // the endpoint is the whole URL of the metrics, over HTTP
	Protocol string            // "http/protobuf" (default) or "grpc"
	Headers  map[string]string // sent with every export
	Every    time.Duration     // between exports; default 5 s
	Timeout  time.Duration     // of one export; default 5 s
	Service  string            // service.name; default "seam"
	Version  string            // of seam
}

// Stats counts the exports. Rejected are points of exports that were taken.
type Stats struct {
	Sent, Failed int
	Rejected     int
	LastError    string // "" while nothing went wrong
}

// An Exporter sends from Start to Close. It is safe for concurrent use.
type Exporter struct {
	cfg     Config
	to      *publish.Post
	from    source
	stop    context.CancelFunc
	sending sync.WaitGroup

	mu    sync.Mutex
	loads []*state          // guarded by mu
	named map[string]*state // guarded by mu
	stats Stats             // guarded by mu
	fresh bool              // guarded by mu; something came since the last export
}

// Start checks the configuration and begins to send. It does not connect: an
// endpoint may come up later.
func Start(cfg Config) (*Exporter, error) {
	if cfg.Every <= 0 {
		cfg.Every = 5 * time.Second
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = 5 * time.Second
	}
	cfg.Service = orElse(cfg.Service, "seam")
	to, err := publish.NewPost(publish.Config{Endpoint: cfg.Endpoint, Protocol: cfg.Protocol, Headers: cfg.Headers}, cfg.Exact)
	if err != nil {
		return nil, err
	}
	id := make([]byte, 16)
	_, _ = rand.Read(id) // it never fails
	e := &Exporter{cfg: cfg, to: to, named: map[string]*state{}, from: source{version: cfg.Version, began: time.Now(), resource: []attribute{
		{key: "service.name", text: cfg.Service}, {key: "service.instance.id", text: hex.EncodeToString(id)},
	}}}
	ctx, stop := context.WithCancel(context.Background())
	e.stop = stop
	e.sending.Go(func() { e.run(ctx) })
	return e, nil
}

// Watch has the progress of the job told to the exporter, beside whoever is
// told already.
func (e *Exporter) Watch(job *load.Job) {
	alone := !job.Histograms // else another who watches reads them too
	job.Histograms = true
	r := run{of: e.begin(job)}
	told := job.Progress
	job.Progress = func(p load.Progress) {
		e.mu.Lock()
		r.add(&p)
		e.fresh = true
		e.mu.Unlock()
		if told != nil {
			if alone {
				p.LatencyHDR, p.ServiceHDR = "", ""
			}
			told(p)
		}
	}
}

// begin makes room for a load; a name that comes again goes on in its own, and
// those beyond the bound share one.
func (e *Exporter) begin(job *load.Job) *state {
	e.mu.Lock()
	defer e.mu.Unlock()
	name := job.Name
	if e.named[name] == nil && len(e.loads) >= mostLoads-1 {
		name = otherName
	}
	s := e.named[name]
	if s == nil {
		renamed := *job
		renamed.Name = name
		s = newState(&renamed)
		e.named[name], e.loads = s, append(e.loads, s)
	}
	return s
}

func (e *Exporter) run(ctx context.Context) {
	ticker := time.NewTicker(e.cfg.Every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			e.export()
		}
	}
}

// export sends what there is, unless it is what was sent before. Nothing but
// its own time limit cuts it short.
func (e *Exporter) export() {
	e.mu.Lock()
	if !e.fresh {
		e.mu.Unlock()
		return
	}
	body := e.from.encode(metricsOf(e.loads), time.Now())
	e.fresh = false
	e.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), e.cfg.Timeout)
	defer cancel()
	rejected, why, err := e.to.Send(ctx, body)
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case err != nil:
		e.stats.Failed++
		e.stats.LastError = err.Error()
		e.fresh = true
	default:
		e.stats.Sent++
		if e.stats.Rejected += rejected; why != "" {
			e.stats.LastError = why
		}
	}
}

// Close waits for the export under way, sends the last figures, and says how it
// went; each may take as long as an export may. Nothing is sent afterwards.
func (e *Exporter) Close() Stats {
	e.stop()
	e.sending.Wait()
	e.export()
	_ = e.to.Close() // nothing is under way
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.stats
}

// Trouble is what is to be told of exports that went wrong; "" for nothing.
// The endpoint is shown as given.
func (s Stats) Trouble(to string) string {
	switch {
	case s.Failed > 0:
		return fmt.Sprintf("%d of %d exports of metrics to %s failed; the last error: %s", s.Failed, s.Failed+s.Sent, to, s.LastError)
	case s.Rejected > 0:
		return fmt.Sprintf("%d points of metrics were rejected by %s: %s", s.Rejected, to, s.LastError)
	}
	return ""
}
