package load

import (
	"math"
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/google/go-cmp/cmp"
)

// A course of any length stays within its bound and loses no request: each
// interval is as long as the others, and its quantiles are those of all that
// came in it.
func TestACourseOfAnyLengthIsBounded(t *testing.T) {
	var c course
	c.prepare()
	const seconds = 5*mostIntervals + 1
	seen := newCounts()
	for i := range seconds {
		seen.reset()
		seen.put(time.Duration(i+1) * time.Microsecond)
		seen.put(time.Second)
		c.add(Interval{At: time.Duration(i) * time.Second, For: time.Second, Due: 2, Requests: 2, Latency: seen.quantiles()}, seen)
		if len(c.stretches) > mostIntervals {
			t.Fatalf("%d intervals after %d seconds", len(c.stretches), i+1)
		}
	}
	var requests int64
	var end time.Duration
	for i, got := range c.intervals() {
		if got.At != end || (got.For != 8*time.Second && i < len(c.stretches)-1) {
			t.Fatalf("interval %d begins at %s and lasts %s", i, got.At, got.For)
		}
		end = got.At + got.For
		requests += got.Requests
		h, err := hdrhistogram.Decode([]byte(got.LatencyHDR))
		if err != nil || h.TotalCount() != got.Requests || got.Due != float64(got.Requests) {
			t.Fatalf("interval %d holds %d of %d requests: %v", i, h.TotalCount(), got.Requests, err)
		}
		if p50 := time.Duration(h.ValueAtQuantile(50)); math.Abs(float64(p50-got.Latency.P50)) > .02*float64(p50) || got.Latency.P90 < 980*time.Millisecond {
			t.Fatalf("interval %d: %+v, but its histogram has the p50 %s", i, got.Latency, p50)
		}
	}
	if requests != 2*seconds || end != seconds*time.Second {
		t.Errorf("%d requests in %s", requests, end)
	}
}

// Latencies of every size, for hours: no stretch holds more than it may, and
// what it says of its quantiles stays near.
func TestACourseOfAllLatenciesIsBounded(t *testing.T) {
	var c course
	c.prepare()
	seen := newCounts()
	random := rand.New(rand.NewPCG(1, 2))
	const looks, each = 2*mostIntervals + 1, 500
	for i := range looks {
		seen.reset()
		for range each {
			seen.put(time.Duration(math.Exp(random.Float64() * math.Log(float64(time.Minute)))))
		}
		c.add(Interval{At: time.Duration(i) * time.Second, For: time.Second, Requests: each, Latency: seen.quantiles()}, seen)
	}
	var requests int64
	for i := range c.stretches {
		s := &c.stretches[i]
		if len(s.tallies) > mostTallies || cap(s.tallies) > mostTallies {
			t.Fatalf("a stretch holds %d values in room for %d", len(s.tallies), cap(s.tallies))
		}
		for _, tally := range s.tallies {
			requests += tally.count
		}
		if want := math.Sqrt(float64(time.Minute)); float64(s.Latency.P50) < .3*want || float64(s.Latency.P50) > 3*want {
			t.Errorf("the p50 is %s, want about %s", s.Latency.P50, time.Duration(want))
		}
	}
	if requests != looks*each || len(c.spare)+len(c.stretches) != mostIntervals+1 {
		t.Errorf("%d requests, room for %d more", requests, len(c.spare))
	}
}

