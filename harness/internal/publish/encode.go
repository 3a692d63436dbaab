package publish

import (
	"encoding/binary"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"go.opentelemetry.io/otel/attribute"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/seamtest/seam/harness/trace"
)

// encode appends the spans as OTLP's ExportTraceServiceRequest
// (opentelemetry-proto 1.11), grouped by resource and scope. It loses nothing
// of them; text that is not UTF-8 is mended, since a receiver would refuse the
// whole request for it.
func encode(to []byte, spans []*trace.Span) []byte {
	e := encoder{to}
	for _, r := range grouped(spans) {
		rs := e.open(1)
		e.resource(r.of)
		for _, s := range r.scopes {
			ss := e.open(2)
			e.scope(s.of)
			for _, span := range s.spans {
				e.span(span)
			}
			if s.of != nil {
				e.text(3, s.of.Schema)
			}
			e.close(ss)
		}
		if r.of != nil {
			e.text(3, r.of.Schema)
		}
		e.close(rs)
	}
	return e.b
}

// A byResource and its byScopes hold spans in the order in which they came.
type byResource struct {
	of     *trace.Resource
	scopes []*byScope
}

type byScope struct {
	of    *trace.Scope
	spans []*trace.Span
}

func grouped(spans []*trace.Span) []*byResource {
	type place struct {
		resource *trace.Resource
		scope    *trace.Scope
	}
	var all []*byResource
	resources, scopes := map[*trace.Resource]*byResource{}, map[place]*byScope{}
	for _, s := range spans {
		at := place{s.Resource, s.Scope}
		to := scopes[at]
		if to == nil {
			of := resources[s.Resource]
			if of == nil {
				of = &byResource{of: s.Resource}
				resources[s.Resource] = of
				all = append(all, of)
			}
			to = &byScope{of: s.Scope}
			of.scopes = append(of.scopes, to)
			scopes[at] = to
		}
		to.spans = append(to.spans, s)
	}
	return all
}

type encoder struct{ b []byte }

func (e *encoder) resource(r *trace.Resource) {
	if r == nil {
		return
	}
	at := e.open(1)
	named := r.Service == ""
	for _, kv := range r.Attrs {
		named = named || kv.Key == "service.name"
	}
	e.attrs(1, r.Attrs)
	if !named {
		e.attrs(1, []attribute.KeyValue{attribute.String("service.name", r.Service)})
	}
	e.number(2, uint64(r.Dropped))
	e.close(at)
}

func (e *encoder) scope(s *trace.Scope) {
	if s == nil {
		return
	}
	at := e.open(1)
	e.text(1, s.Name)
	e.text(2, s.Version)
	e.attrs(3, s.Attrs)
	e.number(4, uint64(s.Dropped))
	e.close(at)
}

func (e *encoder) span(s *trace.Span) {
	at := e.open(2)
	e.id(1, s.Trace[:])
	e.id(2, s.ID[:])
	e.text(3, s.State)
	if !s.Parent.IsZero() {
		e.id(4, s.Parent[:])
	}
	e.text(5, s.Name)
	e.number(6, uint64(s.Kind))
	e.time(7, s.Start)
	e.time(8, s.End)
	e.attrs(9, s.Attrs)
	e.number(10, uint64(s.DroppedAttrs))
	for i := range s.Events {
		e.event(&s.Events[i])
	}
	e.number(12, uint64(s.DroppedEvents))
	for i := range s.Links {
		e.link(&s.Links[i])
	}
	e.number(14, uint64(s.DroppedLinks))
	if s.Code != trace.Unset || s.Message != "" {
		status := e.open(15)
		e.text(2, s.Message)
		e.number(3, uint64(s.Code))
		e.close(status)
	}
	e.flags(16, s.Flags)
	e.close(at)
}

func (e *encoder) event(from *trace.Event) {
	at := e.open(11)
	e.time(1, from.Time)
	e.text(2, from.Name)
	e.attrs(3, from.Attrs)
	e.number(4, uint64(from.Dropped))
	e.close(at)
}

func (e *encoder) link(from *trace.Link) {
	at := e.open(13)
	e.id(1, from.Trace[:])
	e.id(2, from.Span[:])
	e.text(3, from.State)
	e.attrs(4, from.Attrs)
	e.number(5, uint64(from.Dropped))
	e.flags(6, from.Flags)
	e.close(at)
}

