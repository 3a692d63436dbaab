package jaegertest

import (
	"math"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/otel/attribute"

	"github.com/seamtest/seam/harness/trace"
)

// Spans turns the collector's form of traces into ours: the plain reading that
// faster ones are held to. What is not UTF-8 is mended, as seam does on the way in.
func Spans(traces ptrace.Traces) (spans []*trace.Span) {
	for _, rs := range traces.ResourceSpans().All() {
		r := &trace.Resource{Attrs: attrs(rs.Resource().Attributes()), Dropped: rs.Resource().DroppedAttributesCount(), Schema: utf8(rs.SchemaUrl())}
		if name, ok := rs.Resource().Attributes().Get("service.name"); ok {
			r.Service = utf8(name.Str())
		}
		for _, ss := range rs.ScopeSpans().All() {
			scope := &trace.Scope{
				Name: utf8(ss.Scope().Name()), Version: utf8(ss.Scope().Version()),
				Attrs: attrs(ss.Scope().Attributes()), Dropped: ss.Scope().DroppedAttributesCount(), Schema: utf8(ss.SchemaUrl()),
			}
			for _, from := range ss.Spans().All() {
				s := span(from)
				s.Resource, s.Scope = r, scope
				spans = append(spans, s)
			}
		}
	}
	return spans
}

func span(from ptrace.Span) *trace.Span {
	s := &trace.Span{
		Trace: trace.ID(from.TraceID()), ID: trace.SpanID(from.SpanID()), Parent: trace.SpanID(from.ParentSpanID()),
		State: utf8(from.TraceState().AsRaw()), Flags: from.Flags(), Name: utf8(from.Name()), Kind: known(trace.Kind(from.Kind()), trace.Consumer, int32(from.Kind())),
		Start: moment(from.StartTimestamp()), End: moment(from.EndTimestamp()),
		Code: known(trace.Code(from.Status().Code()), trace.Error, int32(from.Status().Code())), Message: utf8(from.Status().Message()), Attrs: attrs(from.Attributes()),
		DroppedAttrs: from.DroppedAttributesCount(), DroppedEvents: from.DroppedEventsCount(), DroppedLinks: from.DroppedLinksCount(),
	}
	for _, e := range from.Events().All() {
		s.Events = append(s.Events, trace.Event{
			Name: utf8(e.Name()), Time: moment(e.Timestamp()), Attrs: attrs(e.Attributes()), Dropped: e.DroppedAttributesCount(),
		})
	}
	for _, l := range from.Links().All() {
		s.Links = append(s.Links, trace.Link{
			Trace: trace.ID(l.TraceID()), Span: trace.SpanID(l.SpanID()), State: utf8(l.TraceState().AsRaw()), Flags: l.Flags(),
			Attrs: attrs(l.Attributes()), Dropped: l.DroppedAttributesCount(),
		})
	}
	return s
}

// known is v where it is one of the enumeration, else its zero.
func known[T ~uint8](v, last T, number int32) T {
	if number < 0 || number > int32(last) {
		return 0
	}
	return v
}

func utf8(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

func moment(t pcommon.Timestamp) time.Time {
	if t == 0 {
		return time.Time{}
	}
	return time.Unix(int64(t/1e9), int64(t%1e9)).UTC()
}

func attrs(from pcommon.Map) (to []attribute.KeyValue) {
	for key, v := range from.All() {
		to = append(to, attribute.KeyValue{Key: attribute.Key(utf8(key)), Value: value(v)})
	}
	return to
}

func value(v pcommon.Value) attribute.Value {
	switch v.Type() {
	case pcommon.ValueTypeStr:
		return attribute.StringValue(utf8(v.Str()))
	case pcommon.ValueTypeBool:
		return attribute.BoolValue(v.Bool())
	case pcommon.ValueTypeInt:
		return attribute.Int64Value(v.Int())
	case pcommon.ValueTypeDouble:
		return attribute.Float64Value(v.Double())
	case pcommon.ValueTypeBytes:
		return attribute.ByteSliceValue(v.Bytes().AsRaw())
	case pcommon.ValueTypeMap:
		return attribute.MapValue(attrs(v.Map())...)
	case pcommon.ValueTypeSlice:
		var values []attribute.Value
		for _, element := range v.Slice().All() {
			values = append(values, value(element))
		}
		return attribute.SliceValue(values...)
	}
	return attribute.Value{}
}

// Equal compares spans as OTLP tells them apart: a list of one plain type is
// the same list whichever way it is held, and no attributes are no attributes.
var Equal = cmp.Options{
	cmp.Comparer(sameValue),
	cmpopts.EquateEmpty(),
}

func sameValue(a, b attribute.Value) bool {
	x, inX := elements(a)
	y, inY := elements(b)
	if inX || inY {
		return inX && inY && cmp.Equal(x, y, cmp.Comparer(sameValue), cmpopts.EquateEmpty())
	}
	if a.Type() != b.Type() {
		return false
	}
	switch a.Type() {
	case attribute.MAP:
		return cmp.Equal(a.AsMap(), b.AsMap(), cmp.Comparer(sameValue), cmpopts.EquateEmpty())
	case attribute.FLOAT64:
		return math.Float64bits(a.AsFloat64()) == math.Float64bits(b.AsFloat64())
	}
	return cmp.Equal(a.AsInterface(), b.AsInterface())
}

// elements opens a list of any type.
func elements(v attribute.Value) ([]attribute.Value, bool) {
	switch v.Type() {
	case attribute.SLICE:
		return v.AsSlice(), true
	case attribute.STRINGSLICE:
		return each(v.AsStringSlice(), attribute.StringValue), true
	case attribute.BOOLSLICE:
		return each(v.AsBoolSlice(), attribute.BoolValue), true
	case attribute.INT64SLICE:
		return each(v.AsInt64Slice(), attribute.Int64Value), true
	case attribute.FLOAT64SLICE:
		return each(v.AsFloat64Slice(), attribute.Float64Value), true
	}
	return nil, false
}

func each[T any](items []T, value func(T) attribute.Value) []attribute.Value {
	values := make([]attribute.Value, len(items))
	for i, item := range items {
		values[i] = value(item)
	}
	return values
}
