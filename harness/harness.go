// Package harness runs a system of services with an edge on every call
// between two of them. It is wiring: what a span, a pact or a shot means is
// decided in the packages below it.
//
// Go tests call Run; everything else calls Start and, at the end, Stop.
package harness

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/seamtest/seam/contracts/cover"
	"github.com/seamtest/seam/harness/edge"
	"github.com/seamtest/seam/harness/internal/live"
	"github.com/seamtest/seam/harness/internal/metrics"
	"github.com/seamtest/seam/harness/internal/proc"
	"github.com/seamtest/seam/harness/internal/publish"
	"github.com/seamtest/seam/harness/internal/receive"
	"github.com/seamtest/seam/harness/internal/web"
	"github.com/seamtest/seam/harness/system"
	"github.com/seamtest/seam/harness/trace"
)

// A Line is one line of a service's output.
type Line = proc.Line

// Config says what to run and who listens. Only Spec is required.
type Config struct {
	Spec     *system.Spec
	Phase    edge.Phase                          // of the first exchanges; default edge.Live
	Log      func(Line)                          // output of the services, redacted; nil discards it
	Progress func(string)                        // one sentence for each step of the start; nil discards it
	Bodies   bool                                // Edge.Exchanges keep headers and bodies, redacted; at most 16 MiB an edge
	Observe  func(*edge.Exchange)                // called when an exchange ended; valid during the call only
	Judged   func(*edge.Exchange, cover.Verdict) // called when it was held against its contracts; see live.Judge.Open
	Receive  string                              // address of the OTLP receiver; default 127.0.0.1 and a free port

	TraceBytes int64 // that Traces may take; 0: trace.DefaultMaxBytes

	Page       string   // address of the page and of /metrics; "" serves none
	PageOrFree bool     // where Page is taken, a free port will do
	PageHosts  []string // names that the page answers to besides addresses and localhost
	KeepPage   bool     // Stop leaves the page; ClosePage ends it
}

// A Harness is a running system. Its methods are safe for concurrent use.
type Harness struct {
	cfg        Config
	spec       *system.Spec
	store      *trace.Store
	metrics    *metrics.Metrics
	receiver   *receive.Receiver
	publishers []*publisher
	group      *proc.Group // nil where no service is started by seam
	contracts  []Contract
	judge      *live.Judge
	services   map[string]*Service
	page       *served                // nil where none was asked for
	output     web.Log                // latest lines of the services
	spoken     map[string]*edge.Lines // by service and stream; read and written by heard alone

	opening sync.Mutex // one edge at a time is opened after the start
	telling sync.Mutex // services become ready in the order that is told

	watch sync.WaitGroup
	over  chan struct{} // closed when Stop begins
	dead  chan struct{} // closed at the first death of a service

	mu      sync.Mutex
	edges   []*Edge         // guarded by mu
	stubs   []*served       // guarded by mu
	died    []*proc.Process // guarded by mu
	stopped bool            // guarded by mu
}

// Start runs the system and returns when every service is ready. Half a
// start is undone before it returns an error, which names the service or the
// address and what to do about it.
func Start(ctx context.Context, cfg Config) (*Harness, error) {
	if cfg.Phase == "" {
		cfg.Phase = edge.Live
	}
	if cfg.Progress == nil {
		cfg.Progress = func(string) {}
	}
	h := &Harness{
		spoken: map[string]*edge.Lines{},
		cfg:    cfg, spec: cfg.Spec, services: map[string]*Service{},
		over: make(chan struct{}), dead: make(chan struct{}),
		store:   trace.NewStore(trace.StoreConfig{MaxBytes: cfg.TraceBytes, Instrumented: instrumented(cfg.Spec)}),
		metrics: metrics.New(),
	}
	for i := range cfg.Spec.Services {
		s := &cfg.Spec.Services[i]
		h.services[s.Name] = &Service{Name: s.Name, Kind: kind(s), URL: s.URL, ready: make(chan struct{})}
	}
	for _, step := range []func(context.Context) error{h.startContracts, h.startReceiving, h.startPublishing, h.startEdges, h.startPage, h.startServices} {
		if err := step(ctx); err != nil {
			undo, cancel := context.WithTimeout(context.WithoutCancel(ctx), 15*time.Second)
			defer cancel()
			return nil, errors.Join(err, h.Stop(undo), h.ClosePage(undo))
		}
	}
	return h, nil
}

func instrumented(spec *system.Spec) []string {
	var names []string
	for i := range spec.Services {
		if spec.Services[i].Instrumented {
			names = append(names, spec.Services[i].Name)
		}
	}
	return names
}

func (h *Harness) startReceiving(context.Context) error {
	var listen []string
	if h.cfg.Receive != "" {
		listen = []string{h.cfg.Receive}
	}
	receiver, err := receive.Start(receive.Config{Listen: listen, Sink: h.accept})
	if err != nil {
		return held(err, h.cfg.Receive)
	}
	h.receiver = receiver
	return nil
}

// accept takes spans from services; they are stored and sent on without the
// credentials in them.
func (h *Harness) accept(spans []*trace.Span) error {
	edge.RedactSpans(spans)
	h.keep(spans...)
	return nil
}

// keepOwn takes the span of an edge. One of a load that was not asked to be
// traced is for seam's own judgement, and not sent on.
func (h *Harness) keepOwn(span *trace.Span) {
	h.metrics.Span(span)
	const sampled = 1
	if phase := edge.Phase(span.Phase()); span.Flags&sampled == 0 && (phase == edge.Load || phase == edge.WarmUp) {
		h.store.Add(span)
		return
	}
	h.keep(span)
}

