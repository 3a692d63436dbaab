package receive

import (
	"encoding/binary"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/jaegertracing/jaeger-idl/thrift-gen/jaeger"
	"go.opentelemetry.io/otel/attribute"

	"github.com/seamtest/seam/harness/trace"
)

// fromJaeger follows OpenTelemetry's "OpenTelemetry to Jaeger Transformation"
// (specification 1.51) backwards. Tags that it does not name stay attributes
// under their own name; of the flags only "sampled" has a place in a span.
func fromJaeger(b *jaeger.Batch, l *lease) (batch, error) {
	if b.Process == nil {
		return batch{}, malformed("Jaeger batch", errors.New("it has no process"))
	}
	if err := l.take((len(b.Process.Tags) + 1) * sizeofAttr); err != nil {
		return batch{}, err
	}
	resource := jaegerProcess(b.Process)
	scopes := map[[2]string]*trace.Scope{}
	out := batch{spans: make([]*trace.Span, 0, len(b.Spans))} // the lists are charged by guard
	for _, span := range b.Spans {
		if err := l.take(jaegerSize(span)); err != nil {
			return batch{}, err
		}
		s, scope := jaegerSpan(span)
		if err := whole(s, nil); err != nil {
			out.reject(1, err)
			continue
		}
		s.Resource = resource
		if scopes[scope] == nil {
			scopes[scope] = &trace.Scope{Name: scopeName(scope[0]), Version: scope[1]}
		}
		s.Scope = scopes[scope]
		out.spans = append(out.spans, s)
	}
	return out, nil
}

// jaegerSize is what a span takes once it is turned, besides its strings.
func jaegerSize(from *jaeger.Span) int {
	n := sizeofSpan + len(from.Tags)*sizeofAttr + len(from.Logs)*sizeofEvent + len(from.References)*(sizeofLink+sizeofAttr)
	for _, log := range from.Logs {
		n += len(log.Fields) * sizeofAttr
	}
	return n
}

func jaegerProcess(p *jaeger.Process) *trace.Resource {
	name := text(p.ServiceName)
	r := &trace.Resource{Service: name, Attrs: make([]attribute.KeyValue, 0, len(p.Tags)+1)}
	r.Attrs = append(r.Attrs, attribute.String("service.name", name))
	for _, tag := range p.Tags {
		r.Attrs = append(r.Attrs, jaegerTag(tag))
	}
	return r
}

// jaegerSpan turns a span; its scope comes in tags.
func jaegerSpan(from *jaeger.Span) (*trace.Span, [2]string) {
	s := &trace.Span{
		Name: text(from.OperationName), Flags: uint32(from.Flags) & 1,
		Start: micros(from.StartTime), End: micros(after(from.StartTime, from.Duration)),
	}
	s.Trace, s.ID = jaegerTraceID(from.TraceIdHigh, from.TraceIdLow), jaegerSpanID(from.SpanId)
	s.Parent = jaegerSpanID(from.ParentSpanId)
	jaegerReferences(s, from.References)
	scope := jaegerTags(s, from.Tags)
	s.Events = make([]trace.Event, 0, len(from.Logs))
	for _, l := range from.Logs {
		s.Events = append(s.Events, jaegerEvent(l))
	}
	return s, scope
}

// lastMicro is the last microsecond that OTLP can tell, in the year 2554.
const lastMicro = math.MaxUint64 / 1000

// micros is a time since 1970; the zero time, as for OTLP, where it is not told.
func micros(us int64) time.Time {
	if us <= 0 {
		return time.Time{}
	}
	return time.UnixMicro(min(us, lastMicro)).UTC()
}

// after adds a duration to a time, both in microseconds, without overflow.
func after(start, duration int64) int64 {
	start = min(max(start, 0), lastMicro)
	return start + min(duration, lastMicro-start)
}

func jaegerTraceID(high, low int64) (id trace.ID) {
	binary.BigEndian.PutUint64(id[:8], uint64(high))
	binary.BigEndian.PutUint64(id[8:], uint64(low))
	return id
}

func jaegerSpanID(n int64) (id trace.SpanID) {
	binary.BigEndian.PutUint64(id[:], uint64(n))
	return id
}

// jaegerReferences finds the parent where the span names none itself: the
// first child-of of its trace, else the first follows-from. Every other
// reference is a link that says which kind it was.
func jaegerReferences(s *trace.Span, refs []*jaeger.SpanRef) {
	inTrace := func(ref *jaeger.SpanRef) bool {
		return jaegerTraceID(ref.TraceIdHigh, ref.TraceIdLow) == s.Trace
	}
	for _, kind := range []jaeger.SpanRefType{jaeger.SpanRefType_CHILD_OF, jaeger.SpanRefType_FOLLOWS_FROM} {
		for _, ref := range refs {
			if s.Parent.IsZero() && ref.RefType == kind && inTrace(ref) {
				s.Parent = jaegerSpanID(ref.SpanId)
			}
		}
	}
	for _, ref := range refs {
		name := "child_of"
		if ref.RefType == jaeger.SpanRefType_FOLLOWS_FROM {
			name = "follows_from"
		}
		if name == "child_of" && inTrace(ref) && jaegerSpanID(ref.SpanId) == s.Parent {
			continue
		}
		s.Links = append(s.Links, trace.Link{
			Trace: jaegerTraceID(ref.TraceIdHigh, ref.TraceIdLow), Span: jaegerSpanID(ref.SpanId),
			Attrs: []attribute.KeyValue{attribute.String("opentracing.ref_type", name)},
		})
	}
}

