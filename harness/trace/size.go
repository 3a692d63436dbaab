package trace

import (
	"unsafe"

	"go.opentelemetry.io/otel/attribute"
)

// What the store charges besides strings and slices. The figures are checked
// against the heap in size_test.go: an estimate may err upwards, not downwards.
const (
	spanSize   = int64(unsafe.Sizeof(Span{})) + 64 // its place in the slices and maps of its trace
	attrSize   = int64(unsafe.Sizeof(attribute.KeyValue{}))
	valueSize  = int64(unsafe.Sizeof(attribute.Value{}))
	eventSize  = int64(unsafe.Sizeof(Event{}))
	linkSize   = int64(unsafe.Sizeof(Link{}))
	recordSize = int64(unsafe.Sizeof(record{})) + 128 // its place in the map and queue of its shard
	openedSize = int64(unsafe.Sizeof(Opened{})) * 2
	sharedSize = int64(unsafe.Sizeof(Resource{})) + 64 // of a Resource or a Scope; the larger counts
)

// text is what a string holds: its bytes, rounded up to what the allocator gives.
func text(s string) int64 {
	if s == "" {
		return 0
	}
	return int64(len(s)+7) &^ 7
}

// Size estimates the memory in bytes that the span keeps alive, without its
// Resource and Scope, which it shares.
func (s *Span) Size() int64 {
	size := spanSize + text(s.State) + text(s.Name) + text(s.Message) + attrsSize(s.Attrs)
	for i := range s.Events {
		size += eventSize + text(s.Events[i].Name) + attrsSize(s.Events[i].Attrs)
	}
	for i := range s.Links {
		size += linkSize + text(s.Links[i].State) + attrsSize(s.Links[i].Attrs)
	}
	return size
}

func (r *Resource) size() int64 {
	return sharedSize + text(r.Service) + text(r.Schema) + attrsSize(r.Attrs)
}

func (s *Scope) size() int64 {
	return sharedSize + text(s.Name) + text(s.Version) + text(s.Schema) + attrsSize(s.Attrs)
}

// attrsSize charges keys too, although decoders often share them: the bound
// must hold for those that do not.
func attrsSize(attrs []attribute.KeyValue) int64 {
	size := int64(cap(attrs)) * attrSize
	for i := range attrs {
		size += text(string(attrs[i].Key))
		switch v := &attrs[i].Value; v.Type() {
		case attribute.STRING:
			size += text(v.AsString())
		case attribute.BOOL, attribute.INT64, attribute.FLOAT64:
		default:
			size += held(*v)
		}
	}
	return size
}

// held is what a value keeps alive besides itself.
func held(v attribute.Value) int64 {
	switch v.Type() {
	case attribute.STRING:
		return text(v.AsString())
	case attribute.BOOLSLICE:
		return int64(len(v.AsBoolSlice())) + 16
	case attribute.INT64SLICE:
		return 8*int64(len(v.AsInt64Slice())) + 16
	case attribute.FLOAT64SLICE:
		return 8*int64(len(v.AsFloat64Slice())) + 16
	case attribute.BYTESLICE:
		return int64(len(v.AsByteSlice())) + 16
	case attribute.STRINGSLICE:
		return heldTexts(v.AsStringSlice())
	case attribute.SLICE:
		return heldValues(v.AsSlice())
	case attribute.MAP:
		return attrsSize(v.AsMap())
	default:
		return 0
	}
}

func heldTexts(list []string) (size int64) {
	for _, s := range list {
		size += 16 + text(s)
	}
	return size
}

func heldValues(list []attribute.Value) (size int64) {
	for _, v := range list {
		size += valueSize + held(v)
	}
	return size
}
