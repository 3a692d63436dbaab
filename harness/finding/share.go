package finding

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/seamtest/seam/harness/trace"
)

// An EdgeShare says what crossed an edge, and how much of the time that the
// world outside waits is spent there.
//
// A request is an exchange from outside. Its time is cut by the critical path
// through the exchanges alone, which one clock has measured: at each moment it
// waits for exactly one of them, the innermost on the path, and that moment is
// the own time of that exchange's edge. The own time of a->b is thus what b
// and the network between take, without the calls of b that the request waits
// for; over all edges the own times of a request add up to its duration.
//
// ShareP50 is the sum of the edge's own times over the sum of the durations,
// taken over the requests around the median: those of rank 45% to 55% by
// duration, at least one. ShareP99 is the same over the slowest 1% of the
// requests, at least one. Each adds up to 1 over all edges.
type EdgeShare struct {
	Edge               string        // "consumer->provider"; the world outside is "entry"
	Requests, Errors   int           // exchanges on it, and those whose status is Error
	P50, P90, P99, Max time.Duration // of its exchanges, by nearest rank
	ShareP50, ShareP99 float64       // 0 to 1
}

// Shares sums the exchanges of the traces up by edge: those from outside
// first, then by name.
func Shares(traces []*trace.Trace) []EdgeShare {
	c := &counter{edges: map[string]*tally{}}
	for _, t := range traces {
		c.count(t)
	}
	var shares []EdgeShare
	for edge, n := range c.edges {
		slices.Sort(n.durations)
		shares = append(shares, EdgeShare{
			Edge: edge, Requests: len(n.durations), Errors: n.errors,
			P50: rank(n.durations, 0.50), P90: rank(n.durations, 0.90), P99: rank(n.durations, 0.99), Max: rank(n.durations, 1),
		})
	}
	sortEdges(shares)
	slices.SortFunc(c.requests, func(a, b request) int { return cmp.Compare(a.duration, b.duration) })
	middle, tail := bands(len(c.requests))
	p50, p99 := shareOf(c.requests[middle[0]:middle[1]]), shareOf(c.requests[tail[0]:tail[1]])
	for i := range shares {
		shares[i].ShareP50, shares[i].ShareP99 = p50[shares[i].Edge], p99[shares[i].Edge]
	}
	return shares
}

type counter struct {
	edges    map[string]*tally
	requests []request
}

type tally struct {
	durations []time.Duration
	errors    int
}

// A request is an exchange from outside, and the own times of the edges
// during it.
type request struct {
	duration time.Duration
	own      []ownTime
}

type ownTime struct {
	edge string
	time time.Duration
}

func (c *counter) count(t *trace.Trace) {
	below := map[*trace.Span][]*trace.Span{}
	edges := t.Edges()
	for _, s := range edges {
		n := c.edges[s.Edge()]
		if n == nil {
			n = &tally{}
			c.edges[s.Edge()] = n
		}
		n.durations = append(n.durations, s.Duration())
		if s.Code == trace.Error {
			n.errors++
		}
		if caller := t.Caller(s); caller != nil {
			below[caller] = append(below[caller], s)
		}
	}
	p := pathfinder[*trace.Span]{
		below: func(s *trace.Span) []*trace.Span { return below[s] },
		times: func(s *trace.Span) (time.Time, time.Time) { return s.Start, s.Start.Add(s.Duration()) },
	}
	for _, s := range edges {
		if s.IsEntry() {
			c.requests = append(c.requests, request{s.Duration(), owned(p.find(s))})
		}
	}
}

// owned adds the segments up by edge.
func owned(path []leg[*trace.Span]) []ownTime {
	var own []ownTime
	for _, segment := range path {
		edge := segment.of.Edge()
		i := slices.IndexFunc(own, func(o ownTime) bool { return o.edge == edge })
		if i < 0 {
			own, i = append(own, ownTime{edge: edge}), len(own)
		}
		own[i].time += segment.to.Sub(segment.from)
	}
	return own
}

// bands are the ranks, from and to, of the requests around the median and of
// the slowest of n.
func bands(n int) (middle, tail [2]int) {
	if n == 0 {
		return middle, tail
	}
	from, to := int(0.45*float64(n)), int(math.Ceil(0.55*float64(n)))
	return [2]int{from, max(to, from+1)}, [2]int{int(math.Ceil(0.99*float64(n))) - 1, n}
}

func shareOf(requests []request) map[string]float64 {
	var total time.Duration
	own := map[string]time.Duration{}
	for _, r := range requests {
		total += r.duration
		for _, o := range r.own {
			own[o.edge] += o.time
		}
	}
	shares := map[string]float64{}
	for edge, sum := range own {
		shares[edge] = float64(sum) / float64(max(total, 1))
	}
	return shares
}

// rank is the q-quantile of sorted durations by nearest rank.
func rank(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[max(int(math.Ceil(q*float64(len(sorted))))-1, 0)]
}

// sortEdges puts those from outside first, then sorts by name.
func sortEdges(all []EdgeShare) { slices.SortFunc(all, byEdge) }

func byEdge(a, b EdgeShare) int {
	if x, y := strings.HasPrefix(a.Edge, "entry->"), strings.HasPrefix(b.Edge, "entry->"); x != y {
		if x {
			return -1
		}
		return 1
	}
	return strings.Compare(a.Edge, b.Edge)
}
