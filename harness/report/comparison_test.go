package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/google/go-cmp/cmp"

	"github.com/seamtest/seam/harness/load/compare"
)

// coarse is an interval of a run: lognormal latencies around ms milliseconds.
func coarse(t testing.TB, chance *rand.Rand, at int, ms float64) LoadInterval {
	t.Helper()
	const requests = 50
	h := hdrhistogram.New(1, 600e9, 2)
	for range requests {
		if err := h.RecordValue(int64(ms * 1e6 * math.Exp(.3*chance.NormFloat64()))); err != nil {
			t.Fatal(err)
		}
	}
	text, err := h.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
	if err != nil {
		t.Fatal(err)
	}
	return LoadInterval{AtS: float64(at), ForS: 1, Due: requests, Requests: requests, LatencyHDR: string(text)}
}

// measured is the report of a load of 20 seconds, read as from a file; chance
// goes by the first letter of its name.
func measured(t testing.TB, name string, ms float64, change func(*Document)) Loaded {
	t.Helper()
	l := Load{
		Scenario: "orders", Target: "http://127.0.0.1:1/", Plan: map[string]string{"arrivals": "50/s", "requests": "GET /", "length": "20s"},
		DurationS: 20, Valid: true, Edges: []EdgeShare{}, Slowest: []string{},
	}
	chance := rand.New(rand.NewPCG(uint64(name[0]), 1))
	for at := range 20 {
		l.Intervals = append(l.Intervals, coarse(t, chance, at, ms))
	}
	doc := &Document{Seam: Format, Verb: "load", Verdict: Passed, Load: []Load{l}}
	if change != nil {
		change(doc)
	}
	var text bytes.Buffer
	if err := JSON(&text, doc); err != nil {
		t.Fatal(err)
	}
	one, err := ReadLoaded(name, &text)
	if err != nil {
		t.Fatal(err)
	}
	return one
}

func TestALoadThatBecameSlowerIsARegression(t *testing.T) {
	a, b := []Loaded{measured(t, "a.json", 10, nil)}, []Loaded{measured(t, "b.json", 13, func(d *Document) { d.Load[0].Target = "http://127.0.0.1:2/" })}
	for verdict, sides := range map[compare.Verdict][2][]Loaded{
		compare.Regression: {a, b}, compare.Improvement: {b, a}, compare.Inconclusive: {a, a},
	} {
		c, err := Compare(sides[0], sides[1], compare.Settings{Threshold: .05})
		if err != nil || c.Verdict != verdict {
			t.Errorf("%+v, %v; want %s", c, err, verdict)
		}
	}
	c, err := Compare(a, a, compare.Settings{Threshold: .5})
	if err != nil || c.Verdict != compare.NoDifference {
		t.Errorf("half more is excluded: %+v, %v", c, err)
	}
	if c, err = Compare(a, b, compare.Settings{Threshold: .05}); err != nil {
		t.Fatal(err)
	}
	if p50 := c.Scenarios[0].Measures[0]; p50.Low > 30 || p50.High < 30 || math.Abs(p50.A-10) > 1 {
		t.Errorf("the median of 10 ms became 13 ms, told as %+v", p50)
	}
	for format, name := range map[string]string{"text": "compare.txt.golden", "markdown": "compare.md.golden"} {
		var text bytes.Buffer
		if err := c.Write(&text, format, Style{}); err != nil {
			t.Fatal(err)
		}
		golden(t, name, text.Bytes())
	}
	var text bytes.Buffer
	var again Comparison
	if err := c.Write(&text, "json", Style{}); err != nil || json.Unmarshal(text.Bytes(), &again) != nil || !cmp.Equal(*c, again) {
		t.Errorf("through JSON: %v, %s", err, cmp.Diff(*c, again))
	}
	if err := c.Write(io.Discard, "html", Style{}); err == nil || !strings.Contains(err.Error(), "not as html") {
		t.Errorf("as html: %v", err)
	}
}

