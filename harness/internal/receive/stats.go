package receive

import (
	"fmt"
	"maps"
	"slices"
	"sync"
)

// A Protocol is a way in.
type Protocol string

// The ways in.
const (
	OTLPGRPC   Protocol = "otlp/grpc"
	OTLPHTTP   Protocol = "otlp/http"
	OTLPJSON   Protocol = "otlp/json"
	JaegerHTTP Protocol = "jaeger/http"
	JaegerUDP  Protocol = "jaeger/udp"
	Zipkin     Protocol = "zipkin"
	Unknown    Protocol = "unknown" // a path that nothing is served on
)

// Stats is what came in since Start.
type Stats struct {
	Spans   map[Protocol]uint64 // handed to the sink
	Refused map[Refusal]Refused
	Metrics uint64 // requests with metrics: answered and thrown away
	Logs    uint64 // requests with logs: answered and thrown away
	Missed  uint64 // UDP packets that the kernel dropped because its buffer was full (Linux)

	Renamed  uint64 // of Spans: they bore the scope of seam's edges; see foreignEdge
	Reversed uint64 // of Spans: they end before they begin, and are kept as they came
}

// Lost counts what was turned away and will not come again: spans as far as
// they are known, else requests and packets. Who was told to try again, and
// does, is not counted: its spans came later, or it knows that they did not.
func (s Stats) Lost() (n uint64) {
	for refusal, what := range s.Refused {
		if refusal.final() {
			n += max(what.Spans, what.Requests)
		}
	}
	return n + s.Missed
}

// Losses says what Lost counts, a line for each way in and reason, in their order.
func (s Stats) Losses() []string {
	var lines []string
	for refusal, what := range s.Refused {
		if refusal.final() {
			lines = append(lines, fmt.Sprintf("%d over %s, %s: %s", max(what.Spans, what.Requests), refusal.Protocol, refusal.Reason, what.Last))
		}
	}
	slices.Sort(lines)
	if s.Missed > 0 {
		lines = append(lines, fmt.Sprintf("%d packets over %s, for they came faster than they were read", s.Missed, JaegerUDP))
	}
	return lines
}

// A Refusal is by which way in and why.
type Refusal struct {
	Protocol Protocol
	Reason   Reason
}

// final reports whether nobody will send it again: exporters of OTLP heed the
// answer that asks them to, those of Jaeger and Zipkin drop what was not taken.
func (r Refusal) final() bool {
	switch r.Protocol {
	case JaegerUDP, JaegerHTTP, Zipkin:
		return true
	}
	return r.Reason != Busy && r.Reason != Closing
}

// Refused counts what was turned away.
type Refused struct {
	Requests uint64 // requests or packets turned away whole
	Spans    uint64 // as far as they were decoded; all of them for Invalid
	Last     string // what the last sender was told
}

type counters struct {
	mu    sync.Mutex
	stats Stats // guarded by mu
}

func (c *counters) change(f func(*Stats)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stats.Spans == nil {
		c.stats.Spans, c.stats.Refused = map[Protocol]uint64{}, map[Refusal]Refused{}
	}
	f(&c.stats)
}

func (c *counters) accept(p Protocol, b batch) {
	renamed, reversed := b.odd()
	c.change(func(s *Stats) {
		s.Spans[p] += uint64(len(b.spans))
		s.Renamed += renamed
		s.Reversed += reversed
		if b.refused == 0 {
			return
		}
		entry := s.Refused[Refusal{p, Invalid}]
		entry.Spans += uint64(b.refused)
		entry.Last = b.why.Error()
		s.Refused[Refusal{p, Invalid}] = entry
	})
}

func (c *counters) refuse(p Protocol, r *refusal, spans int) {
	c.change(func(s *Stats) {
		entry := s.Refused[Refusal{p, r.reason}]
		entry.Requests++
		entry.Spans += uint64(spans)
		entry.Last = r.Error()
		s.Refused[Refusal{p, r.reason}] = entry
	})
}

// Stats is a copy; it is safe to call at any time.
func (r *Receiver) Stats() Stats {
	var out Stats
	r.stats.change(func(s *Stats) {
		out = *s
		out.Spans, out.Refused = maps.Clone(s.Spans), maps.Clone(s.Refused)
	})
	if r.packets != nil {
		out.Missed = r.packets.missed()
	}
	return out
}

// other counts what is answered and thrown away.
func (c *counters) other(metrics bool) {
	c.change(func(s *Stats) {
		if metrics {
			s.Metrics++
		} else {
			s.Logs++
		}
	})
}
