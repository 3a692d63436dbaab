package trace

import (
	"math"
	"slices"
	"sync"
	"sync/atomic"
)

// DefaultMaxBytes bounds a store whose configuration names no bound.
const DefaultMaxBytes = 256 << 20

// StoreConfig says how much a store holds and who is known to send spans.
type StoreConfig struct {
	// MaxBytes bounds the estimated memory of all that is held; 0 means
	// DefaultMaxBytes. Beside it the store remembers the ids of at most 8,192
	// traces that left, some 600 KiB.
	MaxBytes int64

	// Instrumented names services that send spans, so that theirs are waited
	// for even before one came. Others are found by what they send.
	Instrumented []string
}

// A Store holds the newest traces of a run within a bound of bytes. When it is
// full the trace that began to arrive first leaves first, as a whole; pinned
// traces, and those of which an exchange is open, leave only after all others.
// All methods are safe for use at once.
type Store struct {
	max    int64
	bytes  atomic.Int64  // charged or reserved; never above max
	pinned atomic.Int64  // of bytes, what was pinned
	order  atomic.Uint64 // the last that a record was given
	shards [shardCount]shard

	instrumented parties
	subscribers  subscribers
}

// Stats counts what a store holds and what has passed through it.
type Stats struct {
	Traces, Spans int   // held now
	Open          int   // exchanges that began and whose span has not come
	Bytes         int64 // estimate of what is held now
	MaxBytes      int64

	Pinned        int    // traces that are held back from leaving
	Added         uint64 // spans that were taken in
	Duplicates    uint64 // spans that had come before; the fuller report was kept
	Refused       uint64 // spans without ids, or larger than the store
	EvictedTraces uint64 // left to make room
	EvictedPinned uint64 // of these, pinned ones: nothing else was left
	EvictedSpans  uint64
}

// NewStore returns an empty store. It starts no goroutine and needs no Close.
func NewStore(cfg StoreConfig) *Store {
	s := &Store{max: cfg.MaxBytes}
	if s.max <= 0 {
		s.max = DefaultMaxBytes
	}
	for i := range s.shards {
		s.shards[i].init()
	}
	for _, name := range cfg.Instrumented {
		s.instrumented.learn(name)
	}
	return s
}

// Add takes the spans in and owns them from then on. A span that had come
// before (the same trace, id, service and kind) is counted and the fuller of
// the two reports stays. The span of an edge closes what Open began.
func (s *Store) Add(spans ...*Span) {
	for len(spans) > 0 {
		n := 1
		for n < len(spans) && spans[n] != nil && spans[0] != nil && spans[n].Trace == spans[0].Trace {
			n++
		}
		s.addRun(spans[:n])
		spans = spans[n:]
	}
	s.subscribers.announce()
}

// Open says that an edge ("consumer->provider") began an exchange whose span
// will come, so that its trace is not complete before. It may be called late:
// an exchange whose span is already here is not opened.
func (s *Store) Open(id ID, span SpanID, edge string) {
	need := recordSize + openedSize
	if id.IsZero() || span.IsZero() || !s.reserve(need) {
		return
	}
	sh := s.shard(id)
	sh.mu.Lock()
	r, used := sh.record(s, id)
	if r.find(span, (*Span).IsEdge) < 0 {
		r.open = append(r.open, Opened{span, edge})
		r.bytes += openedSize
		sh.opened++
		used += openedSize
	}
	sh.mu.Unlock()
	s.bytes.Add(used - need)
}

// addRun adds spans of one trace. Room is reserved before the shard is locked,
// since making room locks other shards.
func (s *Store) addRun(spans []*Span) {
	if spans[0] == nil {
		return
	}
	id := spans[0].Trace
	var few [32]int64
	need, sizes := runSize(spans, few[:0])
	sh := s.shard(id)
	if id.IsZero() || !s.reserve(need) {
		sh.refuse(id, len(spans))
		return
	}
	sh.mu.Lock()
	r, used := sh.record(s, id)
	for i, span := range spans {
		used += s.place(sh, r, span, sizes[i])
	}
	sh.wake(id)
	sh.mu.Unlock()
	s.bytes.Add(used - need)
}

// runSize is the most that the run can cost, and the size of each span.
func runSize(spans []*Span, sizes []int64) (int64, []int64) {
	need := recordSize + 2*sharedSize // the second for noResource and noScope
	var resource *Resource
	var scope *Scope
	for _, span := range spans {
		size := span.Size()
		sizes = append(sizes, size)
		need += size
		if span.Resource != resource && span.Resource != nil {
			resource = span.Resource
			need += resource.size()
		}
		if span.Scope != scope && span.Scope != nil {
			scope = span.Scope
			need += scope.size()
		}
	}
	return need, sizes
}

