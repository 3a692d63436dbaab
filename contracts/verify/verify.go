// Package verify replays pacts against a live provider and compares what it
// answers with what was agreed.
package verify

import (
	"context"
	"iter"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"time"

	"github.com/seamtest/seam/contracts"
	"github.com/seamtest/seam/contracts/match"
)

// A Config says where the provider is and how it is asked. Only Provider is
// needed.
type Config struct {
	Provider *url.URL      // base URL; its path comes before each interaction's
	Messages *url.URL      // where messages are asked for; nil: Provider
	Client   *http.Client  // nil: one that asks for no compression and goes through no proxy
	Timeout  time.Duration // of each request of the default client; 0: 5 s
	Header   http.Header   // set on each request, in place of the pact's
	MaxBody  int64         // longest answer in bytes that is judged; 0: 16 MiB

	States     *url.URL      // where provider states are posted; nil: nowhere
	StateQuery bool          // states go as query parameters instead of a JSON body
	StatePause time.Duration // before a state change is tried again after 408, 429 or 5xx; 0: 100 ms, then twice as long
	Teardown   bool          // also post each state with action teardown afterwards
	Parallel   int           // interactions that run at once where no states keep them apart; 0: one

	Filter
	Pending  bool // the whole pact is pending: nothing in it can fail
	FailFast bool // skip what comes after the first failure

	// Before sees each request just before it is sent and may add headers,
	// such as traceparent, from which Result.TraceID is taken. With Parallel
	// it is called by several goroutines at once.
	Before func(*contracts.Interaction, *http.Request)

	Rand *rand.Rand       // for generators; nil: seeded by chance
	Now  func() time.Time // for generators; nil: time.Now
}

// A Filter chooses interactions. Its zero value lets all through.
type Filter struct {
	Description *regexp.Regexp // only interactions described so; nil: all
	State       *regexp.Regexp // only interactions with such a state; those without have the state ""
	NoState     bool           // only interactions without a state
	Consumers   []string       // only pacts of these; none: all
}

// An Outcome is how an interaction fared.
type Outcome string

// The outcomes.
const (
	Passed  Outcome = "passed"
	Failed  Outcome = "failed"
	Pending Outcome = "pending" // failed, but was announced as not yet agreed
	Skipped Outcome = "skipped" // not run; Err says why
)

// A Result is what came of one interaction.
type Result struct {
	Consumer, Provider string
	Interaction        *contracts.Interaction // as it is in the pact
	Description        string
	States             []string
	Outcome            Outcome
	TraceID            string // from the request's traceparent
	Mismatches         []match.Mismatch
	Err                string   // why it could not be run or judged
	Notes              []string // what may explain the outcome
	Took               time.Duration

	// What the provider answered: Response for HTTP, Message for messages,
	// nil where nothing came.
	Response *contracts.Response
	Message  *contracts.Message
}

// Pact replays the interactions of p and yields a result for each that the
// filter lets through, in their order. It sends nothing before the first
// result is asked for, and stops when ctx ends: the rest is skipped.
//
// With Parallel, interactions without provider states run side by side, and
// after them, where states are set up, the others one after the other.
func Pact(ctx context.Context, p *contracts.Pact, cfg Config) iter.Seq[Result] {
	return func(yield func(Result) bool) {
		r := replay{cfg: cfg, pact: p}
		defer r.prepare()()
		trials := r.trials()
		if cfg.Parallel > 1 {
			r.together(ctx, trials, yield)
			return
		}
		failed := false
		for _, t := range trials {
			result := t.result(ctx, failed && cfg.FailFast)
			failed = failed || result.Outcome == Failed
			if !yield(result) {
				return
			}
		}
	}
}

