package finding_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seamtest/seam/harness/finding"
	"github.com/seamtest/seam/harness/trace"
	"github.com/seamtest/seam/harness/trace/tracetest"
)

// A station of a simulated system is a service: so many servers with one
// queue, as the theory of queues has them.
type station struct {
	edge    string
	servers int
	service time.Duration // mean
	fixed   bool          // always that long; else exponential
	limit   time.Duration // a longer wait fails at once; 0: none
	pool    int           // connections to it; the caller waits for a free one; 0: as many as it wants
}

func (s *station) capacity() float64 { return float64(s.servers) / s.service.Seconds() }

// A model is a chain of stations under a rate that rises from one to another.
type model struct {
	stations []station
	from, to float64
	over     time.Duration
	poisson  bool
	seed     uint64
}

func (m *model) rate(at time.Duration) float64 {
	return m.from + (m.to-m.from)*min(float64(at)/float64(m.over), 1)
}

// arrivals by thinning of a process at the highest rate, or evenly.
func (m *model) arrivals(r *rand.Rand) []time.Duration {
	var all []time.Duration
	if !m.poisson {
		for at := time.Duration(0); at < m.over; at += time.Duration(float64(time.Second) / m.rate(at)) {
			all = append(all, at)
		}
		return all
	}
	most := max(m.from, m.to)
	for at := time.Duration(0); at < m.over; at += time.Duration(r.ExpFloat64() / most * float64(time.Second)) {
		if r.Float64() < m.rate(at)/most {
			all = append(all, at)
		}
	}
	return all
}

// run simulates the model and hands every exchange to a meter.
func (m *model) run() *finding.Meter {
	r := rand.New(rand.NewPCG(m.seed, 7))
	arrivals := m.arrivals(r)
	n := len(arrivals)
	begins := make([][]time.Duration, len(m.stations))
	ends := make([]time.Duration, n)
	failed := make([]int, n) // the station that failed, from 1; 0: none
	at := arrivals
	for i, s := range m.stations {
		done := s.serve(at, failed, i+1, r)
		begins[i] = s.connected(at, done)
		at = done
	}
	copy(ends, at)
	meter := finding.NewMeter(tracetest.Epoch)
	for k := range n {
		var id trace.ID
		binary.BigEndian.PutUint64(id[8:], uint64(k+1))
		for i := len(m.stations) - 1; i >= 0; i-- {
			if failed[k] > 0 && i > failed[k]-1 {
				continue // it was never called
			}
			meter.Add(finding.Call{
				Edge: m.stations[i].edge, Trace: id, Span: trace.SpanID{byte(i + 1)}, Parent: trace.SpanID{byte(i)}, What: "GET /", Start: tracetest.Epoch.Add(begins[i][k]),
				Took: ends[k] - begins[i][k], Failed: failed[k] > 0,
			})
		}
	}
	return meter
}

func (s *station) serve(arrivals []time.Duration, failed []int, number int, r *rand.Rand) []time.Duration {
	order := inOrder(arrivals)
	free := make([]time.Duration, s.servers)
	done := make([]time.Duration, len(arrivals))
	for _, k := range order {
		done[k] = arrivals[k]
		if failed[k] > 0 {
			continue
		}
		next := slices.Index(free, slices.Min(free))
		begin := max(arrivals[k], free[next])
		if s.limit > 0 && begin-arrivals[k] > s.limit {
			failed[k] = number
			continue
		}
		service := s.service
		if !s.fixed {
			service = time.Duration(r.ExpFloat64() * float64(service))
		}
		free[next] = begin + service
		done[k] = free[next]
	}
	return done
}

// connected says when each call begins: as soon as a connection of the pool is
// free, which changes nothing about when it is done.
func (s *station) connected(arrivals, done []time.Duration) []time.Duration {
	begins := slices.Clone(arrivals)
	order := inOrder(arrivals)
	for n := s.pool; s.pool > 0 && n < len(order); n++ {
		begins[order[n]] = max(arrivals[order[n]], done[order[n-s.pool]])
	}
	return begins
}

func inOrder(arrivals []time.Duration) []int {
	order := make([]int, len(arrivals))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return int(arrivals[a] - arrivals[b]) })
	return order
}

func chain(narrow int, fixed bool) []station {
	all := []station{{edge: "entry->gateway"}, {edge: "gateway->orders"}, {edge: "orders->payments"}}
	for i := range all {
		all[i].servers, all[i].service, all[i].fixed = 8, 10*time.Millisecond, fixed // 800/s
		if i == narrow {
			all[i].servers, all[i].service = 1, 5*time.Millisecond // 200/s
		}
	}
	return all
}

// The service of known capacity is found, at a rate near to it, whatever the
// arrivals and the times of service are.
func TestTheNarrowestServiceSaturatesFirst(t *testing.T) {
	for _, poisson := range []bool{false, true} {
		for _, fixed := range []bool{false, true} {
			t.Run(fmt.Sprintf("poisson %v, fixed %v", poisson, fixed), func(t *testing.T) {
				lowest, highest := math.Inf(1), 0.0
				for seed := range uint64(12) {
					m := model{stations: chain(int(seed%3), fixed), from: 20, to: 300, over: 20 * time.Second, poisson: poisson, seed: seed}
					got, found := m.run().Saturates(m.rate)
					narrow := m.stations[seed%3]
					if !found || got.Edge != narrow.edge {
						t.Errorf("seed %d: %v %+v, wanted %s", seed, found, got, narrow.edge)
						continue
					}
					part := got.Rate / narrow.capacity()
					lowest, highest = min(lowest, part), max(highest, part)
					if part < 0.5 || part > 1.15 {
						t.Errorf("seed %d: at %.0f/s of a capacity of %.0f/s", seed, got.Rate, narrow.capacity())
					}
				}
				t.Logf("found at %.2f to %.2f of the capacity", lowest, highest)
			})
		}
	}
}