// place puts one span into its record and returns what that cost.
func (s *Store) place(sh *shard, r *record, span *Span, size int64) int64 {
	if span.ID.IsZero() {
		sh.refused++
		return 0
	}
	span = complete(span)
	if span.IsEdge() && r.closeExchange(span.ID) {
		sh.opened--
		r.bytes -= openedSize
		s.bytes.Add(-openedSize)
		sh.requeue(s, r)
	}
	if at := r.twin(span); at >= 0 {
		sh.duplicates++
		if cost, taken := r.merge(at, span); taken {
			return cost + sh.share(r, span)
		}
		return 0
	}
	r.append(span)
	r.bytes += size
	sh.added++
	sh.spans++
	s.instrumented.notice(r, span)
	return size + sh.share(r, span)
}

// complete gives a span the Resource and Scope that readers rely on, and makes
// a moment of one that tells only when it began or when it ended.
func complete(span *Span) *Span {
	if span.Resource != nil && span.Scope != nil && span.Start.IsZero() == span.End.IsZero() {
		return span
	}
	full := *span
	switch {
	case full.Start.IsZero():
		full.Start = full.End
	case full.End.IsZero():
		full.End = full.Start
	}
	if full.Resource == nil {
		full.Resource = noResource
	}
	if full.Scope == nil {
		full.Scope = noScope
	}
	return &full
}

var (
	noResource = &Resource{}
	noScope    = &Scope{}
)

// reserve makes room for n bytes and charges them; it reports false where they
// can never fit. The sum of what is charged is never above the bound.
func (s *Store) reserve(n int64) bool {
	for {
		have := s.bytes.Load()
		if have+n <= s.max {
			if s.bytes.CompareAndSwap(have, have+n) {
				return true
			}
			continue
		}
		if n > s.max || !s.evict() {
			return false
		}
	}
}

// evict lets the oldest trace leave; it reports false when there is none.
func (s *Store) evict() bool {
	for {
		oldest, first := -1, uint64(math.MaxUint64)
		for i := range s.shards {
			if order := s.shards[i].oldest.Load(); order < first {
				oldest, first = i, order
			}
		}
		if oldest < 0 {
			return s.evictAside()
		}
		if freed, ok := s.shards[oldest].evict(first); ok {
			s.bytes.Add(-freed)
			return true
		}
	}
}

func (s *Store) shard(id ID) *shard {
	return &s.shards[(id[7]^id[15])%shardCount]
}

// Trace returns what has come of a trace so far.
func (s *Store) Trace(id ID) (*Trace, bool) {
	sh := s.shard(id)
	sh.mu.Lock()
	r, ok := sh.traces[id]
	if !ok {
		sh.mu.Unlock()
		return nil, false
	}
	v := r.view()
	sh.mu.Unlock()
	return v.trace(), true
}

// Stats counts what is held; it is cheap enough to be scraped.
func (s *Store) Stats() Stats {
	stats := Stats{Bytes: s.bytes.Load(), MaxBytes: s.max}
	for i := range s.shards {
		s.shards[i].count(&stats)
	}
	return stats
}

// A view is what a reader takes of a record under the lock.
type view struct {
	record  *record // its identity only
	id      ID
	order   uint64
	spans   []*Span
	open    []Opened
	partial bool
}

func (r *record) view() view {
	return view{record: r, id: r.id, order: r.order, spans: r.spans, open: slices.Clone(r.open), partial: r.partial}
}

func (v view) trace() *Trace {
	t := New(v.id, v.spans...)
	t.Open, t.Partial = v.open, v.partial
	return t
}

// parties is the set of services that send spans; it grows seldom and is
// read for every span.
type parties struct {
	mu    sync.Mutex // held to grow
	names atomic.Pointer[map[string]bool]
}

// mostParties bounds the set: names come from outside.
const mostParties = 4096

func (p *parties) has(name string) bool {
	names := p.names.Load()
	return names != nil && (*names)[name]
}

func (p *parties) learn(name string) {
	if name == "" || p.has(name) {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	grown := map[string]bool{name: true}
	if names := p.names.Load(); names != nil {
		if len(*names) >= mostParties {
			return
		}
		for known := range *names {
			grown[known] = true
		}
	}
	p.names.Store(&grown)
}

// notice learns from a span that was just added to r whose spans can be
// awaited from now on.
func (p *parties) notice(r *record, span *Span) {
	who := span.Service()
	if span.IsEdge() {
		who = span.Provider()
	}
	if !p.has(who) {
		p.learn(r.heard(span))
	}
}