func (h *Harness) keep(spans ...*trace.Span) {
	for _, p := range h.publishers {
		p.Publish(spans)
	}
	h.store.Add(spans...)
}

// A publisher knows the endpoint that it was made for.
type publisher struct {
	*publish.Publisher
	Endpoint string
}

func (h *Harness) startPublishing(context.Context) error {
	for _, to := range h.spec.Publish {
		if !to.Traces() {
			continue
		}
		p, err := publish.Start(publish.Config{Endpoint: to.OTLP, Protocol: to.Protocol, Headers: to.Headers, Trouble: func(why error) {
			h.cfg.Progress(trouble(to.OTLP, why))
		}})
		if err != nil {
			return fmt.Errorf("publish to %s: %w", to.OTLP, err)
		}
		h.publishers = append(h.publishers, &publisher{p, to.OTLP})
	}
	return nil
}

// Spec is what runs.
func (h *Harness) Spec() *system.Spec { return h.spec }

// Entry is the URL of the edge from outside; "" where the system has none.
func (h *Harness) Entry() string {
	if e := h.Edge("", h.spec.Entry.Service); e != nil {
		return e.URL()
	}
	return ""
}

// Traces is the store of every span that the run showed. The answer to a
// request can reach a client before its span is stored: wait on the store.
func (h *Harness) Traces() *trace.Store { return h.store }

// Edges lists the edges: the entry first, then in the order of seam.yaml.
func (h *Harness) Edges() []*Edge {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.edges)
}

// Edge finds the edge between two services; the consumer of the entry is "".
// It is nil where seam.yaml declares no such call.
func (h *Harness) Edge(consumer, provider string) *Edge {
	for _, e := range h.Edges() {
		if e.Name == (system.Edge{Consumer: consumer, Provider: provider}) {
			return e
		}
	}
	return nil
}

// Service finds a service by name; nil where there is none.
func (h *Harness) Service(name string) *Service { return h.services[name] }

// Services lists the services in the order of seam.yaml.
func (h *Harness) Services() []*Service {
	var all []*Service
	for i := range h.spec.Services {
		if s := h.services[h.spec.Services[i].Name]; s != nil {
			all = append(all, s)
		}
	}
	return all
}

// SetPhase says what the exchanges that begin from now on belong to.
func (h *Harness) SetPhase(phase edge.Phase) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.cfg.Phase = phase // of edges that EdgeFor opens later
	for _, e := range h.edges {
		e.proxy.SetPhase(phase)
	}
}

func (h *Harness) phase() edge.Phase {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.cfg.Phase
}

// Settle returns when every exchange that had begun was observed and held
// against its contracts, or with ctx's error.
func (h *Harness) Settle(ctx context.Context) error {
	for _, e := range h.Edges() {
		if err := e.proxy.Settle(ctx); err != nil {
			return fmt.Errorf("edge %s: calls still under way: %w", e.Name, err)
		}
	}
	return h.judge.Settle(ctx)
}

// Dead is closed when a service dies that had been ready; Deaths tells which.
func (h *Harness) Dead() <-chan struct{} { return h.dead }

// A Death is the end of a service that nobody asked for.
type Death struct {
	Service string
	Why     string // with its last lines, redacted, and what to try
}

// Deaths lists the services that died after they were ready.
func (h *Harness) Deaths() []Death {
	h.mu.Lock()
	defer h.mu.Unlock()
	var all []Death
	for _, p := range h.died {
		all = append(all, Death{Service: p.Service(), Why: edge.RedactOutput(p.Err().Error())})
	}
	return all
}

// Stats counts what passed through besides the exchanges.
type Stats struct {
	Receive receive.Stats
	Store   trace.Stats
	Publish map[string]publish.Stats // by endpoint
}

// Stats may be called during and after a run.
func (h *Harness) Stats() Stats {
	s := Stats{Receive: h.receiver.Stats(), Store: h.store.Stats(), Publish: map[string]publish.Stats{}}
	for _, p := range h.publishers {
		s.Publish[p.Endpoint] = p.Stats()
	}
	return s
}

// Stop ends the services, takes in the spans that they send at their end,
// passes on what is still queued, and closes every socket. The traces stay
// readable. It may be called more than once.
func (h *Harness) Stop(ctx context.Context) error {
	h.mu.Lock()
	again := h.stopped
	h.stopped = true
	h.mu.Unlock()
	if again {
		return nil
	}
	close(h.over)
	var errs []error
	if h.group != nil {
		errs = append(errs, h.group.Stop(ctx))
		h.sayKilled(ctx)
	}
	h.watch.Wait()
	errs = append(errs, h.closeEdges(ctx))
	h.judge.Close()
	for _, s := range h.servers() {
		errs = append(errs, s.Close(ctx))
	}
	if h.receiver != nil {
		errs = append(errs, h.receiver.Drain(ctx), h.receiver.Close(ctx))
	}
	errs = append(errs, h.passOn(ctx))
	return errors.Join(errs...)
}

// servers lists what is served besides the edges.
func (h *Harness) servers() []*served {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := slices.Clone(h.stubs)
	if h.page != nil && !h.cfg.KeepPage {
		all = append(all, h.page)
	}
	return all
}

// parse reads a URL that seam made itself or has checked.
func parse(raw string) *url.URL {
	u, err := url.Parse(raw)
	if err != nil {
		return &url.URL{}
	}
	return u
}
