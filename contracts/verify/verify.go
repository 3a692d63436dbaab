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
	Provider *url.URL     // base URL; its path comes before each interaction's
	Messages *url.URL     // where messages are asked for; nil: Provider
	Client   *http.Client // nil: gives up after 5 s and asks for no compression
	Header   http.Header  // set on each request, in place of the pact's
	MaxBody  int64        // longest answer in bytes that is judged; 0: 16 MiB

	States     *url.URL // where provider states are posted; nil: nowhere
	StateQuery bool     // states go as query parameters instead of a JSON body
	Teardown   bool     // also post each state with action teardown afterwards

	Description *regexp.Regexp // only interactions described so; nil: all
	State       *regexp.Regexp // only interactions with such a state; those without have the state ""
	Consumers   []string       // only pacts of these; none: all
	Pending     bool           // the whole pact is pending: nothing in it can fail
	FailFast    bool           // skip what comes after the first failure

	// Before sees each request just before it is sent and may add headers,
	// such as traceparent, from which Result.TraceID is taken.
	Before func(*contracts.Interaction, *http.Request)

	Rand *rand.Rand       // for generators; nil: seeded by chance
	Now  func() time.Time // for generators; nil: time.Now
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

// Pact replays the interactions of p, one after the other in their order,
// and yields a result for each that the filters let through. It sends
// nothing before the first result is asked for, and stops when ctx ends: the
// rest is skipped.
func Pact(ctx context.Context, p *contracts.Pact, cfg Config) iter.Seq[Result] {
	return func(yield func(Result) bool) {
		if len(cfg.Consumers) > 0 && !slices.Contains(cfg.Consumers, p.Consumer) {
			return
		}
		r := replay{cfg: cfg, pact: p}
		defer r.prepare()()
		failed := false
		for n := range p.Interactions {
			i := &p.Interactions[n]
			if !cfg.wants(i) {
				continue
			}
			result := r.blank(i)
			switch {
			case ctx.Err() != nil:
				result.Outcome, result.Err = Skipped, "not run: "+ctx.Err().Error()
			case failed && cfg.FailFast:
				result.Outcome, result.Err = Skipped, "not run: an interaction before it failed"
			default:
				r.run(ctx, i, &result)
			}
			failed = failed || result.Outcome == Failed
			if !yield(result) {
				return
			}
		}
	}
}

// wants applies the filters to an interaction.
func (cfg *Config) wants(i *contracts.Interaction) bool {
	if cfg.Description != nil && !cfg.Description.MatchString(i.Description) {
		return false
	}
	if cfg.State == nil {
		return true
	}
	if len(i.States) == 0 {
		return cfg.State.MatchString("")
	}
	return slices.ContainsFunc(i.States, func(s contracts.State) bool { return cfg.State.MatchString(s.Name) })
}

// replay is one pact under way.
type replay struct {
	cfg  Config
	pact *contracts.Pact

	client *http.Client // follows redirects
	still  *http.Client // does not
	values map[string]any
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
			Proxy:              nil, // a proxy from the environment has no place between the verifier and the provider
			DisableCompression: true,
		}
		r.client = &http.Client{Transport: transport, Timeout: defaultTimeout}
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
func (r *replay) run(ctx context.Context, i *contracts.Interaction, result *Result) {
	start := time.Now()
	err := r.cannotRun(i)
	if err == nil {
		err = r.setUp(ctx, i, result)
		if err == nil {
			err = r.ask(ctx, i, result)
			if down := r.tearDown(ctx, i); err == nil {
				err = down
			}
		}
	}
	result.Took = time.Since(start)
	if err != nil {
		result.Err = err.Error()
	}
	if err == nil && len(result.Mismatches) == 0 {
		return
	}
	result.Outcome = Failed
	if i.Pending || r.cfg.Pending {
		result.Outcome = Pending
	}
}

// ask sends the request of an interaction and judges the answer.
func (r *replay) ask(ctx context.Context, i *contracts.Interaction, result *Result) error {
	switch i.Kind {
	case contracts.HTTP:
		return r.http(ctx, i, result)
	default:
		return r.message(ctx, i, result)
	}
}
