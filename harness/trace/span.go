// Package trace holds what a run shows of itself: spans as values, a bounded
// store of them, queries over it, and the evidence that a trace is complete.
package trace

import (
	"encoding/hex"
	"time"

	"go.opentelemetry.io/otel/attribute"
)

// An ID names a trace: 16 bytes, of which not all are zero (W3C Trace Context).
type ID [16]byte

// A SpanID names a span within its trace; the zero value means "none".
type SpanID [8]byte

// IsZero reports whether the id is absent.
func (id ID) IsZero() bool { return id == ID{} }

// String returns 32 lower-case hexadecimal digits.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// IsZero reports whether the id is absent.
func (id SpanID) IsZero() bool { return id == SpanID{} }

// String returns 16 lower-case hexadecimal digits.
func (id SpanID) String() string { return hex.EncodeToString(id[:]) }

// ParseID reads what String writes; the id of zeros is none.
func ParseID(text string) (id ID, ok bool) {
	if len(text) != 2*len(id) {
		return id, false
	}
	_, err := hex.Decode(id[:], []byte(text))
	return id, err == nil && !id.IsZero()
}

// A Kind is OpenTelemetry's span kind; the numbers are those of OTLP.
type Kind uint8

// The kinds of OTLP's Span.SpanKind.
const (
	Unspecified Kind = iota
	Internal
	Server
	Client
	Producer
	Consumer
)

// A Code is OpenTelemetry's status code; the numbers are those of OTLP.
type Code uint8

// The codes of OTLP's Status.StatusCode.
const (
	Unset Code = iota
	OK
	Error
)

// A Span is one timed operation as OTLP describes it. Once it is handed to a
// Store or a sink it must not be changed; Resource and Scope are shared
// between the spans of a batch and are read-only from the start.
type Span struct {
	Trace  ID
	ID     SpanID
	Parent SpanID // zero for a root
	State  string // W3C tracestate
	Flags  uint32 // OTLP span flags: the low byte is W3C trace-flags

	Name       string
	Kind       Kind
	Start, End time.Time // wall clock, to the nanosecond
	Code       Code
	Message    string // of the status

	Attrs  []attribute.KeyValue
	Events []Event
	Links  []Link

	DroppedAttrs, DroppedEvents, DroppedLinks uint32

	Resource *Resource // never nil in a store
	Scope    *Scope    // never nil in a store
}

// A Resource is who sent a span. Service repeats the attribute service.name.
type Resource struct {
	Service string
	Attrs   []attribute.KeyValue
	Dropped uint32
	Schema  string // schema URL
}

// A Scope is the instrumentation library that made a span.
type Scope struct {
	Name, Version string
	Attrs         []attribute.KeyValue
	Dropped       uint32
	Schema        string
}

// An Event is a moment within a span, such as an exception.
type Event struct {
	Name    string
	Time    time.Time
	Attrs   []attribute.KeyValue
	Dropped uint32
}

// A Link points from a span to one in this or another trace.
type Link struct {
	Trace   ID
	Span    SpanID
	State   string
	Flags   uint32
	Attrs   []attribute.KeyValue
	Dropped uint32
}

// Timeless reports whether the span does not tell when it began, as OTLP and
// Zipkin allow. One that tells of one end only is kept in a store as a moment.
func (s *Span) Timeless() bool { return s.Start.IsZero() }

// Duration is never negative.
func (s *Span) Duration() time.Duration { return max(s.End.Sub(s.Start), 0) }

// Service is the name of who sent the span, or "".
func (s *Span) Service() string {
	if s.Resource == nil {
		return ""
	}
	return s.Resource.Service
}

// Attr returns the value of the span's attribute key; the empty value (of type
// attribute.EMPTY) where it has none.
func (s *Span) Attr(key attribute.Key) attribute.Value {
	for i := range s.Attrs {
		if s.Attrs[i].Key == key {
			return s.Attrs[i].Value
		}
	}
	return attribute.Value{}
}

// EdgeScope is the instrumentation scope of the spans that seam's edges make.
const EdgeScope = "seam/edge"

// The attributes that an edge's span bears besides HTTP's semantic conventions.
const (
	EdgeConsumer = attribute.Key("seam.edge.consumer") // who called; "" from outside the system
	EdgeProvider = attribute.Key("seam.edge.provider") // who was called; equals service.name
	EdgePhase    = attribute.Key("seam.phase")         // drive, verify, load, warm-up or live
	EdgeFault    = attribute.Key("seam.fault")         // the faults that were put in the way, such as "latency 2s"; absent where none were
	EdgeContext  = attribute.Key("seam.context")       // false where the request carried no trace context; else absent or true
)

// IsEdge reports whether an edge of seam made the span.
func (s *Span) IsEdge() bool { return s.Scope != nil && s.Scope.Name == EdgeScope }

// Edge is "consumer->provider" of an edge's span, "entry->provider" where the
// call came from outside the system, and "" for a span that no edge made.
func (s *Span) Edge() string {
	if !s.IsEdge() {
		return ""
	}
	consumer := s.Consumer()
	if consumer == "" {
		consumer = "entry"
	}
	return consumer + "->" + s.Provider()
}

// IsEntry reports whether an edge made the span of a call from outside.
func (s *Span) IsEntry() bool { return s.IsEdge() && s.Consumer() == "" }

// Consumer is who called over the edge that made the span; "" from outside.
func (s *Span) Consumer() string { return s.Attr(EdgeConsumer).AsString() }

// Provider is who was called over the edge that made the span.
func (s *Span) Provider() string { return s.Attr(EdgeProvider).AsString() }

// Phase is what the run was doing when the edge made the span; "" elsewhere.
func (s *Span) Phase() string {
	if !s.IsEdge() {
		return ""
	}
	return s.Attr(EdgePhase).AsString()
}