func TestWhatIsDueByATime(t *testing.T) {
	for _, test := range []struct {
		reason string
		job    Job
		at     time.Duration
		want   float64
	}{
		{"a rate", Job{Rate: 100, For: 10 * time.Second}, 2500 * time.Millisecond, 250},
		{"a rate with warm-up", Job{Rate: 100, For: time.Second, WarmUp: time.Second}, 1500 * time.Millisecond, 150},
		{"the end", Job{Rate: 100, For: time.Second}, time.Hour, 100},
		{"half a ramp", Job{Stages: []Stage{{0, 100, 2 * time.Second}}, For: 2 * time.Second}, time.Second, 25},
		{"a step after a warm-up", Job{Stages: []Stage{{10, 10, time.Second}, {50, 50, time.Second}}, For: 2 * time.Second, WarmUp: time.Second}, 2500 * time.Millisecond, 45},
		{"recorded times", Job{Times: []time.Duration{3, 1, 2}, For: time.Second}, 3, 2},
		{"the closed model", Job{Connections: 8, For: time.Second}, time.Second, 0},
	} {
		if got := test.job.dueBy(test.at); math.Abs(got-test.want) > 1e-9 {
			t.Errorf("%s: %v, want %v", test.reason, got, test.want)
		}
	}
}

// What is told of on the way adds up to what the summary says.
func TestProgressAddsUpToTheSummary(t *testing.T) {
	for reason, job := range map[string]Job{
		"open":   {Rate: 200, For: 1200 * time.Millisecond, WarmUp: 100 * time.Millisecond, Name: "x", Histograms: true},
		"closed": {Connections: 2, For: 1200 * time.Millisecond, Name: "x", Histograms: true},
	} {
		var told []Progress
		job.Progress = func(p Progress) { told = append(told, p) }
		s := run(t, job, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
		last := told[len(told)-1]
		if len(told) < 2 || !last.Over || told[0].Over || last.Requests != s.Requests || last.Classes["status"] != s.Errors || last.Name != "x" {
			t.Errorf("%s: %+v, but the summary is %+v", reason, told, s)
		}
		var latency, service, intervals int64
		due := 0.0
		for _, p := range told {
			due += p.Due
			latency, service = latency+countOf(t, p.LatencyHDR), service+countOf(t, p.ServiceHDR)
		}
		for _, i := range s.Intervals {
			intervals += i.Requests
		}
		if latency != s.Requests || service != s.Requests || intervals != s.Requests || countOf(t, s.LatencyHDR) != s.Requests || countOf(t, s.ServiceHDR) != s.Requests {
			t.Errorf("%s: told of %d and %d, intervals of %d, of %d requests", reason, latency, service, intervals, s.Requests)
		}
		if most := job.Rate * job.For.Seconds(); due > most+1e-6 || due < most-1-1e-6 { // it is over when the last was answered
			t.Errorf("%s: %v were due after the warm-up, want %v", reason, due, most)
		}
		if reason == "open" && (told[0].Intended < 190 || told[0].Late.P99 <= 0) {
			t.Errorf("%+v", told[0])
		}
	}
}

func countOf(t *testing.T, text string) int64 {
	t.Helper()
	if text == "" {
		return 0
	}
	h, err := hdrhistogram.Decode([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return h.TotalCount()
}

// What went wrong is told by class, in intervals that were merged too, and
// classes without end fill no memory.
func TestACourseTellsErrorsByClass(t *testing.T) {
	var c course
	c.prepare()
	seen := newCounts()
	before := map[string]int64{}
	for i := range mostIntervals + 2 {
		now := map[string]int64{"timeout": int64(i / 2), "status": 3}
		c.add(Interval{At: time.Duration(i) * time.Second, For: time.Second, Classes: cameSince(now, before)}, seen)
		before = now
	}
	all := c.intervals()
	if diff := cmp.Diff(map[string]int64{"status": 3}, all[0].Classes); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]int64{"timeout": 1}, all[1].Classes); diff != "" {
		t.Error(diff)
	}
	many, total := map[string]int64{}, int64(0)
	for i := range 100 {
		many[string(rune('0'+i))] = 2
	}
	folds := folded(folded(nil, many), many)
	for _, n := range folds {
		total += n
	}
	if len(folds) > mostClasses || total != 400 || folds[otherClass] == 0 || cameSince(many, many) != nil {
		t.Errorf("%d classes of %d errors: %v", len(folds), total, folds)
	}
}
