package otlp

import (
	"math"
	"strings"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// A message is one of protobuf, under construction. Numbers of fields are
// those of opentelemetry/proto/metrics/v1/metrics.proto.
type message []byte

func (m *message) text(field protowire.Number, s string) {
	*m = protowire.AppendString(protowire.AppendTag(*m, field, protowire.BytesType), strings.ToValidUTF8(s, "\uFFFD"))
}

func (m *message) put(field protowire.Number, inner message) {
	*m = protowire.AppendBytes(protowire.AppendTag(*m, field, protowire.BytesType), inner)
}

func (m *message) fixed(field protowire.Number, v uint64) {
	*m = protowire.AppendFixed64(protowire.AppendTag(*m, field, protowire.Fixed64Type), v)
}

func (m *message) double(field protowire.Number, v float64) { m.fixed(field, math.Float64bits(v)) }

func (m *message) varint(field protowire.Number, v uint64) {
	*m = protowire.AppendVarint(protowire.AppendTag(*m, field, protowire.VarintType), v)
}

func (m *message) signed(field protowire.Number, v int) {
	m.varint(field, protowire.EncodeZigZag(int64(v)))
}

// An attribute is a key with a text or, where this is "", a number.
type attribute struct {
	key, text string
	number    int64
}

func (m *message) attributes(field protowire.Number, all []attribute) {
	for _, a := range all {
		var value, pair message
		if a.text != "" {
			value.text(1, a.text)
		} else {
			value.varint(3, uint64(a.number))
		}
		pair.text(1, a.key)
		pair.put(2, value)
		m.put(field, pair)
	}
}

const cumulative = 2 // aggregation temporality

// A series is a point of a metric with what tells it from others.
type series struct {
	attributes []attribute
	number     float64
	histogram  *exponential
}

// A metric is one name with its series. A sum that only rises is monotonic.
type metric struct {
	name, about, unit string
	kind              kind
	series            []series
}

type kind uint8

const (
	gauge kind = iota
	sum
	distribution
)

// A source is what metrics come from.
type source struct {
	resource []attribute
	version  string
	began    time.Time
}

// encode is an ExportMetricsServiceRequest.
func (of *source) encode(metrics []metric, now time.Time) []byte {
	var about, scope, scoped, whole, request message
	about.attributes(1, of.resource)
	scope.text(1, "seam/load")
	scope.text(2, of.version)
	scoped.put(1, scope)
	for i := range metrics {
		if len(metrics[i].series) > 0 {
			scoped.put(2, metrics[i].encode(uint64(of.began.UnixNano()), uint64(now.UnixNano())))
		}
	}
	whole.put(1, about)
	whole.put(2, scoped)
	request.put(1, whole)
	return request
}

func (m *metric) encode(from, now uint64) message {
	var out, data message
	out.text(1, m.name)
	out.text(2, m.about)
	out.text(3, m.unit)
	for i := range m.series {
		if m.kind == distribution {
			data.put(1, m.series[i].distribution(from, now))
			continue
		}
		var point message
		point.attributes(7, m.series[i].attributes)
		if m.kind == sum {
			point.fixed(2, from)
		}
		point.fixed(3, now)
		point.double(4, m.series[i].number)
		data.put(1, point)
	}
	switch m.kind {
	case gauge:
		out.put(5, data)
	case sum:
		data.varint(2, cumulative)
		data.varint(3, 1) // monotonic
		out.put(7, data)
	case distribution:
		data.varint(2, cumulative)
		out.put(10, data)
	}
	return out
}

func (s *series) distribution(from, now uint64) message {
	var point, positive, counts message
	scale, offset, all := s.histogram.buckets()
	for _, n := range all {
		counts = protowire.AppendVarint(counts, n)
	}
	positive.signed(1, offset)
	positive.put(2, counts)
	point.attributes(1, s.attributes)
	point.fixed(2, from)
	point.fixed(3, now)
	point.fixed(4, s.histogram.count)
	point.double(5, s.histogram.sum)
	point.signed(6, scale)
	point.put(8, positive)
	point.double(12, s.histogram.min)
	point.double(13, s.histogram.max)
	return point
}