// Whoever calls a service that is full waits for one of its few connections to
// it: its own time grows without bound, but it is not the cause.
func TestACallerThatWaitsForAConnectionDoesNotSaturateFirst(t *testing.T) {
	for _, pool := range []int{8, 64} {
		for seed := range uint64(6) {
			stations := chain(int(1+seed%2), true)
			narrow := &stations[1+seed%2]
			narrow.pool = pool
			m := model{stations: stations, from: 20, to: 300, over: 20 * time.Second, poisson: seed%4 < 2, seed: seed}
			if got, found := m.run().Saturates(m.rate); !found || got.Edge != narrow.edge {
				t.Errorf("%d connections, seed %d: %v %+v, wanted %s", pool, seed, found, got, narrow.edge)
			}
		}
	}
}

// Who departs first is found, though what it calls departs later. Of those
// that depart together the one below is the cause, however much longer its
// caller takes; of two that call each other neither is below.
func TestOfACallerAndWhatItCallsTheCauseIsFound(t *testing.T) {
	for _, row := range []struct {
		reason, below string
		from          float64 // the rate at which the call below departs; a->b does at 150/s
		want          string
	}{
		{"what it calls departs later", "b->c", 250, "a->b"},
		{"what it calls departs with it", "b->c", 150, "b->c"},
		{"they call each other", "b->a", 150, "a->b"},
	} {
		m := finding.NewMeter(tracetest.Epoch)
		rate := func(at time.Duration) float64 { return 20 + 28*at.Seconds() }
		n := uint64(0)
		for at := time.Duration(0); at < 10*time.Second; at += time.Duration(float64(time.Second) / rate(at)) {
			own := map[string]time.Duration{"entry->a": 2, "a->b": 2, row.below: 2}
			if rate(at) > 150 {
				own["a->b"] = 80
			}
			if rate(at) > row.from {
				own[row.below] = 20
			}
			n++
			var id trace.ID
			binary.BigEndian.PutUint64(id[8:], n)
			took := time.Duration(0)
			for i, edge := range []string{row.below, "a->b", "entry->a"} {
				took += own[edge] * time.Millisecond
				m.Add(finding.Call{
					Edge: edge, Trace: id, Span: trace.SpanID{byte(3 - i)}, Parent: trace.SpanID{byte(2 - i)}, Start: tracetest.Epoch.Add(at), Took: took,
				})
			}
		}
		if got, found := m.Saturates(rate); !found || got.Edge != row.want || math.Abs(got.Rate-150) > 20 {
			t.Errorf("%s: %v %+v", row.reason, found, got)
		}
	}
}

func TestALoadThatAllKeepUpWithSaturatesNothing(t *testing.T) {
	for seed := range uint64(12) {
		m := model{stations: chain(2, seed%2 == 0), from: 10, to: 80, over: 20 * time.Second, poisson: true, seed: seed}
		if got, found := m.run().Saturates(m.rate); found {
			t.Errorf("seed %d: %+v", seed, got)
		}
	}
	level := model{stations: chain(2, true), from: 300, to: 300, over: 10 * time.Second}
	if got, found := level.run().Saturates(level.rate); found {
		t.Errorf("a load that does not rise: %+v", got)
	}
	if got, found := finding.NewMeter(tracetest.Epoch).Saturates(nil); found {
		t.Errorf("a load of nothing: %+v", got)
	}
}

// One that refuses in place of queueing is found by its failures.
func TestAServiceThatRefusesSaturatesToo(t *testing.T) {
	for seed := range uint64(30) {
		stations := chain(1, true)
		stations[1].limit = 2 * time.Millisecond
		m := model{stations: stations, from: 20, to: 400, over: 20 * time.Second, seed: seed}
		got, found := m.run().Saturates(m.rate)
		if !found || got.Edge != "gateway->orders" || !got.Refuses || got.Rate < 100 || got.Rate > 240 {
			t.Errorf("seed %d: %v %+v", seed, found, got)
		}
		f := got.Finding()
		if !f.Warning || !strings.HasPrefix(f.Message, "gateway->orders saturates first, at ") || !strings.Contains(f.Message, "orders fails by itself") {
			t.Errorf("%+v", f)
		}
	}
}

func TestAnOnsetIsWhereTheSharesPart(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	points := func(threshold, below, above float64) []finding.Point {
		var all []finding.Point
		for rate := 10.0; rate <= 500; rate += 10 {
			p := finding.Point{Rate: rate, All: int(rate) / 2}
			share := below
			if rate >= threshold {
				share = above
			}
			for range p.All {
				if r.Float64() < share {
					p.Of++
				}
			}
			all = append(all, p)
		}
		return all
	}
	for range 50 {
		if got := finding.FindOnset(points(300, 0, 0.05)); got.Rate < 290 || got.Rate > 330 || got.Below > 0.002 || math.Abs(got.Above-0.05) > 0.02 {
			t.Errorf("%+v", got)
		}
		if got := finding.FindOnset(points(300, 0.02, 0.02)); got.Rate != 0 || got.Above == 0 {
			t.Errorf("the same at every rate: %+v", got)
		}
	}
	if got := finding.FindOnset(nil); got != (finding.Onset{}) {
		t.Errorf("of nothing: %+v", got)
	}
	if got := finding.FindOnset(points(0, 0, 1)); got != (finding.Onset{Above: 1}) {
		t.Errorf("all: %+v", got)
	}
}
