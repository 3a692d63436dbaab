package finding_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seamtest/seam/harness/finding"
	"github.com/seamtest/seam/harness/trace"
	"github.com/seamtest/seam/harness/trace/tracetest"
)

// callsOf are the exchanges of a trace in the order in which they end.
func callsOf(t *trace.Trace) []finding.Call {
	var calls []finding.Call
	edges := t.Edges()
	for i := len(edges) - 1; i >= 0; i-- {
		s := edges[i]
		calls = append(calls, finding.Call{
			Edge: s.Edge(), Trace: t.ID, Span: s.ID, Parent: s.Parent, What: s.Name, Start: s.Start, Took: s.Duration(), Failed: s.Attr("http.response.status_code").AsInt64() >= 500,
		})
	}
	return calls
}

// The figures of a meter are those of the traces, which it does not keep.
func TestAMeterTellsWhatTheTracesWouldTell(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var text strings.Builder
	for range 3000 {
		tail := r.ExpFloat64() * 20
		if r.Float64() < 0.02 {
			tail += 400
		}
		b, end := 5+r.ExpFloat64()*10, 0.0
		end = 10 + b + tail
		fmt.Fprintf(&text, "entry->a GET / 0-%.0f 200\n  a: work 1-%.0f\n    a->b GET / 5-%.0f 200\n    a->c GET / %.0f-%.0f 200\n\n", end+5, end+4, 5+b, 5+b, end)
	}
	traces := tracetest.Read(t, text.String())
	m := finding.NewMeter(tracetest.Epoch)
	for _, tr := range traces {
		for _, c := range callsOf(tr) {
			m.Add(c)
		}
	}
	exact, got := finding.Shares(traces), m.Edges()
	if len(exact) != len(got) {
		t.Fatalf("%+v", got)
	}
	near := func(a, b time.Duration) bool {
		return math.Abs(float64(a-b)) <= 0.02*float64(b)+float64(time.Millisecond)
	}
	for i, e := range exact {
		g := got[i]
		if g.Edge != e.Edge || g.Requests != e.Requests || g.Errors != e.Errors || g.Max != e.Max || !near(g.P50, e.P50) || !near(g.P90, e.P90) || !near(g.P99, e.P99) {
			t.Errorf("%+v, wanted %+v", g, e)
		}
		if math.Abs(g.ShareP50-e.ShareP50) > 0.03 || math.Abs(g.ShareP99-e.ShareP99) > 0.03 {
			t.Errorf("shares %.3f and %.3f of %s, wanted %.3f and %.3f", g.ShareP50, g.ShareP99, g.Edge, e.ShareP50, e.ShareP99)
		}
	}
	if s := m.Stats(); s != (finding.MeterStats{Requests: 3000}) {
		t.Errorf("%+v", s)
	}
}

// An answer may reach the consumer, and the request end, before the call's own
// edge tells of it: then the time of the call is still the call's.
func TestAMeterDoesNotRestOnTheOrderInWhichEdgesTell(t *testing.T) {
	var calls []finding.Call
	for _, tr := range tracetest.Read(t, strings.Repeat("entry->a GET / 0-100 200\n  a->b GET / 10-90 200\n    b->c GET / 20-80 200\n\n", 300)) {
		calls = append(calls, callsOf(tr)...)
	}
	inOrder := finding.NewMeter(tracetest.Epoch)
	for _, c := range calls {
		inOrder.Add(c)
	}
	r := rand.New(rand.NewPCG(5, 6))
	for range 3 {
		r.Shuffle(len(calls), func(i, j int) { calls[i], calls[j] = calls[j], calls[i] })
		m := finding.NewMeter(tracetest.Epoch)
		for _, c := range calls {
			m.Add(c)
		}
		if diff := cmp.Diff(inOrder.Edges(), m.Edges()); diff != "" || m.Stats() != (finding.MeterStats{Requests: 300}) {
			t.Errorf("%+v (-in order +shuffled):\n%s", m.Stats(), diff)
		}
	}
}

