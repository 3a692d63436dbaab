package finding_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/seamtest/seam/harness/finding"
	"github.com/seamtest/seam/harness/trace"
	"github.com/seamtest/seam/harness/trace/tracetest"
)

func TestShares(t *testing.T) {
	ms := func(n int) time.Duration { return time.Duration(n) * time.Millisecond }
	for _, row := range []struct {
		reason, text string
		want         []finding.EdgeShare
	}{
		{"nothing crossed", "", nil},
		{
			"each has its own time", "entry->a GET / 0-100 200\n  a->b GET / 10-85 500",
			[]finding.EdgeShare{
				{Edge: "entry->a", Requests: 1, P50: ms(100), P90: ms(100), P99: ms(100), Max: ms(100), ShareP50: 0.25, ShareP99: 0.25},
				{Edge: "a->b", Requests: 1, Errors: 1, P50: ms(75), P90: ms(75), P99: ms(75), Max: ms(75), ShareP50: 0.75, ShareP99: 0.75},
			},
		},
		{
			"of two at once only the one that is waited for counts", "entry->a GET / 0-100 200\n  a->b GET / 0-100 200\n  a->c GET / 0-60 200",
			[]finding.EdgeShare{
				{Edge: "entry->a", Requests: 1, P50: ms(100), P90: ms(100), P99: ms(100), Max: ms(100)},
				{Edge: "a->b", Requests: 1, P50: ms(100), P90: ms(100), P99: ms(100), Max: ms(100), ShareP50: 1, ShareP99: 1},
				{Edge: "a->c", Requests: 1, P50: ms(60), P90: ms(60), P99: ms(60), Max: ms(60)},
			},
		},
		{
			"a call that lost its context counts, and shares in no request", "entry->a GET / 0-100 200\n\na->b GET / 10-85 200 context=false",
			[]finding.EdgeShare{
				{Edge: "entry->a", Requests: 1, P50: ms(100), P90: ms(100), P99: ms(100), Max: ms(100), ShareP50: 1, ShareP99: 1},
				{Edge: "a->b", Requests: 1, P50: ms(75), P90: ms(75), P99: ms(75), Max: ms(75)},
			},
		},
	} {
		if diff := cmp.Diff(row.want, finding.Shares(tracetest.Read(t, row.text))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", row.reason, diff)
		}
	}
}

// One edge makes the median, another the tail.
func TestSharesTellTheTailFromTheMedian(t *testing.T) {
	text := ""
	for range 198 {
		text += "entry->a GET / 0-10 200\n  a->b GET / 0-8 200\n  a->c GET / 8-9 200\n\n"
	}
	for range 2 {
		text += "entry->a GET / 0-1000 200\n  a->b GET / 0-10 200\n  a->c GET / 10-1000 200\n\n"
	}
	got := map[string]string{}
	for _, s := range finding.Shares(tracetest.Read(t, text)) {
		got[s.Edge] = fmt.Sprintf("%d %s %s %.2f %.2f", s.Requests, s.P50, s.P99, s.ShareP50, s.ShareP99)
	}
	// Of 200 requests those of rank 198 to 200 are the slowest 1%.
	for edge, line := range map[string]string{
		"entry->a": "200 10ms 10ms 0.10 0.00",
		"a->b":     "200 8ms 8ms 0.80 0.01",
		"a->c":     "200 1ms 1ms 0.10 0.99",
	} {
		if got[edge] != line {
			t.Errorf("%s: %s, wanted %s", edge, got[edge], line)
		}
	}
}

func TestSharesAddUpToOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var traces []*trace.Trace
		waited := time.Duration(0)
		for range rapid.IntRange(1, 8).Draw(t, "traces") {
			tr := anyTrace(t)
			traces = append(traces, tr)
			for _, s := range tr.Entries() {
				waited += s.Duration()
			}
		}
		var p50, p99 float64
		for _, s := range finding.Shares(traces) {
			p50, p99 = p50+s.ShareP50, p99+s.ShareP99
			if s.P50 > s.P99 || s.ShareP50 < 0 || s.ShareP99 < 0 || s.Errors > s.Requests {
				t.Fatalf("%+v", s)
			}
		}
		if waited > 0 && math.Abs(p99-1) > 1e-9 {
			t.Fatalf("shares of the tail add up to %f", p99)
		}
		if p50 > 1+1e-9 {
			t.Fatalf("shares of the median add up to %f", p50)
		}
	})
}

func BenchmarkShares(b *testing.B) {
	var traces []*trace.Trace
	for range 5000 {
		traces = append(traces, tracetest.One(b, "entry->a GET / 0-100 200\n  a->b GET / 0-60 200\n    b->c GET / 1-9 200\n  a->c GET / 60-90 200"))
	}
	b.ReportAllocs()
	for b.Loop() {
		if len(finding.Shares(traces)) != 4 {
			b.Fatal("edges are missing")
		}
	}
}

func BenchmarkAll(b *testing.B) {
	tr := tracetest.One(b, "entry->a GET / 0-100 200\n  a->b GET / 0-60 200\n    b->c GET / 1-9 200\n  a->c GET / 60-90 200")
	b.ReportAllocs()
	for b.Loop() {
		finding.All([]*trace.Trace{tr}, finding.Config{})
	}
}
