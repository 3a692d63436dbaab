package report

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/google/go-cmp/cmp"
)

// busy is the report of a load of two flows through a system that stands
// still for two seconds, and breaks a contract at high rates.
func busy(t testing.TB) *Document {
	t.Helper()
	chance := rand.New(rand.NewPCG(4, 2))
	l := Load{
		Scenario: "customers", Target: "http://127.0.0.1:1/", DurationS: 60, IntendedRate: 110, AchievedRate: 110, Valid: true,
		Service: map[string]float64{}, ScheduleError: map[string]float64{"p50": 4, "p99": 31, "max": 90}, ErrorsByClass: map[string]int64{},
		Flows: []LoadFlow{{Flow: "buy", Begun: 900, Completed: 860, Failed: 38, Unfinished: 2}},
		Steps: []LoadStep{
			{Flow: "buy", Step: "browse", Requests: 900, Latency: map[string]float64{"p50": 4, "p90": 8, "p99": 40, "p999": 1500, "max": 2000}},
			{Flow: "buy", Step: "pay " + hostile, Requests: 870, Errors: 38, Failed: map[string]int64{"paid": 30}, Latency: map[string]float64{"p50": 9, "p90": 20, "p99": 90, "p999": 1700, "max": 2000},
				Objectives: []Objective{{Text: "p99<50ms", Result: CaseFailed, Measured: "90ms"}}},
		},
		Edges: []EdgeShare{{Edge: "entry->shop", Requests: 1770, P50: 6, P90: 12, P99: 60, Max: 2000, ShareP50: .3, ShareP99: .1}}, Slowest: []string{},
	}
	latency, service := hdrhistogram.New(1, 600e9, 3), hdrhistogram.New(1, 600e9, 3)
	for at := range 60 {
		rate := 20 + 3*at
		one := LoadInterval{AtS: float64(at), ForS: 1, Due: float64(rate), ErrorsByClass: map[string]int64{}}
		h := hdrhistogram.New(1, 600e9, 2)
		for n := range rate {
			took := 4e6 * math.Exp(.35*chance.NormFloat64()+float64(at)/60)
			wait := max(22e9-float64(at)*1e9-float64(n)/float64(rate)*1e9, 0)
			if at < 20 {
				wait = 0
			}
			for _, err := range []error{h.RecordValue(int64(took + wait)), latency.RecordValue(int64(took + wait)), service.RecordValue(int64(took))} {
				if err != nil {
					t.Fatal(err)
				}
			}
			one.Requests++
			switch {
			case at > 40 && chance.Float64() < .06:
				one.ErrorsByClass["status"]++
			case at == 20 && n%3 == 0:
				one.ErrorsByClass["timeout"]++
			default:
				continue
			}
			one.Errors++
		}
		one.Latency, one.LatencyHDR = quantilesIn(h), encoded(t, h)
		for class, n := range one.ErrorsByClass {
			l.ErrorsByClass[class] += n
		}
		l.Requests, l.Errors = l.Requests+one.Requests, l.Errors+one.Errors
		l.Intervals = append(l.Intervals, one)
	}
	l.Latency, l.Service = quantilesIn(latency), quantilesIn(service)
	l.LatencyHDR, l.ServiceHDR = encoded(t, latency), encoded(t, service)
	return &Document{
		Seam: Format, Verb: "load", System: "shop", Verdict: Failed, Started: time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC), Duration: 61, Load: []Load{l, closed(t)},
		Coverage: []Coverage{{Edge: "shop->payments", Phase: "load", Contracts: 1, Conforming: 3000, Violating: 60, Interactions: 2, Shown: 2, Violations: []Violation{
			{Interaction: "a charge", Status: 200, Count: 60, TraceID: "4bf92f3577b34da6a3ce929d0e0e4736", Onset: &Onset{Rate: 150, Below: .001, Above: .0213}},
		}}},
	}
}

// closed is a load as fast as answers came, without an error.
func closed(t testing.TB) Load {
	t.Helper()
	chance := rand.New(rand.NewPCG(5, 5))
	l := Load{Scenario: "as fast as 4 connections go", Requests: 150, AchievedRate: 50, DurationS: 3, Valid: true, Latency: map[string]float64{}, Service: map[string]float64{}, Edges: []EdgeShare{}, Slowest: []string{}}
	for at := range 3 {
		one := coarse(t, chance, at, .8)
		one.Due, one.Latency = 0, map[string]float64{"p50": .8, "p99": 1.6}
		l.Intervals = append(l.Intervals, one)
	}
	return l
}

func quantilesIn(h *hdrhistogram.Histogram) map[string]float64 {
	at := func(q float64) float64 { return inMs(h.ValueAtQuantile(q)) }
	return map[string]float64{"p50": at(50), "p90": at(90), "p99": at(99), "p999": at(99.9), "max": inMs(h.Max())}
}