// Keeps says whether an interaction of a pact passes the filter.
func (f *Filter) Keeps(p *contracts.Pact, i *contracts.Interaction) bool {
	switch {
	case len(f.Consumers) > 0 && !slices.Contains(f.Consumers, p.Consumer),
		f.Description != nil && !f.Description.MatchString(i.Description),
		f.NoState && len(i.States) > 0:
		return false
	case f.State == nil:
		return true
	case len(i.States) == 0:
		return f.State.MatchString("")
	}
	return slices.ContainsFunc(i.States, func(s contracts.State) bool { return f.State.MatchString(s.Name) })
}

// replay is one pact under way.
type replay struct {
	cfg  Config
	pact *contracts.Pact

	client *http.Client // follows redirects
	still  *http.Client // does not
}

// trial is one interaction under way.
type trial struct {
	*replay
	of     *contracts.Interaction
	rand   *rand.Rand     // its own, so that one seed gives one run whatever runs beside it
	values map[string]any // from its provider states
	Result Result
}

func (r *replay) trials() []*trial {
	var all []*trial
	for n := range r.pact.Interactions {
		i := &r.pact.Interactions[n]
		if !r.cfg.Keeps(r.pact, i) {
			continue
		}
		t := &trial{replay: r, of: i, Result: r.blank(i)}
		if r.cfg.Rand != nil {
			t.rand = rand.New(rand.NewPCG(r.cfg.Rand.Uint64(), r.cfg.Rand.Uint64()))
		}
		all = append(all, t)
	}
	return all
}

// result runs a trial, unless the run is over.
func (t *trial) result(ctx context.Context, over bool) Result {
	switch {
	case ctx.Err() != nil:
		t.Result.Outcome, t.Result.Err = Skipped, "not run: "+ctx.Err().Error()
	case over:
		t.Result.Outcome, t.Result.Err = Skipped, "not run: an interaction before it failed"
	default:
		t.run(ctx)
	}
	return t.Result
}

const (
	defaultTimeout = 5 * time.Second
	defaultMaxBody = 16 << 20
)

// prepare fills in defaults and returns what to do at the end.
func (r *replay) prepare() (done func()) {
	done = func() {}
	if r.client = r.cfg.Client; r.client == nil {
		transport := &http.Transport{
			Proxy:               nil, // a proxy from the environment has no place between the verifier and the provider
			DisableCompression:  true,
			MaxIdleConnsPerHost: max(r.cfg.Parallel, http.DefaultMaxIdleConnsPerHost),
		}
		r.client = &http.Client{Transport: transport, Timeout: r.cfg.Timeout}
		if r.cfg.Timeout <= 0 {
			r.client.Timeout = defaultTimeout
		}
		done = transport.CloseIdleConnections
	}
	still := *r.client
	still.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	r.still = &still
	if r.cfg.MaxBody <= 0 {
		r.cfg.MaxBody = defaultMaxBody
	}
	return done
}

func (r *replay) blank(i *contracts.Interaction) Result {
	result := Result{
		Consumer: r.pact.Consumer, Provider: r.pact.Provider,
		Interaction: i, Description: i.Description, Outcome: Passed,
	}
	for _, s := range i.States {
		result.States = append(result.States, s.Name)
	}
	return result
}

// run sets the states up, asks the provider, and tears the states down.
func (t *trial) run(ctx context.Context) {
	start := time.Now()
	err := t.cannotRun(t.of)
	if err == nil {
		err = t.setUp(ctx)
		if err == nil {
			err = t.ask(ctx)
			if down := t.tearDown(ctx); err == nil {
				err = down
			}
		}
	}
	t.Result.Took = time.Since(start)
	if err != nil {
		t.Result.Err = err.Error()
	}
	if err == nil && len(t.Result.Mismatches) == 0 {
		return
	}
	t.Result.Outcome = Failed
	if t.of.Pending || t.cfg.Pending {
		t.Result.Outcome = Pending
	}
}

// ask sends the request of an interaction and judges the answer.
func (t *trial) ask(ctx context.Context) error {
	switch t.of.Kind {
	case contracts.HTTP:
		return t.http(ctx)
	default:
		return t.message(ctx)
	}
}
