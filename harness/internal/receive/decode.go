package receive

import (
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
	"unsafe"

	"go.opentelemetry.io/otel/attribute"

	"github.com/seamtest/seam/harness/trace"
)

// What one decoded value takes in memory, charged before it is made.
const (
	sizeofSpan  = int(unsafe.Sizeof(trace.Span{})) + 8 // and its pointer
	sizeofEvent = int(unsafe.Sizeof(trace.Event{}))
	sizeofLink  = int(unsafe.Sizeof(trace.Link{}))
	sizeofAttr  = int(unsafe.Sizeof(attribute.KeyValue{}))
	sizeofValue = int(unsafe.Sizeof(attribute.Value{}))
)

// A decoder reads OTLP's ExportTraceServiceRequest (opentelemetry-proto 1.11)
// straight into spans. Each span owns one copy of its encoded form, which its
// strings share, so that a span that is kept keeps nothing of its neighbours.
type decoder struct {
	batch
	lease  *lease
	shared *shared
}

// decodeOTLP does not keep body.
func decodeOTLP(body []byte, lease *lease, shared *shared) (batch, error) {
	d := decoder{lease: lease, shared: shared}
	m := message{text: lent(body)}
	for f, ok := m.next(); ok; f, ok = m.next() {
		if f.tag == 1<<3|lengths {
			if err := d.resourceSpans(f.str); err != nil {
				return batch{}, err
			}
		}
	}
	if m.err != nil {
		return batch{}, malformed("OTLP request", m.err)
	}
	return d.batch, nil
}

// resourceSpans reads twice: the schema URL comes after the spans that it is for.
func (d *decoder) resourceSpans(msg string) error {
	var encoded merged
	var schema string
	m := message{text: msg}
	for f, ok := m.next(); ok; f, ok = m.next() {
		switch f.tag {
		case 1<<3 | lengths:
			if err := encoded.add(f.str, d.lease); err != nil {
				return err
			}
		case 3<<3 | lengths:
			schema = f.str
		}
	}
	if m.err != nil {
		return malformed("OTLP ResourceSpans", m.err)
	}
	resource, err := d.resource(encoded.text(), schema)
	bad, err := asFlaw(err)
	if err != nil {
		return err
	}
	m = message{text: msg}
	for f, ok := m.next(); ok; f, ok = m.next() {
		if f.tag != 2<<3|lengths {
			continue
		}
		if err := d.scopeSpans(f.str, resource, bad); err != nil {
			return err
		}
	}
	return nil
}

func (d *decoder) scopeSpans(msg string, resource *trace.Resource, bad error) error {
	var encoded merged
	var schema string
	var spans int
	m := message{text: msg}
	for f, ok := m.next(); ok; f, ok = m.next() {
		switch f.tag {
		case 1<<3 | lengths:
			if err := encoded.add(f.str, d.lease); err != nil {
				return err
			}
		case 2<<3 | lengths:
			spans++
		case 3<<3 | lengths:
			schema = f.str
		}
	}
	if m.err != nil {
		return malformed("OTLP ScopeSpans", m.err)
	}
	if err := d.lease.take(spans * sizeofSpan); err != nil {
		return err
	}
	scope, err := d.scope(encoded.text(), schema)
	badScope, err := asFlaw(err)
	if err != nil {
		return err
	}
	if bad = errors.Join(bad, badScope); bad != nil {
		d.reject(spans, bad)
		return nil
	}
	d.spans = slices.Grow(d.spans, spans)
	m = message{text: msg}
	for f, ok := m.next(); ok; f, ok = m.next() {
		if f.tag != 2<<3|lengths {
			continue
		}
		if err := d.addSpan(f.str, resource, scope); err != nil {
			return err
		}
	}
	return nil
}

func (d *decoder) addSpan(msg string, resource *trace.Resource, scope *trace.Scope) error {
	span := &trace.Span{Resource: resource, Scope: scope}
	bad, err := asFlaw(d.span(span, msg))
	switch {
	case err != nil:
		return err
	case bad != nil:
		d.reject(1, bad)
	default:
		d.spans = append(d.spans, span)
	}
	return nil
}

// asFlaw parts an error that concerns single spans from one that ends the request.
func asFlaw(err error) (bad, fatal error) {
	if _, ok := errors.AsType[flaw](err); ok {
		return err, nil
	}
	return nil, err
}

func (d *decoder) span(s *trace.Span, msg string) error {
	if err := d.roomFor(s, msg); err != nil {
		return err
	}
	m := message{text: strings.Clone(msg)}
	for f, ok := m.next(); ok; f, ok = m.next() {
		var err error
		switch f.tag {
		case 1<<3 | lengths:
			err = traceID(&s.Trace, f.str)
		case 2<<3 | lengths:
			err = spanID(&s.ID, f.str)
		case 3<<3 | lengths:
			s.State = text(f.str)
		case 4<<3 | lengths:
			err = spanID(&s.Parent, f.str)
		case 5<<3 | lengths:
			s.Name = text(f.str)
		case 6<<3 | varint:
			s.Kind = kind(f.num)
		case 7<<3 | fixed64:
			s.Start = moment(f.num)
		case 8<<3 | fixed64:
			s.End = moment(f.num)
		case 9<<3 | lengths:
			s.Attrs, err = d.attr(s.Attrs, f.str)
		case 10<<3 | varint:
			s.DroppedAttrs = uint32(f.num)
		case 11<<3 | lengths:
			s.Events = append(s.Events, trace.Event{})
			err = d.event(&s.Events[len(s.Events)-1], f.str)
		case 12<<3 | varint:
			s.DroppedEvents = uint32(f.num)
		case 13<<3 | lengths:
			s.Links = append(s.Links, trace.Link{})
			err = d.link(&s.Links[len(s.Links)-1], f.str)
		case 14<<3 | varint:
			s.DroppedLinks = uint32(f.num)
		case 15<<3 | lengths:
			err = setStatus(s, f.str)
		case 16<<3 | fixed32:
			s.Flags = uint32(f.num)
		}
		if err != nil {
			return err
		}
	}
	return whole(s, m.err)
}

