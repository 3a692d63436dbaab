// Package finding says what behaviour shows, beyond what was asked of it: lost
// context, needless repetition, time that could be saved, and which edge makes
// the latency. It is pure over traces.
package finding

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seamtest/seam/harness/trace"
)

// The kinds of findings, in the order in which All lists them.
const (
	ContextLost = "context-lost" // a service called without passing the trace context on
	UnusedEdge  = "unused-edge"  // a declared edge that nothing crossed
	NPlusOne    = "n+1"          // the same call again and again during one exchange
	Retries     = "retries"      // a call repeated after an error
	SerialCalls = "serial-calls" // reads one after the other that could overlap
)

// A Finding is one thing that the traces show, gathered over all of them.
type Finding struct {
	Kind     string
	Edge     string // "consumer->provider"
	Message  string // what, how often, and what to do
	Warning  bool   // worth a look, no reason to fail: all but context-lost
	Evidence []trace.ID
}

// mostEvidence bounds the traces that a finding names.
const mostEvidence = 10

// Config says what the system declares and from where on something counts.
type Config struct {
	Edges       []string      // declared, "consumer->provider"; those that saw no call are reported
	LeastCalls  int           // of an n+1; 0: 5
	LeastSaving time.Duration // of serial calls; 0: 5 ms
	LeastShare  float64       // that this saving is of the exchange around them; 0: 0.3
}

// All looks for every kind. The order of the result is stable.
func All(traces []*trace.Trace, cfg Config) []Finding {
	cfg.LeastCalls = cmp.Or(cfg.LeastCalls, 5)
	cfg.LeastSaving = cmp.Or(cfg.LeastSaving, 5*time.Millisecond)
	cfg.LeastShare = cmp.Or(cfg.LeastShare, 0.3)
	lost, repeated, retried, serial := &pile{kind: ContextLost}, &pile{kind: NPlusOne, warning: true}, &pile{kind: Retries, warning: true}, &pile{kind: SerialCalls, warning: true}
	for _, t := range traces {
		findLost(t, lost)
		for _, b := range bursts(t) {
			b.findRetries(retried)
			b.findRepeated(cfg, repeated)
			b.findSerial(cfg, serial)
		}
	}
	all := lost.findings(tellLost)
	all = append(all, unused(traces, cfg.Edges)...)
	all = append(all, repeated.findings(tellRepeated)...)
	all = append(all, retried.findings(tellRetries)...)
	return append(all, serial.findings(tellSerial)...)
}

// A sight is one place where a trace showed something.
type sight struct {
	trace  trace.ID
	edge   string
	what   string // the call: "GET /items/{id}"
	during string // the exchange around it: "POST /orders"
	count  int
	failed int
	took   time.Duration // the calls together
	around time.Duration // the exchange around them
	saves  time.Duration
	good   bool // it went well in the end
	detail string
}

// A pile gathers sights of the same thing.
type pile struct {
	kind    string
	warning bool
	groups  map[string]*group
}

// A group is all sights of one thing; worst is the one with the highest count,
// then the longest.
type group struct {
	worst    sight
	count    int // of all sights
	sights   int
	evidence []trace.ID
}

func (p *pile) add(s sight) {
	key := strings.Join([]string{s.edge, s.what, s.during}, "\x00")
	if p.groups == nil {
		p.groups = map[string]*group{}
	}
	g := p.groups[key]
	if g == nil {
		g = &group{worst: s}
		p.groups[key] = g
	}
	if s.count > g.worst.count || s.count == g.worst.count && s.took > g.worst.took {
		g.worst = s
	}
	g.count += s.count
	g.sights++
	if len(g.evidence) < mostEvidence && !slices.Contains(g.evidence, s.trace) {
		g.evidence = append(g.evidence, s.trace)
	}
}

// findings tells of each group, sorted by edge and call.
func (p *pile) findings(tell func(*group) string) []Finding {
	keys := make([]string, 0, len(p.groups))
	for key := range p.groups {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	var all []Finding
	for _, key := range keys {
		g := p.groups[key]
		all = append(all, Finding{Kind: p.kind, Edge: g.worst.edge, Message: tell(g), Warning: p.warning, Evidence: g.evidence})
	}
	return all
}

// findLost looks for calls between services of a driven run that carried no
// context, so that the edge had to begin a new trace.
func findLost(t *trace.Trace, into *pile) {
	for _, s := range t.Edges() {
		if s.Phase() != "drive" || s.Consumer() == "" || !lostContext(s) {
			continue
		}
		into.add(sight{trace: t.ID, edge: s.Edge(), what: callOf(s), count: 1, took: s.Duration()})
	}
}

func tellLost(g *group) string {
	consumer, provider, _ := strings.Cut(g.worst.edge, "->")
	return fmt.Sprintf("%s called %s on %s %s without a trace context: %s must pass the headers traceparent and tracestate on from the request that it serves",
		consumer, g.worst.what, provider, times(g.count), consumer)
}

// unused lists declared edges that nothing crossed.
func unused(traces []*trace.Trace, declared []string) []Finding {
	crossed := map[string]bool{}
	for _, t := range traces {
		for _, s := range t.Edges() {
			crossed[s.Edge()] = true
		}
	}
	var all []Finding
	for _, edge := range declared {
		if crossed[edge] {
			continue
		}
		consumer, provider, _ := strings.Cut(edge, "->")
		all = append(all, Finding{Kind: UnusedEdge, Edge: edge, Warning: true, Message: fmt.Sprintf(
			"nothing crossed %s: either the drive never leads there, or %s reaches %s by another address than the one it is given; where that is fixed, give the call a fixed listen:",
			edge, consumer, provider)})
	}
	return all
}

func times(n int) string {
	switch n {
	case 1:
		return "once"
	case 2:
		return "twice"
	default:
		return fmt.Sprintf("%d times", n)
	}
}

// short writes a duration with three digits: 1.23s, 45.6ms.
func short(d time.Duration) string {
	step := time.Duration(1)
	for d/step >= 1000 {
		step *= 10
	}
	return d.Round(step).String()
}
