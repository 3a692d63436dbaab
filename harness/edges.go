package harness

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"sync"
	"time"

	"github.com/seamtest/seam/harness/edge"
	"github.com/seamtest/seam/harness/fault"
	"github.com/seamtest/seam/harness/internal/live"
	"github.com/seamtest/seam/harness/internal/web"
	"github.com/seamtest/seam/harness/system"
)

// What an edge remembers of its latest exchanges at most: how many, and bytes
// of their bodies.
const (
	keptExchanges = 1000
	keptBodies    = 16 << 20
)

// An Edge is the seam between a consumer and a provider of a running system.
// Its methods are safe for concurrent use.
type Edge struct {
	Name system.Edge

	proxy     *edge.Proxy
	contracts []Contract   // that its calls are held against
	docket    *live.Docket // nil where there is nothing to hold them against

	tally web.Tally

	faults fault.Set

	raw    bool // passed on unread
	bodies bool // whether headers and bodies are remembered

	mu     sync.Mutex
	recent []edge.Exchange // guarded by mu; redacted, the latest last
	bare   int             // guarded by mu; of recent, how many have no body any more
	held   int             // guarded by mu; bytes of bodies in recent
	seen   int             // guarded by mu
	failed int             // guarded by mu; of those seen
}

// URL is where the edge listens: what the consumer calls in place of the provider.
func (e *Edge) URL() string { return e.proxy.URL() }

// Exchanges returns the latest exchanges that ended, redacted, oldest first;
// 1,000 are kept, with their headers and bodies where Config.Bodies asks for
// them and the newer ones have no more than 16 MiB. One that just answered may
// still be missing: see Harness.Settle.
func (e *Edge) Exchanges() []edge.Exchange {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]edge.Exchange(nil), e.recent...)
}

// Seen counts all exchanges that ended on the edge.
func (e *Edge) Seen() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.seen
}

func (e *Edge) observe(x *edge.Exchange) {
	kept, wrong := e.memory(x), x.Failed()
	e.tally.Add(time.Now(), wrong)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.seen++
	if wrong {
		e.failed++
	}
	if len(e.recent) == keptExchanges {
		const drop = keptExchanges / 10
		for i := e.bare; i < drop; i++ {
			e.held -= size(&e.recent[i])
		}
		e.recent = append(e.recent[:0], e.recent[drop:]...)
		e.bare = max(e.bare-drop, 0)
	}
	e.recent = append(e.recent, kept)
	e.held += size(&kept)
	for ; e.held > keptBodies; e.bare++ {
		e.held -= size(&e.recent[e.bare])
		e.recent[e.bare] = e.recent[e.bare].Brief()
	}
}

// memory is what is kept of an exchange.
func (e *Edge) memory(x *edge.Exchange) edge.Exchange {
	if e.bodies {
		return x.Redacted()
	}
	return x.Brief()
}

func size(x *edge.Exchange) int {
	return len(x.RequestBody().Bytes) + len(x.ResponseBody().Bytes)
}

// capture is what the edge records of an exchange: for its contracts, and to
// be remembered.
func (e *Edge) capture(x *edge.Exchange) edge.Capture {
	if e.bodies {
		return edge.Capture{Bodies: true}
	}
	return e.docket.Capture(x)
}

// startEdges binds every edge before any service starts: a service may call
// as soon as it runs, and is held until its provider is ready.
func (h *Harness) startEdges(context.Context) error {
	if h.spec.Entry.Service != "" {
		if err := h.openEdge(system.Edge{Provider: h.spec.Entry.Service}, system.Call{Listen: h.spec.Entry.Listen}); err != nil {
			return err
		}
	}
	for i := range h.spec.Services {
		for _, call := range h.spec.Services[i].Calls {
			if err := h.openEdge(system.Edge{Consumer: h.spec.Services[i].Name, Provider: call.Provider}, call); err != nil {
				return err
			}
		}
	}
	return nil
}

func (h *Harness) openEdge(name system.Edge, call system.Call) error {
	provider := h.spec.Service(name.Provider)
	if provider == nil {
		return fmt.Errorf("edge %s: seam.yaml has no service %q", name, name.Provider)
	}
	raw := call.Protocol == "tcp"
	e := &Edge{Name: name, raw: raw, bodies: h.cfg.Bodies, contracts: h.contractsOf(name), docket: h.docket(name, raw)}
	proxy, err := edge.Start(edge.Config{
		Edge:        name,
		Listen:      call.Listen,
		Raw:         raw,
		RewriteHost: provider.URL != "",
		Hold:        provider.Ready.Within,
		Phase:       h.phase(),
		Capture:     e.capture,
		Spans:       h.keepOwn,
		Disturb:     func(x *edge.Exchange, way http.RoundTripper) http.RoundTripper { return e.disturb(x, way, h.judge) },
		DisturbRaw:  e.disturbRaw,
		ErrorLog:    log.New(&complaints{edge: name.String(), tell: h.cfg.Progress, told: map[string]bool{}}, "", 0),
		Begin:       func(x *edge.Exchange) { h.store.Open(x.Trace, x.Span, name.String()) },
		End: func(x *edge.Exchange) {
			e.observe(x)
			e.docket.End(x)
			if h.cfg.Observe != nil {
				h.cfg.Observe(x)
			}
		},
	})
	if err != nil {
		return held(err, call.Listen)
	}
	e.proxy = proxy
	h.mu.Lock()
	defer h.mu.Unlock()
	h.edges = append(h.edges, e)
	proxy.SetPhase(h.cfg.Phase) // it may have changed meanwhile
	return nil
}

// toProvider lists the edges whose provider is the service.
func (h *Harness) toProvider(service string) []*Edge {
	var all []*Edge
	for _, e := range h.Edges() {
		if e.Name.Provider == service {
			all = append(all, e)
		}
	}
	return all
}

// lastCalls is how long calls may go on once the services have ended: from
// outside to a service that runs elsewhere, such as a stream that nobody ends.
const lastCalls = 2 * time.Second

// closeEdges closes all edges at once, and says where it broke off calls.
func (h *Harness) closeEdges(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, lastCalls)
	defer cancel()
	edges := h.Edges()
	errs := make([]error, len(edges))
	var all sync.WaitGroup
	for i, e := range edges {
		all.Go(func() {
			err := e.proxy.Close(limited)
			if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
				h.cfg.Progress(fmt.Sprintf("edge %s: calls that were still open after %s are broken off", e.Name, lastCalls))
				err = nil
			}
			errs[i] = err
		})
	}
	all.Wait()
	return errors.Join(errs...)
}