func TestAMeterHangsCallsWhereTheyBelong(t *testing.T) {
	for _, row := range []struct {
		reason, text string
		want         map[string]string // shares of the p50
	}{
		{"by the span that the consumer passed on", "entry->a GET / 0-100 200\n  a->b GET / 10-90 200\n    b->c GET / 20-80 200", map[string]string{"entry->a": "0.20", "a->b": "0.20", "b->c": "0.60"}},
		{"by time where services have spans of their own", "entry->a GET / 0-100 200\n  a: x 1-99\n    a->b GET / 10-90 200\n      b: y 11-89\n        b->c GET / 20-80 200", map[string]string{"entry->a": "0.20", "a->b": "0.20", "b->c": "0.60"}},
		{"two at once", "entry->a GET / 0-100 200\n  a: x 0-100\n    a->b GET / 0-100 200\n    a->c GET / 0-60 200", map[string]string{"entry->a": "0.00", "a->b": "1.00", "a->c": "0.00"}},
		{"nobody's call takes no request's time", "entry->a GET / 0-100 200\nz->b GET / 10-90 200 orphan", map[string]string{"entry->a": "1.00", "z->b": "0.00"}},
	} {
		m := finding.NewMeter(tracetest.Epoch)
		for _, c := range callsOf(tracetest.One(t, row.text)) {
			m.Add(c)
		}
		got := map[string]string{}
		for _, e := range m.Edges() {
			got[e.Edge] = fmt.Sprintf("%.2f", e.ShareP50)
		}
		if diff := cmp.Diff(row.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", row.reason, diff)
		}
	}
}

// A retry is the same call again after it had failed, and nothing else.
func TestAMeterCountsWhatIsTriedAgain(t *testing.T) {
	request := func(tries int, failing bool, start time.Duration, n uint64) []finding.Call {
		var id trace.ID
		binary.BigEndian.PutUint64(id[8:], n)
		var calls []finding.Call
		at := start
		for i := range tries {
			calls = append(calls, finding.Call{
				Edge: "a->b", Trace: id, What: "POST /x", Start: tracetest.Epoch.Add(at), Took: time.Millisecond, Failed: failing && i < tries-1,
			})
			at += 2 * time.Millisecond
		}
		return append(calls, finding.Call{Edge: "entry->a", Trace: id, What: "GET /", Start: tracetest.Epoch.Add(start - time.Millisecond), Took: at - start + time.Millisecond})
	}
	rate := func(at time.Duration) float64 { return 20 + 40*at.Seconds() } // 20/s to 420/s in 10 s
	run := func(failing bool, tries func(rate float64) int) []finding.Amplification {
		m := finding.NewMeter(tracetest.Epoch)
		n := uint64(0)
		for at := time.Millisecond; at < 10*time.Second; at += time.Duration(float64(time.Second) / rate(at)) {
			n++
			for _, c := range request(tries(rate(at)), failing, at, n) {
				m.Add(c)
			}
		}
		return m.Amplifies(rate, map[string]float64{"a->b": 1})
	}
	got := run(true, func(rate float64) int {
		if rate > 300 {
			return 3
		}
		return 1
	})
	if len(got) != 1 || got[0].Edge != "a->b" || math.Abs(got[0].Onset.Rate-300) > 20 || got[0].Below > 1.1 || math.Abs(got[0].Above-3) > 0.3 {
		t.Errorf("%+v", got)
	} else if message := got[0].Finding().Message; !strings.Contains(message, "a calls b 3.0 times for each call that it needs above 3") {
		t.Error(message)
	}
	if got := run(true, func(float64) int { return 2 }); len(got) != 1 || got[0].Onset.Rate != 0 || got[0].Below != 1 || math.Abs(got[0].Above-2) > 0.01 {
		t.Errorf("at every rate: %+v", got)
	} else if message := got[0].Finding().Message; !strings.Contains(message, "2.0 times for each call that it needs under load (1.0 in the drive)") {
		t.Error(message)
	}
	if got := run(false, func(float64) int { return 4 }); len(got) != 0 {
		t.Errorf("calls that did not fail are no retries: %+v", got)
	}
}

func TestTriesOfTraces(t *testing.T) {
	got := finding.Tries(tracetest.Read(t, "entry->a GET / 0-100 200\n  a->b GET /x 1-10 500\n  a->b GET /x 11-20 200\n  a->c GET /x 30-40 500\n  a->c GET /y 50-60 200"))
	if diff := cmp.Diff(map[string]float64{"entry->a": 1, "a->b": 2, "a->c": 1}, got); diff != "" {
		t.Error(diff)
	}
}

