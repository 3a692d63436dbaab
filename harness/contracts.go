package harness

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/seamtest/seam/contracts"
	"github.com/seamtest/seam/contracts/cover"
	"github.com/seamtest/seam/contracts/match"
	"github.com/seamtest/seam/contracts/verify"
	"github.com/seamtest/seam/harness/edge"
	"github.com/seamtest/seam/harness/internal/live"
	"github.com/seamtest/seam/harness/system"
)

// A Contract is a pact between two parties of the system, and how seam.yaml
// has it verified.
type Contract struct {
	Source string // file or URL that it was read from
	Pact   *contracts.Pact

	how   system.Contract
	plans []*match.Plan
}

// Contracts lists the pacts that seam.yaml names, in its order.
func (h *Harness) Contracts() []Contract { return slices.Clone(h.contracts) }

// startContracts reads the pacts before anything runs, so that a fault in one
// costs no time. An interaction that cannot be compiled is left to the
// verification to report.
func (h *Harness) startContracts(ctx context.Context) error {
	h.judge = live.Start()
	read := map[string]bool{}
	for _, how := range h.spec.Contracts {
		sources, err := verify.Sources(ctx, how.Pacts)
		if err != nil {
			return fmt.Errorf("contracts: %w", err)
		}
		for _, source := range sources {
			if how.Provider != "" && how.Provider != source.Pact.Provider || how.Consumer != "" && how.Consumer != source.Pact.Consumer {
				continue
			}
			c := Contract{Source: edge.RedactTarget(source.Name), Pact: source.Pact, how: how}
			if !read[source.Name] {
				h.warn(source)
				c.plans = h.compile(source)
			}
			read[source.Name] = true
			h.contracts = append(h.contracts, c)
		}
	}
	return nil
}

// warn says what is odd in a pact, the first few of it.
func (h *Harness) warn(source verify.Source) {
	const most = 5
	for _, w := range source.Warnings[:min(len(source.Warnings), most)] {
		h.cfg.Progress(fmt.Sprintf("warning: pact %s: %s", source.Name, w))
	}
	if more := len(source.Warnings) - most; more > 0 {
		h.cfg.Progress(fmt.Sprintf("warning: pact %s: and %d more", source.Name, more))
	}
}

func (h *Harness) compile(source verify.Source) []*match.Plan {
	var plans []*match.Plan
	for i := range source.Pact.Interactions {
		plan, err := match.Compile(&source.Pact.Interactions[i])
		if err != nil {
			h.cfg.Progress(fmt.Sprintf("contract %s: calls are not held against it: %v", source.Name, err))
			continue
		}
		plans = append(plans, plan)
	}
	return plans
}

// contractsOf lists the contracts of an edge. The entry's are those of every
// consumer that is no service of the system: it stands for all of them.
func (h *Harness) contractsOf(name system.Edge) []Contract {
	var all []Contract
	for _, c := range h.contracts {
		consumer := c.Pact.Consumer
		if name.Consumer == "" && h.spec.Service(consumer) == nil {
			consumer = ""
		}
		if c.Pact.Provider == name.Provider && consumer == name.Consumer {
			all = append(all, c)
		}
	}
	return all
}

// docket is what holds the edge's calls against its contracts; nil where there
// is nothing to hold them against: seam.yaml has no contracts, or nobody
// outside has one with the entry.
func (h *Harness) docket(name system.Edge, raw bool) *live.Docket {
	var plans []*match.Plan
	all := h.contractsOf(name)
	if raw || len(h.contracts) == 0 || len(all) == 0 && name.Consumer == "" {
		return nil
	}
	for _, c := range all {
		plans = append(plans, c.plans...)
	}
	return h.judge.Open(plans, func(x *edge.Exchange, v cover.Verdict) {
		if h.cfg.Judged != nil {
			h.cfg.Judged(x, v)
		}
		h.metrics.Verdict(name.Consumer, name.Provider, string(v.Outcome))
		if v.New != nil {
			m := &v.New.Mismatches[0]
			place := strings.TrimSpace(string(m.Part) + " " + m.Pointer)
			h.cfg.Progress(fmt.Sprintf("a call on %s broke %q: %s: %s (trace %s)", name, v.New.Description, place, m.Message, v.New.Example))
		}
	})
}

