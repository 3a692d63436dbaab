package load

import "time"

// An appointment is when the next step of a session is due.
type appointment[C any] struct {
	at      time.Duration
	session *session // nil: the user of conn begins anew then
	conn    C        // of the closed model, where each connection is a user
}

// A diary holds appointments, the earliest first: a binary heap.
type diary[C any] []appointment[C]

func (d diary[C]) first() *appointment[C] {
	if len(d) == 0 {
		return nil
	}
	return &d[0]
}

func (d *diary[C]) push(a appointment[C]) {
	*d = append(*d, a)
	h := *d
	for i := len(h) - 1; i > 0; {
		parent := (i - 1) / 2
		if h[parent].at <= h[i].at {
			return
		}
		h[parent], h[i] = h[i], h[parent]
		i = parent
	}
}

func (d *diary[C]) pop() appointment[C] {
	h := *d
	first := h[0]
	last := len(h) - 1
	h[0], h[last] = h[last], appointment[C]{}
	h = h[:last]
	*d = h
	for i := 0; ; {
		child := 2*i + 1
		if child >= last {
			return first
		}
		if child+1 < last && h[child+1].at < h[child].at {
			child++
		}
		if h[i].at <= h[child].at {
			return first
		}
		h[i], h[child] = h[child], h[i]
		i = child
	}
}
