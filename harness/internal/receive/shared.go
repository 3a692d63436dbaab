package receive

import (
	"strings"
	"sync"

	"go.opentelemetry.io/otel/attribute"

	"github.com/seamtest/seam/harness/trace"
)

// shared keeps one copy of each resource and scope, since every batch of a
// sender repeats them; spans of one sender then share them by pointer too.
type shared struct {
	resources cache[trace.Resource]
	scopes    cache[trace.Scope]
}

// A cache holds at most cacheBytes of encoded form and starts afresh when they
// are full. The zero value is ready; it is safe for concurrent use.
type cache[T any] struct {
	mu    sync.Mutex
	kept  map[identity]*T // guarded by mu
	bytes int             // guarded by mu
}

type identity struct{ encoded, schema string }

const cacheBytes = 1 << 20

func (c *cache[T]) get(id identity) *T {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.kept[id]
}

// put keeps v, unless it would fill too much of the cache alone or another
// request was first; it returns what to use from now on.
func (c *cache[T]) put(id identity, v *T) *T {
	size := len(id.encoded) + len(id.schema) + 64
	if size > cacheBytes/4 {
		return v
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if first := c.kept[id]; first != nil {
		return first
	}
	if c.bytes += size; c.kept == nil || c.bytes > cacheBytes {
		c.kept, c.bytes = map[identity]*T{}, size
	}
	c.kept[id] = v
	return v
}

func (d *decoder) resource(encoded, schema string) (*trace.Resource, error) {
	id := identity{encoded, schema}
	if r := d.shared.resources.get(id); r != nil {
		return r, nil
	}
	if err := d.lease.take(len(encoded) + len(schema)); err != nil {
		return nil, err
	}
	id = identity{strings.Clone(encoded), strings.Clone(schema)}
	r := &trace.Resource{Schema: text(id.schema)}
	m := message{text: id.encoded}
	for f, ok := m.next(); ok; f, ok = m.next() {
		var err error
		switch f.tag {
		case 1<<3 | lengths:
			r.Attrs, err = d.moreAttrs(r.Attrs, f.str)
		case 2<<3 | varint:
			r.Dropped = uint32(f.num)
		}
		if err != nil {
			return nil, err
		}
	}
	if m.err != nil {
		return nil, malformed("OTLP Resource", m.err)
	}
	r.Service = service(r.Attrs)
	return d.shared.resources.put(id, r), nil
}

// service finds service.name.
func service(attrs []attribute.KeyValue) string {
	for _, kv := range attrs {
		if kv.Key == "service.name" && kv.Value.Type() == attribute.STRING {
			return kv.Value.AsString()
		}
	}
	return ""
}

func (d *decoder) scope(encoded, schema string) (*trace.Scope, error) {
	id := identity{encoded, schema}
	if s := d.shared.scopes.get(id); s != nil {
		return s, nil
	}
	if err := d.lease.take(len(encoded) + len(schema)); err != nil {
		return nil, err
	}
	id = identity{strings.Clone(encoded), strings.Clone(schema)}
	s := &trace.Scope{Schema: text(id.schema)}
	m := message{text: id.encoded}
	for f, ok := m.next(); ok; f, ok = m.next() {
		var err error
		switch f.tag {
		case 1<<3 | lengths:
			s.Name = scopeName(text(f.str))
		case 2<<3 | lengths:
			s.Version = text(f.str)
		case 3<<3 | lengths:
			s.Attrs, err = d.moreAttrs(s.Attrs, f.str)
		case 4<<3 | varint:
			s.Dropped = uint32(f.num)
		}
		if err != nil {
			return nil, err
		}
	}
	if m.err != nil {
		return nil, malformed("OTLP InstrumentationScope", m.err)
	}
	return d.shared.scopes.put(id, s), nil
}