// whole refuses a span without an identity, which OTLP calls invalid.
func whole(s *trace.Span, err error) error {
	switch {
	case err != nil:
		return malformed("OTLP Span", err)
	case s.Trace.IsZero():
		return flaw("a span has no trace id")
	case s.ID.IsZero():
		return flaw("a span has no span id")
	}
	return nil
}

// roomFor charges what the span takes and makes its slices to measure.
func (d *decoder) roomFor(s *trace.Span, msg string) error {
	var attrs, events, links int
	m := message{text: msg}
	for f, ok := m.next(); ok; f, ok = m.next() {
		switch f.tag {
		case 9<<3 | lengths:
			attrs++
		case 11<<3 | lengths:
			events++
		case 13<<3 | lengths:
			links++
		}
	}
	if err := d.lease.take(len(msg) + attrs*sizeofAttr + events*sizeofEvent + links*sizeofLink); err != nil {
		return err
	}
	if attrs > 0 {
		s.Attrs = make([]attribute.KeyValue, 0, attrs)
	}
	if events > 0 {
		s.Events = make([]trace.Event, 0, events)
	}
	if links > 0 {
		s.Links = make([]trace.Link, 0, links)
	}
	return nil
}

func (d *decoder) event(e *trace.Event, msg string) error {
	m := message{text: msg}
	for f, ok := m.next(); ok; f, ok = m.next() {
		var err error
		switch f.tag {
		case 1<<3 | fixed64:
			e.Time = moment(f.num)
		case 2<<3 | lengths:
			e.Name = text(f.str)
		case 3<<3 | lengths:
			e.Attrs, err = d.moreAttrs(e.Attrs, f.str)
		case 4<<3 | varint:
			e.Dropped = uint32(f.num)
		}
		if err != nil {
			return err
		}
	}
	if m.err != nil {
		return malformed("OTLP Span.Event", m.err)
	}
	return nil
}

func (d *decoder) link(l *trace.Link, msg string) error {
	m := message{text: msg}
	for f, ok := m.next(); ok; f, ok = m.next() {
		var err error
		switch f.tag {
		case 1<<3 | lengths:
			err = traceID(&l.Trace, f.str)
		case 2<<3 | lengths:
			err = spanID(&l.Span, f.str)
		case 3<<3 | lengths:
			l.State = text(f.str)
		case 4<<3 | lengths:
			l.Attrs, err = d.moreAttrs(l.Attrs, f.str)
		case 5<<3 | varint:
			l.Dropped = uint32(f.num)
		case 6<<3 | fixed32:
			l.Flags = uint32(f.num)
		}
		if err != nil {
			return err
		}
	}
	if m.err != nil {
		return malformed("OTLP Span.Link", m.err)
	}
	return nil
}

func setStatus(s *trace.Span, msg string) error {
	m := message{text: msg}
	for f, ok := m.next(); ok; f, ok = m.next() {
		switch f.tag {
		case 2<<3 | lengths:
			s.Message = text(f.str)
		case 3<<3 | varint:
			s.Code = code(f.num)
		}
	}
	if m.err != nil {
		return malformed("OTLP Status", m.err)
	}
	return nil
}

// moment is nothing (the zero time) for 0, which OTLP calls unknown.
func moment(nanos uint64) time.Time {
	if nanos == 0 {
		return time.Time{}
	}
	return time.Unix(int64(nanos/1e9), int64(nanos%1e9)).UTC()
}

// kind maps what later versions may add to Unspecified.
func kind(n uint64) trace.Kind {
	if n > uint64(trace.Consumer) {
		return trace.Unspecified
	}
	return trace.Kind(n)
}

func code(n uint64) trace.Code {
	if n > uint64(trace.Error) {
		return trace.Unset
	}
	return trace.Code(n)
}

// text mends what is not UTF-8: protobuf forbids it, and a strict receiver
// further on would refuse the whole batch for it.
func text(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

func traceID(id *trace.ID, s string) error {
	if len(s) != 0 && len(s) != len(id) {
		return flaw("a trace id must have 16 bytes")
	}
	*id = trace.ID{}
	copy(id[:], s)
	return nil
}

func spanID(id *trace.SpanID, s string) error {
	if len(s) != 0 && len(s) != len(id) {
		return flaw("a span id must have 8 bytes")
	}
	*id = trace.SpanID{}
	copy(id[:], s)
	return nil
}
