package receive

import (
	"encoding/binary"
	"errors"
	"strings"
	"time"

	"github.com/jaegertracing/jaeger-idl/thrift-gen/jaeger"
	"go.opentelemetry.io/otel/attribute"

	"github.com/seamtest/seam/harness/trace"
)

// fromJaeger follows OpenTelemetry's "OpenTelemetry to Jaeger Transformation"
// backwards. Tags that it does not name stay attributes under their own name.
func fromJaeger(b *jaeger.Batch) (batch, error) {
	if b.Process == nil {
		return batch{}, malformed("Jaeger batch", errors.New("it has no process"))
	}
	resource := jaegerProcess(b.Process)
	scopes := map[[2]string]*trace.Scope{}
	var out batch
	for _, span := range b.Spans {
		s, scope := jaegerSpan(span)
		if s.Trace.IsZero() || s.ID.IsZero() {
			out.reject(1, flaw("a span has no id"))
			continue
		}
		s.Resource = resource
		if scopes[scope] == nil {
			scopes[scope] = &trace.Scope{Name: scope[0], Version: scope[1]}
		}
		s.Scope = scopes[scope]
		out.spans = append(out.spans, s)
	}
	return out, nil
}

func jaegerProcess(p *jaeger.Process) *trace.Resource {
	r := &trace.Resource{Service: p.ServiceName, Attrs: []attribute.KeyValue{attribute.String("service.name", p.ServiceName)}}
	for _, tag := range p.Tags {
		if tag != nil {
			r.Attrs = append(r.Attrs, jaegerTag(tag))
		}
	}
	return r
}

// jaegerSpan turns a span; its scope comes in tags.
func jaegerSpan(from *jaeger.Span) (*trace.Span, [2]string) {
	s := &trace.Span{
		Name: from.OperationName, Kind: trace.Unspecified, Flags: uint32(from.Flags) & 1,
		Start: time.UnixMicro(from.StartTime), End: time.UnixMicro(from.StartTime + from.Duration),
	}
	binary.BigEndian.PutUint64(s.Trace[:8], uint64(from.TraceIdHigh))
	binary.BigEndian.PutUint64(s.Trace[8:], uint64(from.TraceIdLow))
	binary.BigEndian.PutUint64(s.ID[:], uint64(from.SpanId))
	binary.BigEndian.PutUint64(s.Parent[:], uint64(from.ParentSpanId))
	jaegerReferences(s, from.References)
	scope := jaegerTags(s, from.Tags)
	for _, l := range from.Logs {
		if l != nil {
			s.Events = append(s.Events, jaegerEvent(l))
		}
	}
	return s, scope
}

// jaegerReferences finds the parent where the span names none itself; every
// other reference is a link.
func jaegerReferences(s *trace.Span, refs []*jaeger.SpanRef) {
	for _, ref := range refs {
		if ref == nil {
			continue
		}
		var link trace.Link
		binary.BigEndian.PutUint64(link.Trace[:8], uint64(ref.TraceIdHigh))
		binary.BigEndian.PutUint64(link.Trace[8:], uint64(ref.TraceIdLow))
		binary.BigEndian.PutUint64(link.Span[:], uint64(ref.SpanId))
		if ref.RefType == jaeger.SpanRefType_CHILD_OF && link.Trace == s.Trace && (s.Parent.IsZero() || s.Parent == link.Span) {
			s.Parent = link.Span
			continue
		}
		s.Links = append(s.Links, link)
	}
}

var jaegerKinds = map[string]trace.Kind{
	"server": trace.Server, "client": trace.Client, "producer": trace.Producer, "consumer": trace.Consumer, "internal": trace.Internal,
}

// jaegerTags keeps every tag but those that have a field of their own.
func jaegerTags(s *trace.Span, tags []*jaeger.Tag) (scope [2]string) {
	for _, tag := range tags {
		if tag == nil {
			continue
		}
		value := jaegerTag(tag)
		text := value.Value.AsString()
		switch tag.Key {
		case "span.kind":
			s.Kind = jaegerKinds[strings.ToLower(text)]
		case "otel.status_code":
			s.Code = map[string]trace.Code{"OK": trace.OK, "ERROR": trace.Error}[strings.ToUpper(text)]
		case "otel.status_description":
			s.Message = text
		case "w3c.tracestate":
			s.State = text
		case "otel.scope.name", "otel.library.name":
			scope[0] = text
		case "otel.scope.version", "otel.library.version":
			scope[1] = text
		case "error":
			if value.Value.AsBool() || text == "true" {
				s.Code = trace.Error
			}
		default:
			s.Attrs = append(s.Attrs, value)
		}
	}
	return scope
}

func jaegerEvent(l *jaeger.Log) trace.Event {
	e := trace.Event{Time: time.UnixMicro(l.Timestamp)}
	for _, field := range l.Fields {
		if field == nil {
			continue
		}
		value := jaegerTag(field)
		if field.Key == "event" && e.Name == "" && value.Value.Type() == attribute.STRING {
			e.Name = value.Value.AsString()
			continue
		}
		e.Attrs = append(e.Attrs, value)
	}
	return e
}

func jaegerTag(t *jaeger.Tag) attribute.KeyValue {
	switch t.VType {
	case jaeger.TagType_BOOL:
		return attribute.Bool(t.Key, t.GetVBool())
	case jaeger.TagType_LONG:
		return attribute.Int64(t.Key, t.GetVLong())
	case jaeger.TagType_DOUBLE:
		return attribute.Float64(t.Key, t.GetVDouble())
	case jaeger.TagType_BINARY:
		return attribute.KeyValue{Key: attribute.Key(t.Key), Value: attribute.ByteSliceValue(t.GetVBinary())}
	default:
		return attribute.String(t.Key, t.GetVStr())
	}
}
