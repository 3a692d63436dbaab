package trace

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"go.opentelemetry.io/otel/attribute"
)

// Completeness says whether all that must come of a trace has come, and what
// is missing otherwise.
type Completeness struct {
	Complete bool
	Missing  []Missing // at most 100; the first by service
	Why      string    // one line for people; "" when complete
}

// Missing is one span that has not come.
type Missing struct {
	Service string // who should have sent it; "" where nobody can tell
	Why     string // what shows that it must exist
	Span    SpanID // its id; of a provider's span: that of the edge's span above it
}

// mostMissing bounds what a verdict lists.
const mostMissing = 100

// What an audit reads from HTTP's semantic conventions.
const (
	statusCode = attribute.Key("http.response.status_code")
	errorType  = attribute.Key("error.type")
)

// sampled is W3C's trace flag.
const sampled = 1

// An audit weighs the evidence of one trace. Spans are taken once each, in
// the order in which they came, so that waiting costs no more than ingest.
type audit struct {
	record  *record
	taken   int                 // spans taken so far
	have    map[SpanID]struct{} // spans that came
	parents map[SpanID]*Span    // named as parent and not come, with one span that names it
	below   map[SpanID]struct{} // ids below or beside which somebody but an edge sent a span
	silent  map[SpanID]*Span    // answered edge spans with nothing below
	open    []Opened
	partial bool
}

func newAudit(r *record) *audit {
	return &audit{
		record: r, have: map[SpanID]struct{}{}, parents: map[SpanID]*Span{},
		below: map[SpanID]struct{}{}, silent: map[SpanID]*Span{},
	}
}

// take weighs what came since the last look.
func (a *audit) take(v view) {
	for _, s := range v.spans[a.taken:] {
		a.weigh(s)
	}
	a.taken, a.open, a.partial = len(v.spans), v.open, v.partial
}

func (a *audit) weigh(s *Span) {
	a.have[s.ID] = struct{}{}
	delete(a.parents, s.ID)
	if _, ok := a.have[s.Parent]; !ok && !s.Parent.IsZero() && !s.IsEntry() {
		a.parents[s.Parent] = s
	}
	if !s.IsEdge() {
		a.below[s.Parent], a.below[s.ID] = struct{}{}, struct{}{}
		delete(a.silent, s.Parent)
		delete(a.silent, s.ID)
		return
	}
	if _, ok := a.below[s.ID]; !ok && owesSpan(s) {
		a.silent[s.ID] = s
	}
}

// owesSpan reports whether an instrumented provider must have made a span of
// the edge's exchange: it was sampled, and the provider answered it. An edge
// that could not pass the request on says so in error.type, with a word;
// a number there is the provider's own status.
func owesSpan(edge *Span) bool {
	if edge.Flags&sampled == 0 && edge.Phase() != "drive" {
		return false
	}
	if edge.Attr(statusCode).Type() == attribute.EMPTY {
		return false
	}
	return strings.Trim(edge.Attr(errorType).String(), "0123456789") == ""
}

// complete reports whether nothing is missing.
func (a *audit) complete(instrumented *parties) bool {
	if a.taken == 0 || a.partial || len(a.open) > 0 || len(a.parents) > 0 {
		return false
	}
	for _, edge := range a.silent {
		if instrumented.has(edge.Provider()) {
			return false
		}
	}
	return true
}

// verdict names all that is missing.
func (a *audit) verdict(instrumented *parties) Completeness {
	var missing []Missing
	for _, open := range a.open {
		_, provider, _ := strings.Cut(open.Edge, "->")
		missing = append(missing, Missing{provider, fmt.Sprintf("the exchange on %s has not ended", open.Edge), open.Span})
	}
	for id, child := range a.parents {
		missing = append(missing, Missing{parentService(child), fmt.Sprintf("%s names it as its parent", describe(child)), id})
	}
	for id, edge := range a.silent {
		if instrumented.has(edge.Provider()) {
			missing = append(missing, Missing{edge.Provider(), fmt.Sprintf("%s has nothing of %s below it", describe(edge), edge.Provider()), id})
		}
	}
	slices.SortFunc(missing, func(a, b Missing) int {
		return cmp.Or(strings.Compare(a.Service, b.Service), slices.Compare(a.Span[:], b.Span[:]))
	})
	return Completeness{Missing: missing[:min(len(missing), mostMissing)], Why: a.why(missing)}
}

func (a *audit) why(missing []Missing) string {
	var parts []string
	if a.taken == 0 && len(a.open) == 0 {
		parts = append(parts, "no span of it has come")
	}
	if a.partial {
		parts = append(parts, "spans of it left the store to make room")
	}
	if len(missing) > 0 {
		part := fmt.Sprintf("%d spans are missing", len(missing))
		if len(missing) == 1 {
			part = "one span is missing"
		}
		parts = append(parts, fmt.Sprintf("%s: of %s, since %s", part, cmp.Or(missing[0].Service, "an unknown service"), missing[0].Why))
	}
	return strings.Join(parts, "; ")
}

// describe names a span in a sentence.
func describe(s *Span) string {
	if s.IsEdge() {
		return fmt.Sprintf("the exchange %q on %s", s.Name, s.Edge())
	}
	return fmt.Sprintf("span %q of %s", s.Name, cmp.Or(s.Service(), "an unnamed service"))
}

// parentService is who sends the parent of a span. What an edge saw was sent
// by its consumer; what a service does inside has a parent of its own; who
// called a SERVER or CONSUMER span directly, nobody can tell.
func parentService(child *Span) string {
	switch {
	case child.IsEdge():
		return child.Consumer()
	case child.Kind == Server || child.Kind == Consumer:
		return ""
	default:
		return child.Service()
	}
}
