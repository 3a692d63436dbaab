package load

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestRecordedTimesAreRead(t *testing.T) {
	const ms = time.Millisecond
	for _, test := range []struct {
		reason, text string
		want         []time.Duration
		wrong        string
	}{
		{"seconds", "0\n0.25\n1.5\n", []time.Duration{0, 250 * ms, 1500 * ms}, ""},
		{"in any order, with blank lines and comments", "# of Monday\n2\n\n 0.5 \r\n", []time.Duration{500 * ms, 2000 * ms}, ""},
		{"a column", "method,time,path\nGET,0.1,/\nPUT,0.2,/x\n", []time.Duration{100 * ms, 200 * ms}, ""},
		{"a column alone", "\"time\"\n\"0.1\"\n", []time.Duration{100 * ms}, ""},
		{"dates count from the first", "time\n2026-11-23T10:00:01.5Z\n2026-11-23T11:00:01+01:00\n", []time.Duration{0, 500 * ms}, ""},
		{"seconds since 1970 too", "1764000000.25\n1764000001\n", []time.Duration{0, 750 * ms}, ""},
		{"a word", "0\nsoon\n", nil, `line 2: "soon" is no time`},
		{"another column", "at\n0\n", nil, `line 1: "at" is no time`},
		{"a row that is short", "a,time\n1,2\n1\n", nil, "line 3 has no column"},
		{"before the start", "-1\n", nil, "no time of a run"},
		{"no number", "NaN\n", nil, "no time of a run"},
		{"never", "1e300\n", nil, "no time of a run"},
		{"both kinds", "0.1\n1764000000\n", nil, "line 2: some times are dates"},
		{"nothing", "time\n", nil, "no arrival time"},
		{"a line without end", strings.Repeat("1", mostTimeLine+1), nil, "longer than"},
	} {
		got, err := ReadTimes(strings.NewReader(test.text))
		if (err == nil) != (test.wrong == "") || err != nil && !strings.Contains(err.Error(), test.wrong) {
			t.Errorf("%s: error %v, want %q", test.reason, err, test.wrong)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: %s", test.reason, diff)
		}
	}
}

func FuzzReadTimes(f *testing.F) {
	f.Add("0\n0.5\n")
	f.Add("a,time\n1,2026-11-23T10:00:01Z\n")
	f.Fuzz(func(t *testing.T, text string) {
		times, err := ReadTimes(strings.NewReader(text))
		if (err == nil) != (len(times) > 0) {
			t.Fatalf("%d times, error %v", len(times), err)
		}
		if len(times) > 0 && (times[0] < 0 || !slices.IsSorted(times)) {
			t.Errorf("times %v", times)
		}
	})
}

func TestStagesAreRead(t *testing.T) {
	const s = time.Second
	for _, test := range []struct {
		text   string
		want   []Stage
		column int // of the fault; 0: none
	}{
		{"50/s:10s", []Stage{{50, 50, 10 * s}}, 0},
		{" 50/s : 10s , 50..500/s:30s,0:1m", []Stage{{50, 50, 10 * s}, {50, 500, 30 * s}, {0, 0, 60 * s}}, 0},
		{"0..600/m:1s", []Stage{{0, 10, s}}, 0},
		{"", nil, 1}, {"50/s", nil, 1}, {"50/s:10s, 60/s", nil, 11}, {"50/s:10s,", nil, 10}, {"50/s:-1s", nil, 1}, {"x..50:1s", nil, 1},
		{"-5:1s", nil, 1}, {"5..NaN:1s", nil, 1}, {strings.Repeat("1:1s,", mostStages) + "1:1s", nil, 5*mostStages + 1},
	} {
		got, err := ParseStages(test.text)
		var wrong *SyntaxError
		if errors.As(err, &wrong) != (test.column > 0) || wrong != nil && wrong.Column != test.column {
			t.Errorf("%.40q: error %v", test.text, err)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%q: %s", test.text, diff)
		}
	}
}

func FuzzParseStages(f *testing.F) {
	f.Add("50/s:10s, 50..500/s:30s,0:1m")
	f.Fuzz(func(t *testing.T, text string) {
		stages, err := ParseStages(text)
		if err != nil {
			return
		}
		for _, s := range stages {
			if !(s.From >= 0 && s.To >= 0) || s.For <= 0 {
				t.Errorf("%q is %+v", text, stages)
			}
		}
	})
}
