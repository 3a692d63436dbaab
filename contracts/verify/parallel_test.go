package verify_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seamtest/seam/contracts"
	"github.com/seamtest/seam/contracts/verify"
)

// many has n interactions GET /0, GET /1, ...; every third has a state.
func many(n int) string {
	var list []string
	for i := range n {
		state := ""
		if i%3 == 2 {
			state = fmt.Sprintf(`"providerStates": [{"name": "state %d"}],`, i)
		}
		list = append(list, fmt.Sprintf(`{"description": "%d", %s "request": {"method": "GET", "path": "/%d"}, "response": {"status": 200}}`, i, state, i))
	}
	return strings.Join(list, ",")
}

func descriptions(results []verify.Result) (names []string) {
	for _, r := range results {
		names = append(names, r.Description+" "+string(r.Outcome))
	}
	return names
}

// TestParallelKeepsStatesApart lets a provider wait until four requests are
// there at once, which one after the other could never be.
func TestParallelKeepsStatesApart(t *testing.T) {
	var state, worst atomic.Int64 // stateful requests under way
	var together sync.WaitGroup
	together.Add(4)
	var first atomic.Int64
	cfg := provider(t, func(_ http.ResponseWriter, r *http.Request) {
		if slices.Contains([]string{"/2", "/5", "/8", "/11"}, r.URL.Path) {
			worst.Store(max(worst.Load(), state.Add(1)))
			defer state.Add(-1)
			return
		}
		if first.Add(1) <= 4 {
			together.Done()
			together.Wait()
		}
	})
	var mu sync.Mutex
	calls := 0
	handler := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var call struct{ State string }
		_ = json.NewDecoder(r.Body).Decode(&call)
		mu.Lock()
		defer mu.Unlock()
		calls++
	}))
	defer handler.Close()
	cfg.States, cfg.Parallel = mustURL(t, handler.URL), 4
	results := all(t, parse(t, "3.0.0", many(12)), cfg)
	var want []string
	for n := range 12 {
		want = append(want, fmt.Sprintf("%d passed", n))
	}
	if diff := cmp.Diff(want, descriptions(results)); diff != "" {
		t.Errorf("results come in the order of the pact:\n%s", diff)
	}
	if worst.Load() != 1 || calls != 12 {
		t.Errorf("%d interactions with states ran at once, %d state changes; want 1 and 12", worst.Load(), calls)
	}
}

func TestParallelStopsWhenTheReaderDoes(t *testing.T) {
	cfg := provider(t, func(http.ResponseWriter, *http.Request) {})
	cfg.Parallel = 4
	for r := range verify.Pact(t.Context(), parse(t, "3.0.0", many(50)), cfg) {
		if r.Description == "3" {
			break
		}
	} // goleak tells whether something goes on
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for r := range verify.Pact(ctx, parse(t, "3.0.0", many(5)), cfg) {
		if r.Outcome != verify.Skipped {
			t.Errorf("%s: %s after the end", r.Description, r.Outcome)
		}
	}
}

func TestOneSeedOneRunAlsoInParallel(t *testing.T) {
	pact := parse(t, "3.0.0", strings.ReplaceAll(many(9), `"method": "GET"`, `"method": "GET", "query": {"q": ["x"]}, "generators": {"query": {"q": {"type": "RandomInt", "max": 1000000}}}`))
	run := func(parallel int) []string {
		var mu sync.Mutex
		var asked []string
		cfg := provider(t, func(_ http.ResponseWriter, r *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			asked = append(asked, r.RequestURI)
		})
		cfg.Rand, cfg.Parallel = rand.New(rand.NewPCG(3, 4)), parallel
		all(t, pact, cfg)
		slices.Sort(asked)
		return asked
	}
	if diff := cmp.Diff(run(1), run(4)); diff != "" {
		t.Error(diff)
	}
}

func TestFailFast(t *testing.T) {
	for _, parallel := range []int{0, 1} {
		cfg := provider(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/1" {
				w.WriteHeader(http.StatusInternalServerError)
			}
		})
		cfg.FailFast, cfg.Parallel = true, parallel
		if diff := cmp.Diff([]string{"0 passed", "1 failed", "2 skipped", "3 skipped"}, descriptions(all(t, parse(t, "3.0.0", many(4)), cfg))); diff != "" {
			t.Errorf("parallel %d: %s", parallel, diff)
		}
	}
}

func TestSeveralPactsAndProviders(t *testing.T) {
	good := provider(t, func(http.ResponseWriter, *http.Request) {})
	bad := provider(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
	pact := parse(t, "3.0.0", many(2))
	task := func(cfg verify.Config) verify.Task {
		return verify.Task{Source: verify.Source{Pact: pact}, Config: cfg}
	}
	run := func(tasks ...verify.Task) (got []string) {
		for n, r := range verify.All(t.Context(), tasks) {
			got = append(got, fmt.Sprintf("%d: %s %s", n, r.Description, r.Outcome))
		}
		return got
	}
	for _, parallel := range []int{1, 4} {
		good.Parallel, bad.Parallel = parallel, parallel
		want := []string{"0: 0 passed", "0: 1 passed", "1: 0 failed", "1: 1 failed", "2: 0 passed", "2: 1 passed"}
		if diff := cmp.Diff(want, run(task(good), task(bad), task(good))); diff != "" {
			t.Errorf("parallel %d:\n%s", parallel, diff)
		}
	}
	good.Parallel, bad.Parallel, good.FailFast, bad.FailFast = 1, 1, true, true
	want := []string{"0: 0 failed", "0: 1 skipped", "1: 0 skipped", "1: 1 skipped"}
	if diff := cmp.Diff(want, run(task(bad), task(good))); diff != "" {
		t.Errorf("the first failure ends all:\n%s", diff)
	}
	if got := run(); got != nil {
		t.Errorf("no tasks gave %v", got)
	}
}

func TestFilter(t *testing.T) {
	pact := parse(t, "3.0.0", many(6))
	tests := []struct {
		filter verify.Filter
		want   []string
		reason string
	}{
		{verify.Filter{}, []string{"0", "1", "2", "3", "4", "5"}, "nothing is asked"},
		{verify.Filter{Description: regexp.MustCompile("^[23]$")}, []string{"2", "3"}, "by description"},
		{verify.Filter{State: regexp.MustCompile("state 5")}, []string{"5"}, "by state"},
		{verify.Filter{State: regexp.MustCompile("^$")}, []string{"0", "1", "3", "4"}, "an interaction without states has the state \"\""},
		{verify.Filter{NoState: true}, []string{"0", "1", "3", "4"}, "only without state"},
		{verify.Filter{Consumers: []string{"another"}}, nil, "by consumer"},
		{verify.Filter{Consumers: []string{"another", "web"}, Description: regexp.MustCompile("4")}, []string{"4"}, "all must hold"},
	}
	for _, tt := range tests {
		var got []string
		for n := range pact.Interactions {
			if i := &pact.Interactions[n]; tt.filter.Keeps(pact, i) {
				got = append(got, i.Description)
			}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s:\n%s", tt.reason, diff)
		}
	}
}

// fixed is an origin other than a path.
type fixed struct{ err error }

func (f fixed) Pacts(context.Context) ([]verify.Source, error) {
	return []verify.Source{{Name: "fixed", Pact: &contracts.Pact{}}}, f.err
}

func TestOriginsAreInterchangeable(t *testing.T) {
	for _, origin := range []verify.Origin{fixed{errors.New("away")}, verify.Paths{"absent.json"}} {
		if _, err := origin.Pacts(t.Context()); err == nil {
			t.Errorf("%T told no fault", origin)
		}
	}
}
