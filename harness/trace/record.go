package trace

import "slices"

// few is how many spans of a trace are searched one by one; beyond that the
// record keeps an index.
const few = 24

// A record is one trace in the store; its shard's lock guards it.
type record struct {
	id    ID
	order uint64 // of its arrival; unique in the store
	bytes int64  // charged, without what is shared

	spans   []*Span   // elements below len never change: a reader may keep the slice
	ids     []SpanID  // of spans, side by side for a quick search
	open    []Opened  // exchanges that began and whose span has not come
	shared  []any     // *Resource and *Scope that are charged to the shard for it
	partial bool      // spans of it left the store, or were refused
	pinned  int64     // bytes that were charged to the pins; 0: it is not pinned
	aside   bool      // it is in the shard's list of those that wait, not in its queue
	index   *idsIndex // nil while there are few
}

// Opened is an exchange that an edge began and whose span has not come yet.
type Opened struct {
	Span SpanID
	Edge string // "consumer->provider"
}

// An idsIndex finds spans by id, and orphans by the parent that they name.
type idsIndex struct {
	first   map[SpanID]int32   // the first span of that id
	more    map[SpanID][]int32 // the others: an id may be shared by the two sides of a call
	orphans map[SpanID]int32   // by parent: a span that no edge made and that came before its parent
}

// find returns the position of the first span of that id that is wanted, or -1.
func (r *record) find(id SpanID, wanted func(*Span) bool) int {
	if r.index == nil {
		for i := range r.ids {
			if r.ids[i] == id && wanted(r.spans[i]) {
				return i
			}
		}
		return -1
	}
	i, ok := r.index.first[id]
	if !ok {
		return -1
	}
	if wanted(r.spans[i]) {
		return int(i)
	}
	for _, i := range namesakes(r.index.more[id]) {
		if wanted(r.spans[i]) {
			return int(i)
		}
	}
	return -1
}

// twin finds an earlier report of the same span.
func (r *record) twin(s *Span) int {
	return r.find(s.ID, func(o *Span) bool {
		return o.Kind == s.Kind && o.IsEdge() == s.IsEdge() && o.Service() == s.Service()
	})
}

func (r *record) append(s *Span) {
	r.spans = append(r.spans, s)
	r.ids = append(r.ids, s.ID)
	switch {
	case r.index != nil:
		r.index.add(s.ID, int32(len(r.ids)-1))
	case len(r.ids) > few:
		r.index = &idsIndex{first: map[SpanID]int32{}, more: map[SpanID][]int32{}, orphans: map[SpanID]int32{}}
		for i, id := range r.ids {
			r.index.add(id, int32(i))
			r.index.orphan(r.spans[i], int32(i))
		}
	}
}

func (x *idsIndex) add(id SpanID, at int32) {
	if _, ok := x.first[id]; ok {
		x.more[id] = append(x.more[id], at)
		return
	}
	x.first[id] = at
}

func (x *idsIndex) orphan(s *Span, at int32) {
	if !s.IsEdge() && !s.Parent.IsZero() {
		x.orphans[s.Parent] = at
	}
}

// merge takes a second report of a span in the place of the first where it is
// fuller, and returns the change in what is charged. It writes to a fresh
// slice, since readers may hold the old one; in a trace too large for that
// the first report stays.
func (r *record) merge(at int, s *Span) (int64, bool) {
	const most = 4096
	if len(r.spans) > most || !fuller(r.spans[at], s) {
		return 0, false
	}
	change := s.Size() - r.spans[at].Size()
	r.spans = slices.Clone(r.spans)
	r.spans[at] = s
	r.bytes += change
	return change, true
}

// fuller reports whether b tells more of the same span than a: it ended
// later, or says more about the same time.
func fuller(a, b *Span) bool {
	if !b.End.Equal(a.End) {
		return b.End.After(a.End)
	}
	return len(b.Attrs)+len(b.Events)+len(b.Links) > len(a.Attrs)+len(a.Events)+len(a.Links)
}

// closeExchange forgets that the exchange of that span is open.
func (r *record) closeExchange(span SpanID) bool {
	for i := range r.open {
		if r.open[i].Span == span {
			last := len(r.open) - 1
			r.open[i] = r.open[last]
			r.open = r.open[:last]
			return true
		}
	}
	return false
}

// heard returns the provider that shows by the arrival of s that it sends
// spans: one of its own names an edge's span as parent (or shares its id).
// It is "" where s shows nothing.
func (r *record) heard(s *Span) string {
	if s.IsEdge() {
		if r.answered(s) {
			return s.Provider()
		}
		return ""
	}
	isEdge := func(o *Span) bool { return o.IsEdge() }
	at := r.find(s.Parent, isEdge)
	if at < 0 {
		at = r.find(s.ID, isEdge)
	}
	if at < 0 {
		if r.index != nil {
			r.index.orphan(s, int32(len(r.spans)-1))
		}
		return ""
	}
	return r.spans[at].Provider()
}

// answered reports whether a span below that of the edge came before it.
func (r *record) answered(edge *Span) bool {
	if r.index != nil {
		_, ok := r.index.orphans[edge.ID]
		return ok || r.find(edge.ID, func(o *Span) bool { return !o.IsEdge() }) >= 0
	}
	for _, o := range r.spans {
		if !o.IsEdge() && (o.Parent == edge.ID || o.ID == edge.ID) {
			return true
		}
	}
	return false
}