func (e *encoder) attrs(number protowire.Number, attrs []attribute.KeyValue) {
	for i := range attrs {
		at := e.open(number)
		e.text(1, string(attrs[i].Key))
		value := e.open(2)
		e.value(attrs[i].Value)
		e.close(value)
		e.close(at)
	}
}

// value writes zeros too: the field that is there tells the type.
func (e *encoder) value(v attribute.Value) {
	switch v.Type() {
	case attribute.STRING:
		e.b = protowire.AppendTag(e.b, 1, protowire.BytesType)
		e.b = protowire.AppendString(e.b, valid(v.AsString()))
	case attribute.BOOL:
		e.b = protowire.AppendTag(e.b, 2, protowire.VarintType)
		e.b = protowire.AppendVarint(e.b, protowire.EncodeBool(v.AsBool()))
	case attribute.INT64:
		e.b = protowire.AppendTag(e.b, 3, protowire.VarintType)
		e.b = protowire.AppendVarint(e.b, uint64(v.AsInt64()))
	case attribute.FLOAT64:
		e.b = protowire.AppendTag(e.b, 4, protowire.Fixed64Type)
		e.b = protowire.AppendFixed64(e.b, math.Float64bits(v.AsFloat64()))
	case attribute.BYTESLICE:
		e.b = protowire.AppendTag(e.b, 7, protowire.BytesType)
		e.b = protowire.AppendBytes(e.b, v.AsByteSlice())
	case attribute.MAP:
		at := e.open(6)
		e.attrs(1, v.AsMap())
		e.close(at)
	case attribute.SLICE:
		list(e, v.AsSlice(), func(v attribute.Value) attribute.Value { return v })
	case attribute.BOOLSLICE:
		list(e, v.AsBoolSlice(), attribute.BoolValue)
	case attribute.INT64SLICE:
		list(e, v.AsInt64Slice(), attribute.Int64Value)
	case attribute.FLOAT64SLICE:
		list(e, v.AsFloat64Slice(), attribute.Float64Value)
	case attribute.STRINGSLICE:
		list(e, v.AsStringSlice(), attribute.StringValue)
	}
}

func list[T any](e *encoder, items []T, value func(T) attribute.Value) {
	at := e.open(5)
	for _, item := range items {
		element := e.open(1)
		e.value(value(item))
		e.close(element)
	}
	e.close(at)
}

// open begins a message within the message, whose length close fills in.
func (e *encoder) open(number protowire.Number) (start int) {
	e.b = append(protowire.AppendTag(e.b, number, protowire.BytesType), 0)
	return len(e.b)
}

func (e *encoder) close(start int) {
	n := len(e.b) - start
	if n < 0x80 {
		e.b[start-1] = byte(n)
		return
	}
	var length [binary.MaxVarintLen64]byte
	more := binary.PutUvarint(length[:], uint64(n)) - 1
	e.b = append(e.b, length[:more]...) // room, whatever is in it
	copy(e.b[start+more:], e.b[start:start+n])
	copy(e.b[start-1:], length[:more+1])
}

func (e *encoder) id(number protowire.Number, id []byte) {
	e.b = protowire.AppendBytes(protowire.AppendTag(e.b, number, protowire.BytesType), id)
}

func (e *encoder) text(number protowire.Number, s string) {
	if s != "" {
		e.b = protowire.AppendString(protowire.AppendTag(e.b, number, protowire.BytesType), valid(s))
	}
}

func (e *encoder) number(number protowire.Number, n uint64) {
	if n != 0 {
		e.b = protowire.AppendVarint(protowire.AppendTag(e.b, number, protowire.VarintType), n)
	}
}

func (e *encoder) flags(number protowire.Number, flags uint32) {
	if flags != 0 {
		e.b = protowire.AppendFixed32(protowire.AppendTag(e.b, number, protowire.Fixed32Type), flags)
	}
}

// time leaves out what OTLP cannot hold, which means an unknown time there:
// the zero time above all.
func (e *encoder) time(number protowire.Number, t time.Time) {
	if t.Year() < 1970 || t.Year() > 2553 {
		return
	}
	nanos := uint64(t.Unix())*1e9 + uint64(t.Nanosecond())
	e.b = protowire.AppendFixed64(protowire.AppendTag(e.b, number, protowire.Fixed64Type), nanos)
}

func valid(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
