package load

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if what := os.Getenv(asChild); what != "" {
		os.Exit(child(what))
	}
	goleak.VerifyTestMain(m)
}

func run(t *testing.T, job Job, handler http.HandlerFunc) *Summary {
	t.Helper()
	server := httptest.NewServer(handler)
	defer server.Close()
	if len(job.Requests) == 0 {
		job.Requests = []Request{{}}
	}
	job.Requests[0].URL = server.URL + "/"
	s, err := Run(t.Context(), job)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestEveryRequestThatWasDueIsSentAndCounted(t *testing.T) {
	var served, traced atomic.Int64
	s := run(t, Job{Rate: 200, For: 500 * time.Millisecond, WarmUp: 100 * time.Millisecond}, func(_ http.ResponseWriter, r *http.Request) {
		served.Add(1)
		if len(r.Header.Get("Traceparent")) == len("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01") {
			traced.Add(1)
		}
	})
	if served.Load() != 120 || traced.Load() != 120 || s.Requests != 100 || s.Errors != 0 || s.Statuses[200] != 100 {
		t.Errorf("served %d, traced %d, summary %+v", served.Load(), traced.Load(), s)
	}
	if len(s.Slowest) != 10 || s.Slowest[0].Trace == "" || s.Slowest[0].Done-s.Slowest[0].Due < s.Slowest[9].Done-s.Slowest[9].Due {
		t.Errorf("the slowest are %+v", s.Slowest)
	}
}

// A server that stands still for 400 ms of 1 s delays all that was due then.
// A clock that started at the send would see one slow request in two hundred.
func TestAStallIsInTheLatencyOfAllThatWasDueMeanwhile(t *testing.T) {
	const stall = 400 * time.Millisecond
	var began atomic.Pointer[time.Time]
	s := run(t, Job{Rate: 200, For: time.Second, MaxInFlight: 1}, func(http.ResponseWriter, *http.Request) {
		now := time.Now()
		if began.CompareAndSwap(nil, &now) {
			time.Sleep(stall)
		}
	})
	if s.Requests != 200 {
		t.Fatalf("%d requests, want all 200", s.Requests)
	}
	if s.Latency.P50 > stall || s.Latency.Max < stall {
		t.Errorf("latency %+v", s.Latency)
	}
	// 80 of 200 requests were due during the stall, so the p80 must feel it.
	if s.Latency.P90 < stall/3 {
		t.Errorf("p90 %s leaves the stall out", s.Latency.P90)
	}
	if s.Service.P90 > stall/3 {
		t.Errorf("service time p90 %s counts the waiting", s.Service.P90)
	}
	if s.WhyInvalid == "" {
		t.Error("requests that could not be sent in time are not told")
	}
}

func TestErrorsAreCountedByClass(t *testing.T) {
	s := run(t, Job{Connections: 2, For: 200 * time.Millisecond}, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	if s.Requests == 0 || s.Errors != s.Requests || s.Classes["status"] != s.Requests {
		t.Errorf("summary %+v", s)
	}
	closed := httptest.NewServer(nil)
	closed.Close()
	s, err := Run(t.Context(), Job{Rate: 50, For: 100 * time.Millisecond, Requests: []Request{{Method: "GET", URL: closed.URL}}})
	if err != nil || s.Classes["refused"] != 5 {
		t.Errorf("summary %+v, %v", s, err)
	}
}

func TestACancelledRunEndsAndSaysSo(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	}))
	defer server.Close()
	s, err := Run(ctx, Job{Rate: 10, For: time.Hour, Requests: []Request{{Method: "GET", URL: server.URL}}})
	if !errors.Is(err, context.Canceled) || s.Classes[classUnfinished] == 0 {
		t.Errorf("summary %+v, error %v", s, err)
	}
}

func TestASummarySurvivesJSON(t *testing.T) {
	want := run(t, Job{Rate: 100, For: 100 * time.Millisecond, Name: "x"}, func(http.ResponseWriter, *http.Request) {})
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	got := &Summary{}
	if err := json.Unmarshal(text, got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAJobThatMakesNoSenseIsRefused(t *testing.T) {
	request := []Request{{Method: "GET", URL: "http://127.0.0.1:1/"}}
	for _, test := range []struct {
		reason string
		job    Job
	}{
		{"nothing to send", Job{Rate: 1, For: 1}},
		{"no length", Job{Rate: 1, Requests: request}},
		{"neither model", Job{For: 1, Requests: request}},
		{"both models", Job{Rate: 1, Connections: 1, For: 1, Requests: request}},
		{"no URL", Job{Rate: 1, For: 1, Requests: []Request{{URL: "/x"}}}},
	} {
		if _, err := Run(t.Context(), test.job); err == nil {
			t.Errorf("%s: accepted", test.reason)
		}
	}
}

func TestObjectives(t *testing.T) {
	s := &Summary{Requests: 1000, Errors: 2, Achieved: 499, Latency: Quantiles{P95: 90 * time.Millisecond, P99: 150 * time.Millisecond, P999: 300 * time.Millisecond}}
	for _, test := range []struct {
		text    string
		reached bool
		column  int // of the fault; 0: none
	}{
		{"p99<200ms", true, 0}, {"p99 <= 150ms", true, 0}, {"p99<0.1s", false, 0}, {"p95<100ms", true, 0}, {"p99.9<200ms", false, 0},
		{"errors<0.1%", false, 0}, {"errors<=0.2%", true, 0}, {"rate>=500/s", false, 0}, {"rate>400", true, 0},
		{"p98<200ms", false, 1}, {"p99<200", false, 5}, {"errors<1", false, 8}, {"errors<1ms", false, 9}, {"fast", false, 1},
	} {
		o, err := ParseObjective(test.text)
		var wrong *SyntaxError
		if errors.As(err, &wrong) != (test.column > 0) || (wrong != nil && wrong.Column != test.column) {
			t.Errorf("%s: error %v", test.text, err)
			continue
		}
		if err == nil {
			if reached, measured := o.Judge(s); reached != test.reached || measured == "" {
				t.Errorf("%s: reached %v, measured %q", test.text, reached, measured)
			}
		}
	}
}

// Of too few requests a percentile is the slowest of them.
func TestObjectivesDoubtAPercentileOfFewRequests(t *testing.T) {
	for text, least := range map[string]int64{"p90<1s": 10, "p95<1s": 20, "p99<1s": 100, "p999<1s": 1000, "p99.9<1s": 1000, "max<1s": 0, "errors<1%": 0, "mean<1s": 0, "rate>1/s": 0} {
		o, err := ParseObjective(text)
		if err != nil {
			t.Fatal(err)
		}
		if few := o.Doubt(max(least-1, 1)); (few != "") != (least > 0) || o.Doubt(max(least, 1)) != "" || (o.Doubt(0) == "") != (o.measure == "rate") {
			t.Errorf("%s of %d requests: %q", text, max(least-1, 1), few)
		}
	}
	s := &StepSummary{Requests: 20}
	p99, err := ParseObjective("p99<1s")
	if err != nil {
		t.Fatal(err)
	}
	s.judge([]Objective{p99})
	if want := "of 20 requests the p99 is the slowest; it takes 100 at least: load for longer, or ask for a lower percentile"; s.Objectives[0].Doubt != want {
		t.Errorf("a step: %+v, want %q", s.Objectives[0], want)
	}
}

func FuzzParseObjective(f *testing.F) {
	f.Add("p99<200ms")
	f.Fuzz(func(t *testing.T, text string) {
		if o, err := ParseObjective(text); err == nil && o.measure == "" {
			t.Errorf("%q measures nothing", text)
		}
	})
}
