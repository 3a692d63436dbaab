package publish

import (
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/otel/attribute"

	"github.com/seamtest/seam/harness/trace"
)

// ToOTLP groups spans by resource and scope and loses nothing of them.
func ToOTLP(spans []*trace.Span) ptrace.Traces {
	type place struct {
		resource *trace.Resource
		scope    *trace.Scope
	}
	all := ptrace.NewTraces()
	resources := map[*trace.Resource]ptrace.ResourceSpans{}
	scopes := map[place]ptrace.ScopeSpans{}
	for _, s := range spans {
		at := place{s.Resource, s.Scope}
		to, known := scopes[at]
		if !known {
			of, known := resources[s.Resource]
			if !known {
				of = all.ResourceSpans().AppendEmpty()
				putResource(of, s.Resource)
				resources[s.Resource] = of
			}
			to = of.ScopeSpans().AppendEmpty()
			putScope(to, s.Scope)
			scopes[at] = to
		}
		putSpan(to.Spans().AppendEmpty(), s)
	}
	return all
}

func putResource(to ptrace.ResourceSpans, r *trace.Resource) {
	if r == nil {
		return
	}
	to.SetSchemaUrl(r.Schema)
	to.Resource().SetDroppedAttributesCount(r.Dropped)
	putAttrs(to.Resource().Attributes(), r.Attrs)
	if _, named := to.Resource().Attributes().Get("service.name"); !named && r.Service != "" {
		to.Resource().Attributes().PutStr("service.name", r.Service)
	}
}

func putScope(to ptrace.ScopeSpans, s *trace.Scope) {
	if s == nil {
		return
	}
	to.SetSchemaUrl(s.Schema)
	to.Scope().SetName(s.Name)
	to.Scope().SetVersion(s.Version)
	to.Scope().SetDroppedAttributesCount(s.Dropped)
	putAttrs(to.Scope().Attributes(), s.Attrs)
}

func putSpan(to ptrace.Span, s *trace.Span) {
	to.SetTraceID(pcommon.TraceID(s.Trace))
	to.SetSpanID(pcommon.SpanID(s.ID))
	to.SetParentSpanID(pcommon.SpanID(s.Parent))
	to.TraceState().FromRaw(s.State)
	to.SetFlags(s.Flags)
	to.SetName(s.Name)
	to.SetKind(ptrace.SpanKind(s.Kind))
	to.SetStartTimestamp(stamp(s.Start))
	to.SetEndTimestamp(stamp(s.End))
	to.Status().SetCode(ptrace.StatusCode(s.Code))
	to.Status().SetMessage(s.Message)
	to.SetDroppedAttributesCount(s.DroppedAttrs)
	to.SetDroppedEventsCount(s.DroppedEvents)
	to.SetDroppedLinksCount(s.DroppedLinks)
	putAttrs(to.Attributes(), s.Attrs)
	for i := range s.Events {
		e := to.Events().AppendEmpty()
		e.SetName(s.Events[i].Name)
		e.SetTimestamp(stamp(s.Events[i].Time))
		e.SetDroppedAttributesCount(s.Events[i].Dropped)
		putAttrs(e.Attributes(), s.Events[i].Attrs)
	}
	for i := range s.Links {
		l := to.Links().AppendEmpty()
		l.SetTraceID(pcommon.TraceID(s.Links[i].Trace))
		l.SetSpanID(pcommon.SpanID(s.Links[i].Span))
		l.TraceState().FromRaw(s.Links[i].State)
		l.SetFlags(s.Links[i].Flags)
		l.SetDroppedAttributesCount(s.Links[i].Dropped)
		putAttrs(l.Attributes(), s.Links[i].Attrs)
	}
}

// stamp is 0, OTLP's word for an unknown time, where a nanosecond count since
// 1970 cannot hold t: the zero time above all.
func stamp(t time.Time) pcommon.Timestamp {
	if t.Year() < 1970 || t.Year() > 2261 {
		return 0
	}
	return pcommon.NewTimestampFromTime(t)
}

func putAttrs(to pcommon.Map, attrs []attribute.KeyValue) {
	to.EnsureCapacity(len(attrs))
	for _, a := range attrs {
		putValue(to.PutEmpty(string(a.Key)), a.Value)
	}
}

func putValue(to pcommon.Value, v attribute.Value) {
	switch v.Type() {
	case attribute.BOOL:
		to.SetBool(v.AsBool())
	case attribute.INT64:
		to.SetInt(v.AsInt64())
	case attribute.FLOAT64:
		to.SetDouble(v.AsFloat64())
	case attribute.STRING:
		to.SetStr(v.AsString())
	case attribute.BYTESLICE:
		to.SetEmptyBytes().FromRaw(v.AsByteSlice())
	case attribute.MAP:
		putAttrs(to.SetEmptyMap(), v.AsMap())
	case attribute.SLICE:
		putList(to, v.AsSlice(), func(v attribute.Value) attribute.Value { return v })
	case attribute.BOOLSLICE:
		putList(to, v.AsBoolSlice(), attribute.BoolValue)
	case attribute.INT64SLICE:
		putList(to, v.AsInt64Slice(), attribute.Int64Value)
	case attribute.FLOAT64SLICE:
		putList(to, v.AsFloat64Slice(), attribute.Float64Value)
	case attribute.STRINGSLICE:
		putList(to, v.AsStringSlice(), attribute.StringValue)
	}
}

func putList[T any](to pcommon.Value, items []T, value func(T) attribute.Value) {
	list := to.SetEmptySlice()
	list.EnsureCapacity(len(items))
	for _, item := range items {
		putValue(list.AppendEmpty(), value(item))
	}
}