var jaegerKinds = map[string]trace.Kind{
	"server": trace.Server, "client": trace.Client, "producer": trace.Producer, "consumer": trace.Consumer, "internal": trace.Internal,
}

// A told is what tags say that has a field of its own in a span.
type told struct {
	scope  [2]string // name and version
	failed bool      // the tag error, which is above the status
	status bool
}

// jaegerTags keeps every tag but those that have a field of their own.
func jaegerTags(s *trace.Span, tags []*jaeger.Tag) (scope [2]string) {
	s.Attrs = make([]attribute.KeyValue, 0, len(tags))
	var t told
	for _, tag := range tags {
		if kv := jaegerTag(tag); !t.take(s, kv) {
			s.Attrs = append(s.Attrs, kv)
		}
	}
	switch {
	case t.failed:
		s.Code = trace.Error
	case !t.status:
		statusOfHTTP(s)
	}
	if s.Code == trace.Error && s.Message == "" {
		s.Message = s.Attr("http.status_message").AsString()
	}
	return t.scope
}

// take reports whether the tag has a field of its own and was put there.
func (t *told) take(s *trace.Span, kv attribute.KeyValue) (taken bool) {
	if kv.Value.Type() != attribute.STRING && kv.Key != "error" {
		return false
	}
	switch kv.Key {
	case "span.kind":
		var kind trace.Kind
		if kind, taken = jaegerKinds[strings.ToLower(kv.Value.AsString())]; taken {
			s.Kind = kind
		}
	case "error":
		taken = isTrue(kv.Value)
		t.failed = t.failed || taken
	case "otel.status_code":
		var code trace.Code
		if code, taken = statusOf(kv.Value.AsString()); taken {
			s.Code, t.status = code, true
		}
	case "otel.status_description":
		s.Message, taken = kv.Value.AsString(), true
	case "w3c.tracestate":
		s.State, taken = kv.Value.AsString(), true
	case "otel.scope.name", "otel.library.name":
		t.scope[0], taken = kv.Value.AsString(), true
	case "otel.scope.version", "otel.library.version":
		t.scope[1], taken = kv.Value.AsString(), true
	}
	return taken
}

func isTrue(v attribute.Value) bool {
	return v.Type() == attribute.BOOL && v.AsBool() || v.AsString() == "true"
}

// statuses are OpenTelemetry's words for a status, and the collector's.
var statuses = map[string]trace.Code{
	"OK": trace.OK, "ERROR": trace.Error, "STATUS_CODE_OK": trace.OK, "STATUS_CODE_ERROR": trace.Error, "STATUS_CODE_UNSET": trace.Unset,
}

func statusOf(s string) (c trace.Code, ok bool) {
	c, ok = statuses[strings.ToUpper(s)]
	return c, ok
}

// statusOfHTTP finds a failure that only HTTP's status shows (OpenTelemetry's
// conventions for HTTP spans, "Status").
func statusOfHTTP(s *trace.Span) {
	v := s.Attr("http.status_code")
	status := v.AsInt64()
	if v.Type() == attribute.STRING {
		status, _ = strconv.ParseInt(v.AsString(), 10, 64) // 0 is no status of HTTP
	}
	if status >= 500 && status < 600 || s.Kind == trace.Client && status >= 400 && status < 500 {
		s.Code = trace.Error
	}
}

// jaegerEvent names the event by the log's field "event", as OpenTracing does.
func jaegerEvent(l *jaeger.Log) trace.Event {
	e := trace.Event{Time: micros(l.Timestamp), Attrs: make([]attribute.KeyValue, 0, len(l.Fields))}
	for _, field := range l.Fields {
		kv := jaegerTag(field)
		if field.Key == "event" && e.Name == "" && kv.Value.Type() == attribute.STRING {
			e.Name = kv.Value.AsString()
			continue
		}
		e.Attrs = append(e.Attrs, kv)
	}
	return e
}

func jaegerTag(t *jaeger.Tag) attribute.KeyValue {
	key := attribute.Key(text(t.Key))
	switch t.VType {
	case jaeger.TagType_BOOL:
		return key.Bool(t.GetVBool())
	case jaeger.TagType_LONG:
		return key.Int64(t.GetVLong())
	case jaeger.TagType_DOUBLE:
		return key.Float64(t.GetVDouble())
	case jaeger.TagType_BINARY:
		return attribute.KeyValue{Key: key, Value: attribute.ByteSliceValue(t.GetVBinary())}
	}
	return key.String(text(t.GetVStr()))
}