func encoded(t testing.TB, h *hdrhistogram.Histogram) string {
	t.Helper()
	text, err := h.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestALoadIsDrawn(t *testing.T) {
	var b bytes.Buffer
	if err := HTML(&b, busy(t)); err != nil {
		t.Fatal(err)
	}
	golden(t, "load.html.golden", b.Bytes())
	parsePage(t, &b)
}

// Every place of every path is within the picture, whatever the figures are.
func TestChartsStayWithinTheirPicture(t *testing.T) {
	documents := map[string]Load{"busy": busy(t).Load[0], "closed": closed(t)}
	long := busy(t).Load[0]
	for i := range 540 {
		more := long.Intervals[i%60]
		more.AtS = float64(60 + i)
		long.Intervals = append(long.Intervals, more)
	}
	documents["600 intervals"] = long
	odd := closed(t)
	odd.Intervals[1].Requests, odd.Intervals[1].Due, odd.Intervals[2].LatencyHDR, odd.Errors = -5, 1e300, "?", 7
	documents["odd figures"] = odd
	for name, l := range documents {
		drawn := l.Charts()
		if drawn == nil {
			t.Fatalf("%s: nothing is drawn", name)
		}
		if len(drawn.Columns) > mostColumns {
			t.Errorf("%s: %d columns", name, len(drawn.Columns))
		}
		for _, c := range drawn.Charts {
			for _, m := range c.Marks {
				within(t, name+": "+c.Title, m.Path)
			}
			for _, line := range append(c.Down, c.Along...) {
				if line.At < 0 || line.At > chartWidth || line.Label == "" {
					t.Errorf("%s: %s: %+v", name, c.Title, line)
				}
			}
		}
	}
	none := Load{Requests: 1}
	if drawn := none.Charts(); drawn != nil {
		t.Errorf("of nothing: %+v", drawn)
	}
}

var places = regexp.MustCompile(`([MLHV])([-0-9.eE+NaIf]+)(?: ([-0-9.eE+NaIf]+))?`)

func within(t *testing.T, name, path string) {
	t.Helper()
	for _, m := range places.FindAllStringSubmatch(path, -1) {
		for i, text := range m[2:] {
			v, err := strconv.ParseFloat(text, 64)
			across := i == 0 && m[1] != "V"
			if text != "" && (err != nil || math.IsNaN(v) || v < -.1 || v > chartWidth || !across && v > chartHeight) {
				t.Fatalf("%s: %s is outside", name, m[0])
			}
		}
	}
}

// No request is lost on the way to the heat map's columns, and the errors of
// the stack are those of the run.
func TestColumnsHoldWhatTheIntervalsHold(t *testing.T) {
	l := busy(t).Load[0]
	for i := range 140 {
		more := l.Intervals[i%60]
		more.AtS = float64(60 + i)
		l.Intervals = append(l.Intervals, more)
	}
	all := l.columns()
	var requests, bars, errors, want int64
	end := 0.0
	for i := range all {
		if all[i].AtS != end {
			t.Errorf("column %d begins at %v, not %v", i, all[i].AtS, end)
		}
		end = all[i].AtS + all[i].ForS
		requests, errors = requests+all[i].Requests, errors+all[i].Errors
		for _, bar := range all[i].bars {
			bars += bar.Count
		}
	}
	for i := range l.Intervals {
		want += l.Intervals[i].Requests
	}
	if requests != want || bars != want || end != 200 {
		t.Errorf("%d requests and %d in bars, want %d; %v s", requests, bars, want, end)
	}
	drawn, total := kindsOf(all), 0.0
	for i := range all {
		for _, n := range perKind(&all[i], drawn) {
			total += n
		}
	}
	if diff := cmp.Diff([]string{"status", "timeout"}, drawn); diff != "" || total != float64(errors) {
		t.Errorf("%v errors of %d are drawn: %s", total, errors, diff)
	}
}

func TestAxesHaveRoundFigures(t *testing.T) {
	labels := func(lines []gridline) (all []string) {
		for _, line := range lines {
			all = append(all, line.Label)
		}
		return all
	}
	of := func(_ axis, lines []gridline) string { return strings.Join(labels(lines), " | ") }
	for got, want := range map[string]string{
		of(spanAxis(.3, 2.5)):      "200 µs | 500 µs | 1 ms | 2 ms | 5 ms",
		of(spanAxis(1, 1)):         "500 µs | 1 ms | 2 ms | 5 ms",
		of(spanAxis(.07, 2200)):    "100 µs | 1 ms | 10 ms | 100 ms | 1 s",
		of(countAxis(0)):           "0 | 1e-06",
		of(countAxis(197)):         "0 | 50 | 100 | 150 | 200",
		of(countAxis(21000)):       "0 | 10,000 | 20,000 | 30,000",
		of(timeAxis(0, 60)):        "0 s | 15 s | 30 s | 45 s | 60 s",
		of(timeAxis(0, 2)):         "0 s | 0.5 s | 1 s | 1.5 s | 2 s",
		of(timeAxis(30, 1830)):     "10 min | 20 min | 30 min",
		of(timeAxis(0, 4*24*3600)): "0 h | 24 h | 48 h | 72 h | 96 h",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// Whatever the ends are, the axis holds them, and has a few lines.
func FuzzSpanAxis(f *testing.F) {
	f.Add(.3, 2.5)
	f.Add(1e-6, 6e5)
	f.Add(0., 0.)
	f.Fuzz(func(t *testing.T, least, most float64) {
		if !(least >= 0 && least <= most && most < 1e9) {
			return
		}
		a, lines := spanAxis(least, most)
		if a.low > max(least, 1e-6)*(1+1e-6) || a.high < most*(1-1e-6) || len(lines) < 1 || len(lines) > 24 {
			t.Errorf("%v to %v: %+v, %s", least, most, a, fmt.Sprint(lines))
		}
	})
}