// Whatever comes, a meter holds no more than its bounds.
func TestAMeterIsBounded(t *testing.T) {
	m := finding.NewMeter(tracetest.Epoch)
	const requests = 20_000
	for n := range uint64(requests) {
		var id trace.ID
		binary.BigEndian.PutUint64(id[8:], n+1)
		m.Add(finding.Call{Edge: fmt.Sprintf("a->%d", n%200), Trace: id, Start: tracetest.Epoch.Add(time.Duration(n) * time.Second), Took: time.Hour * 2})
	}
	edges := m.Edges()
	if len(edges) != 64 || edges[len(edges)-1].Edge != "others" && !strings.Contains(fmt.Sprint(edges), "others") {
		t.Errorf("%d edges are told apart", len(edges))
	}
	all := 0
	for _, e := range edges {
		all += e.Requests
	}
	if s := m.Stats(); all != requests || s.Requests != 0 || s.Lost != requests {
		t.Errorf("%d calls, %+v", all, s)
	}
	var one trace.ID
	one[0] = 1
	for range 1000 {
		m.Add(finding.Call{Edge: "a->1", Trace: one, Start: tracetest.Epoch})
	}
	m.Add(finding.Call{Edge: "entry->a", Trace: one, Start: tracetest.Epoch.Add(100 * time.Hour), Took: -1})
	if s := m.Stats(); s.Requests != 1 || s.Lost != requests+1000-256 {
		t.Errorf("%+v", s)
	}
}

// What is judged is told by interaction and by the rate of the load.
func TestBreachesByRateOfLoad(t *testing.T) {
	m := finding.NewMeter(tracetest.Epoch)
	rate := func(at time.Duration) float64 { return 20 + 40*at.Seconds() }
	n := uint64(0)
	for at := time.Duration(0); at < 10*time.Second; at += time.Duration(float64(time.Second) / rate(at)) {
		n++
		var id trace.ID
		binary.BigEndian.PutUint64(id[8:], n)
		start := tracetest.Epoch.Add(at)
		m.Add(finding.Call{Edge: "entry->a", Trace: id, Start: start, Took: time.Millisecond})
		m.Judged("entry->a", "a book", start, rate(at) > 300 && n%5 == 0)
		m.Judged("entry->a", "a list", start, n%50 == 0)
		m.Judged("entry->a", "a page", start, false)
	}
	got := m.Breaches(rate)
	if len(got) != 2 || got[0].Interaction != "a book" || got[1].Interaction != "a list" {
		t.Fatalf("%+v", got)
	}
	if o := got[0].Onset; math.Abs(o.Rate-300) > 15 || o.Below > 0.01 || math.Abs(o.Above-0.2) > 0.03 {
		t.Errorf("%+v", got[0])
	}
	if o := got[1].Onset; o.Rate != 0 || math.Abs(o.Above-0.02) > 0.003 || got[1].All != int(n) {
		t.Errorf("%+v", got[1])
	}
	for i := range 1000 {
		m.Judged("entry->a", fmt.Sprint(i), tracetest.Epoch, true)
	}
	if all := m.Breaches(rate); len(all) > 256 {
		t.Errorf("%d interactions are told apart", len(all))
	}
}

func TestAMeterTakesFromManyAtOnce(t *testing.T) {
	m := finding.NewMeter(tracetest.Epoch)
	var all sync.WaitGroup
	for worker := range uint64(4) {
		all.Go(func() {
			for n := range uint64(500) {
				var id trace.ID
				binary.BigEndian.PutUint64(id[8:], worker*1000+n+1)
				m.Add(finding.Call{Edge: "a->b", Trace: id, Start: tracetest.Epoch, Took: time.Millisecond})
				m.Add(finding.Call{Edge: "entry->a", Trace: id, Start: tracetest.Epoch, Took: 2 * time.Millisecond})
				m.Stats()
			}
		})
	}
	all.Wait()
	for _, e := range m.Edges() {
		if e.Requests != 2000 || math.Abs(e.ShareP99-0.5) > 0.01 {
			t.Errorf("%+v", e)
		}
	}
}

func BenchmarkMeter(b *testing.B) {
	calls := callsOf(tracetest.One(b, "entry->a GET / 0-100 200\n  a->b GET / 0-60 200\n    b->c GET / 1-9 200\n  a->c GET / 60-90 200"))
	m := finding.NewMeter(tracetest.Epoch)
	b.ReportAllocs()
	for b.Loop() {
		for _, c := range calls {
			m.Add(c)
		}
	}
}
