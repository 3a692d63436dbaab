package receive

import (
	"math"

	"go.opentelemetry.io/otel/attribute"
)

// Bounds on attribute values. Go's reflection keeps a type for each length of
// array for ever, which is what attribute.Value holds, hence maxElements.
const (
	maxDepth    = 32
	maxElements = 4096
)

// attr appends one KeyValue, whose room is charged already.
func (d *decoder) attr(to []attribute.KeyValue, msg string) ([]attribute.KeyValue, error) {
	kv, err := d.keyValue(msg, 0)
	if err != nil {
		return to, err
	}
	return append(to, kv), nil
}

// moreAttrs charges one KeyValue and appends it.
func (d *decoder) moreAttrs(to []attribute.KeyValue, msg string) ([]attribute.KeyValue, error) {
	if err := d.lease.take(2 * sizeofAttr); err != nil { // append may double the slice
		return to, err
	}
	return d.attr(to, msg)
}

func (d *decoder) keyValue(msg string, depth int) (kv attribute.KeyValue, _ error) {
	m := message{text: msg}
	for f, ok := m.next(); ok; f, ok = m.next() {
		switch f.tag {
		case 1<<3 | lengths:
			kv.Key = attribute.Key(text(f.str))
		case 2<<3 | lengths:
			v, err := d.value(f.str, depth)
			if err != nil {
				return kv, err
			}
			if v.Type() != attribute.EMPTY { // a repeated message is merged
				kv.Value = v
			}
		}
	}
	if m.err != nil {
		return kv, malformed("OTLP KeyValue", m.err)
	}
	return kv, nil
}

func (d *decoder) value(msg string, depth int) (v attribute.Value, err error) {
	if depth > maxDepth {
		return v, flaw("an attribute is nested more than 32 deep")
	}
	m := message{text: msg}
	for f, ok := m.next(); ok; f, ok = m.next() {
		switch f.tag {
		case 1<<3 | lengths:
			v = attribute.StringValue(text(f.str))
		case 2<<3 | varint:
			v = attribute.BoolValue(f.num != 0)
		case 3<<3 | varint:
			v = attribute.Int64Value(int64(f.num))
		case 4<<3 | fixed64:
			v = attribute.Float64Value(math.Float64frombits(f.num))
		case 5<<3 | lengths:
			v, err = d.array(f.str, depth+1)
		case 6<<3 | lengths:
			v, err = d.kvlist(f.str, depth+1)
		case 7<<3 | lengths:
			err = d.lease.take(len(f.str))
			v = attribute.ByteSliceValue([]byte(f.str))
		}
		if err != nil {
			return v, err
		}
	}
	if m.err != nil {
		return v, malformed("OTLP AnyValue", m.err)
	}
	return v, nil
}

func (d *decoder) array(msg string, depth int) (attribute.Value, error) {
	n, err := d.elements(msg)
	if err != nil {
		return attribute.Value{}, err
	}
	values := make([]attribute.Value, 0, n)
	m := message{text: msg}
	for f, ok := m.next(); ok; f, ok = m.next() {
		if f.tag != 1<<3|lengths {
			continue
		}
		v, err := d.value(f.str, depth)
		if err != nil {
			return attribute.Value{}, err
		}
		values = append(values, v)
	}
	return slice(values), nil
}

func (d *decoder) kvlist(msg string, depth int) (attribute.Value, error) {
	n, err := d.elements(msg)
	if err != nil {
		return attribute.Value{}, err
	}
	pairs := make([]attribute.KeyValue, 0, n)
	m := message{text: msg}
	for f, ok := m.next(); ok; f, ok = m.next() {
		if f.tag != 1<<3|lengths {
			continue
		}
		kv, err := d.keyValue(f.str, depth)
		if err != nil {
			return attribute.Value{}, err
		}
		pairs = append(pairs, kv)
	}
	return attribute.MapValue(pairs...), nil
}

// elements counts the values of an array or a map and charges for them: one
// copy while it is read, one that stays.
func (d *decoder) elements(msg string) (n int, err error) {
	m := message{text: msg}
	for f, ok := m.next(); ok; f, ok = m.next() {
		if f.tag == 1<<3|lengths {
			n++
		}
	}
	if m.err != nil {
		return 0, malformed("OTLP ArrayValue or KeyValueList", m.err)
	}
	if n > maxElements {
		return 0, flaw("an attribute has more than 4096 elements")
	}
	return n, d.lease.take(2 * n * sizeofAttr)
}

// slice gives an array whose values are of one plain type the type that the
// OpenTelemetry SDKs give it, so that both compare equal.
func slice(values []attribute.Value) attribute.Value {
	if len(values) == 0 {
		return attribute.SliceValue()
	}
	for _, v := range values[1:] {
		if v.Type() != values[0].Type() {
			return attribute.SliceValue(values...)
		}
	}
	switch values[0].Type() {
	case attribute.STRING:
		return attribute.StringSliceValue(each(values, attribute.Value.AsString))
	case attribute.BOOL:
		return attribute.BoolSliceValue(each(values, attribute.Value.AsBool))
	case attribute.INT64:
		return attribute.Int64SliceValue(each(values, attribute.Value.AsInt64))
	case attribute.FLOAT64:
		return attribute.Float64SliceValue(each(values, attribute.Value.AsFloat64))
	}
	return attribute.SliceValue(values...)
}

func each[T any](values []attribute.Value, as func(attribute.Value) T) []T {
	out := make([]T, len(values))
	for i, v := range values {
		out[i] = as(v)
	}
	return out
}