func TestReportsWithSeveralLoadsAreComparedByName(t *testing.T) {
	both := func(slower bool) func(*Document) {
		return func(d *Document) {
			other := measured(t, "other", map[bool]float64{false: 10, true: 20}[slower], nil).Load[0]
			other.Scenario = "carts"
			d.Load = []Load{other, d.Load[0]}
			if slower {
				d.Load[0], d.Load[1] = d.Load[1], d.Load[0]
			}
		}
	}
	a, b := measured(t, "a.json", 10, both(false)), measured(t, "b.json", 10, both(true))
	c, err := Compare([]Loaded{a}, []Loaded{b}, compare.Settings{Threshold: .1})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]compare.Verdict{}
	for _, r := range c.Scenarios {
		got[r.Scenario] = r.Verdict
	}
	if diff := cmp.Diff(map[string]compare.Verdict{"carts": compare.Regression, "orders": compare.Inconclusive}, got); diff != "" || c.Verdict != compare.Regression {
		t.Errorf("verdict %s, %s", c.Verdict, diff)
	}
	one := measured(t, "one.json", 10, nil)
	c, err = Compare([]Loaded{one}, []Loaded{b}, compare.Settings{})
	if err != nil || len(c.Scenarios) != 1 || !cmp.Equal(c.Notes, []string{"b.json has loads that one.json has not; they are not compared"}) {
		t.Errorf("%+v, %v", c, err)
	}
	one.Load = append(one.Load[:1:1], b.Load[1])
	one.Load[1].Scenario = "extra"
	if c, err = Compare([]Loaded{a}, []Loaded{one}, compare.Settings{}); err == nil || !strings.Contains(err.Error(), `one.json has no load "carts", which a.json has`) {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestReportsThatCannotBeCompared(t *testing.T) {
	for want, change := range map[string]func(*Document){
		"b.json: orders is INVALID, so it says nothing: no CPU":         func(d *Document) { d.Load[0].Valid, d.Load[0].WhyInvalid = false, "no CPU" },
		"b.json: orders was aborted: errors<1%":                         func(d *Document) { d.Load[0].Aborted = "errors<1%" },
		"does not tell its plan":                                        func(d *Document) { d.Load[0].Plan = nil },
		"has no histograms of its intervals":                            func(d *Document) { d.Load[0].Intervals = nil },
		"has 601 intervals":                                             func(d *Document) { d.Load[0].Intervals = make([]LoadInterval, 601) },
		"arrivals: 50/s in a.json, 60/s in b.json":                      func(d *Document) { d.Load[0].Plan["arrivals"] = "60/s" },
		"protocol: none in a.json, h2 in b.json":                        func(d *Document) { d.Load[0].Plan["protocol"] = "h2" },
		"histogram of interval 3: it is no compressed HdrHistogram":     func(d *Document) { d.Load[0].Intervals[2].LatencyHDR = "?" },
		"interval 4 has no length":                                      func(d *Document) { d.Load[0].Intervals[3].ForS = 0 },
		"side B is one run of 7 intervals; a run that stands alone ":    func(d *Document) { d.Load[0].Intervals = d.Load[0].Intervals[:7] },
		"it has 5 significant digits up to 24h0m0s; at most 3 up to 24": func(d *Document) { d.Load[0].Intervals[0].LatencyHDR = fine(t) },
	} {
		a, b := measured(t, "a.json", 10, nil), measured(t, "b.json", 10, change)
		if c, err := Compare([]Loaded{a}, []Loaded{b}, compare.Settings{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v, %+v", want, err, c)
		}
	}
	for text, want := range map[string]string{
		`{`: "x is no JSON report", `{"seam":9}`: "format 9; this seam reads 1", fmt.Sprintf(`{"seam":%d}`, Format): "x has no load",
	} {
		if _, err := ReadLoaded("x", strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
	endless := io.MultiReader(strings.NewReader(`{"system":"`), fill('x'))
	if _, err := ReadLoaded("x", endless); err == nil || !strings.Contains(err.Error(), "more than 64 MiB") {
		t.Errorf("an endless report: %v", err)
	}
}

// fine is a histogram that would take too much room.
func fine(t testing.TB) string {
	t.Helper()
	text, err := hdrhistogram.New(1, longestShot, 5).Encode(hdrhistogram.V2CompressedEncodingCookieBase)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// fill is a reader without end.
type fill byte

func (f fill) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(f)
	}
	return len(p), nil
}

// FuzzReadLoaded reads anything as a report, and compares what it is with itself.
func FuzzReadLoaded(f *testing.F) {
	var text bytes.Buffer
	if err := JSON(&text, measured(f, "a", 10, nil).Document); err != nil {
		f.Fatal(err)
	}
	f.Add(text.Bytes())
	f.Add([]byte(`{"seam":1,"load":[{"valid":true,"plan":{"a":"b"},"intervals":[{"for_s":1,"errors":9223372036854775807}]}]}`))
	f.Add([]byte(`{"seam":1,"load":[{"valid":true,"plan":{"a":"b"},"intervals":[{"for_s":1e300,"latency_hdr":"` + fine(f) + `"}]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		one, err := ReadLoaded("x", bytes.NewReader(data))
		if err != nil {
			return
		}
		c, err := Compare([]Loaded{one, one}, []Loaded{one, one}, compare.Settings{})
		if err != nil {
			return
		}
		if c.Verdict == compare.Regression || c.Verdict == compare.Improvement {
			t.Errorf("a report differs from itself: %+v", c)
		}
		for _, format := range []string{"text", "markdown", "json"} {
			var out bytes.Buffer
			if err := c.Write(&out, format, Style{}); err != nil {
				t.Fatal(err)
			}
			switch {
			case format == "json" && !json.Valid(out.Bytes()):
				t.Errorf("no JSON: %s", out.String())
			case format == "text":
				inertText(t, out.String())
			}
		}
	})
}