// Contracts lists the pacts that the edge's calls are held against.
func (e *Edge) Contracts() []Contract { return slices.Clone(e.contracts) }

// Judged reports whether the edge's calls are held against contracts. Where
// seam.yaml has contracts but none for this edge they are, and all uncovered.
func (e *Edge) Judged() bool { return e.docket != nil }

// Coverage says how the calls of the phases drive and live kept to the
// contracts of the edge, which calls no contract describes, and which
// interactions and fields no call showed. Call Harness.Settle before.
func (e *Edge) Coverage() cover.Coverage { return e.docket.Coverage() }

// CoverageUnderLoad is Coverage of the phase load. Where more calls came than
// could be judged beside them, some are unjudged.
func (e *Edge) CoverageUnderLoad() cover.Coverage { return e.docket.UnderLoad() }

// A Verification says how a contract is verified; the zero value is whole.
type Verification struct {
	Filter   verify.Filter // interactions to verify
	FailFast bool          // skip what comes after the first failure
}

// Verify replays a contract through the edge between its consumer and
// provider, each interaction below a span of its own whose trace the result
// names. Meanwhile the phase of every exchange is verify. The error says why
// the contract cannot be replayed at all.
func (h *Harness) Verify(ctx context.Context, c Contract, v Verification) ([]verify.Result, error) {
	provider := h.Service(c.Pact.Provider)
	if provider == nil {
		return nil, fmt.Errorf("contracts: %s: provider %q is no service of %s; name it as in seam.yaml, or choose pacts by their provider",
			c.Source, c.Pact.Provider, h.spec.File)
	}
	through, err := h.EdgeFor(c.Pact.Consumer, c.Pact.Provider)
	if err != nil {
		return nil, err
	}
	defer h.SetPhase(h.phase())
	h.SetPhase(edge.Verify)
	if c.how.Downstream == "stub" {
		restore, err := h.StubDownstream(ctx, c.Pact.Provider, c.how.Pacts)
		if err != nil {
			return nil, err
		}
		defer restore()
	}
	cfg := verify.Config{
		Provider: parse(through.URL()), States: under(c.how.States, provider.URL), Teardown: c.how.Teardown, Header: http.Header{},
		Messages: under(c.how.Messages, through.URL()), Filter: v.Filter, FailFast: v.FailFast,
	}
	for name, value := range c.how.Headers {
		cfg.Header.Set(name, value)
	}
	return h.replay(ctx, c.Pact, cfg), nil
}

func (h *Harness) replay(ctx context.Context, pact *contracts.Pact, cfg verify.Config) []verify.Result {
	var span *Span
	cfg.Before = func(interaction *contracts.Interaction, request *http.Request) {
		span = h.StartSpan("verify " + interaction.Description)
		span.Inject(request)
	}
	var results []verify.Result
	for result := range verify.Pact(ctx, pact, cfg) {
		result.TraceID = ""
		if span != nil {
			result.TraceID = span.Trace.String()
			span.End(nil)
			span = nil
		}
		result.Mismatches, result.Err = Redacted(result.Mismatches), edge.RedactOutput(result.Err)
		h.metrics.Verified(pact.Consumer, pact.Provider, string(result.Outcome))
		results = append(results, result)
	}
	return results
}

// Redacted replaces the secrets in mismatches, so that they may be kept: those
// of Verify and of Edge.Coverage are.
func Redacted(found []match.Mismatch) []match.Mismatch {
	kept := slices.Clone(found)
	for i := range kept {
		kept[i] = live.Redact(kept[i])
	}
	return kept
}

// under is a URL, or a path below a base; nil where it is "". Provider states
// go to the provider itself: set-up is no traffic of the system. Messages are
// asked for through the edge, for a trace to open.
func under(place, base string) *url.URL {
	switch {
	case place == "":
		return nil
	case strings.HasPrefix(place, "/"):
		return parse(strings.TrimSuffix(base, "/") + place)
	default:
		return parse(place)
	}
}
