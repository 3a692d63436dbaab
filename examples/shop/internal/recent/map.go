// Package recent keeps what the shop's services remember in memory within a
// bound: they are put under load for as long as anyone likes.
package recent

import "sync"

// Most is how many values a Map keeps.
const Most = 10_000

// A Map keeps the last Most values by key; older ones leave first. The zero
// value is ready, and several goroutines may use it at once.
type Map[V any] struct {
	mu     sync.Mutex
	values map[string]V // guarded by mu
	order  []string     // keys, a ring once it is full; guarded by mu
	next   int          // place in order of the oldest key; guarded by mu
}

// Put sets the value of key.
func (m *Map[V]) Put(key string, value V) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.values == nil {
		m.values = map[string]V{}
	}
	_, known := m.values[key]
	m.values[key] = value
	switch {
	case known:
	case len(m.order) < Most:
		m.order = append(m.order, key)
	default:
		delete(m.values, m.order[m.next])
		m.order[m.next] = key
		m.next = (m.next + 1) % Most
	}
}

// Get reports the value of key.
func (m *Map[V]) Get(key string) (V, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	value, ok := m.values[key]
	return value, ok
}
