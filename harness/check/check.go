// Package check is what `seam test` does with a running system, in phases of
// fixed order: ready, drive, verify, load, judge. It fills one report.Document.
package check

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/seamtest/seam/contracts/verify"
	"github.com/seamtest/seam/harness"
	"github.com/seamtest/seam/harness/edge"
	"github.com/seamtest/seam/harness/load"
	"github.com/seamtest/seam/harness/report"
	"github.com/seamtest/seam/harness/system"
)

// Options of a run. Only Spec is required.
type Options struct {
	Spec     *system.Spec
	Command  []string           // drives the system in place of the steps of seam.yaml
	Skip     map[string]bool    // phases to leave out: "drive", "verify", "load"
	Log      func(harness.Line) // output of the services; nil discards it
	Progress func(string)       // one sentence for each step; nil discards it
	Filter   verify.Filter      // interactions to verify; the zero value is all
	FailFast bool               // verify no further after the first failure

	Patience time.Duration // for calls that outlive what caused them; 0: 10 s

	TraceBytes int64 // that the traces may take; 0: trace.DefaultMaxBytes

	Page      string   // address of the page and of /metrics; "" serves none
	PageHosts []string // names that the page answers to besides addresses and localhost
	// Finished is called with the whole document; the page is served until it
	// returns. Its error is Run's. nil does nothing.
	Finished func(ctx context.Context, doc *report.Document, page string) error

	// Load runs a load; nil runs it in this process, where the work of the
	// edges disturbs its clock. When ctx ends early its result covers what was
	// due until then, and its error is ctx's.
	Load func(context.Context, LoadTask) (*LoadResult, error)
	// Loading is told about every second how a load runs; nil discards it.
	Loading func(load.Progress)
}

// A run is one `seam test` under way.
type run struct {
	Options
	plan    *plan
	harness *harness.Harness
	doc     *report.Document
	loads   []*load.Summary // in the order of doc.Load
	open    bool            // a call did not end while it was waited for

	kept     []*Kept                 // of the loads that come from pacts
	loading  atomic.Pointer[loading] // nil before the first load
	loadings []*loading              // of every load
	evicted  uint64                  // traces that had left the store before the first load
}

// Run starts the system, checks it, stops it, and reports. The error says
// why it could not run; what it found is in the document. Where ctx ends
// during a load, the document tells of it and of what came before, unjudged,
// and the error is ctx's.
func Run(ctx context.Context, o Options) (*report.Document, error) {
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	if o.Load == nil {
		o.Load = func(ctx context.Context, t LoadTask) (*LoadResult, error) { return t.Run(ctx) }
	}
	plan, faults := compile(o.Spec, true)
	if err := asError(o.Spec, faults); err != nil {
		return nil, err
	}
	r := &run{Options: o, plan: plan, doc: newDocument("test", o.Spec.Name)}
	o.Progress("starting " + o.Spec.Name)
	var err error
	r.harness, err = harness.Start(ctx, harness.Config{
		Spec: o.Spec, Phase: edge.Drive, Log: o.Log, Progress: o.Progress,
		Page: o.Page, PageHosts: o.PageHosts, KeepPage: true, Observe: r.observe, Judged: r.judged, TraceBytes: o.TraceBytes,
	})
	if err != nil {
		return nil, err
	}
	err = r.whole(ctx)
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	err = errors.Join(err, r.harness.ClosePage(end))
	if err != nil && (ctx.Err() == nil || len(r.doc.Load) == 0) {
		return nil, err
	}
	return r.doc, err
}

// whole runs the phases, stops the system and judges it.
func (r *run) whole(ctx context.Context) error {
	if page := r.harness.Page(); page != "" {
		r.Progress("the page is at " + page)
	}
	err := r.phases(ctx)
	if err == nil {
		r.Progress("stopping the services")
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	if ctx.Err() != nil {
		r.open = true // whoever interrupts does not want to wait
	}
	settled := r.settle(end)
	r.awaitDeath()
	if err == nil && settled == nil {
		r.awaitSpans(ctx, spanGrace)
	}
	if stopped := r.harness.Stop(end); err == nil {
		err = errors.Join(settled, stopped)
	}
	if err != nil {
		if ctx.Err() != nil && len(r.doc.Load) > 0 {
			r.tellSoFar()
		}
		return err
	}
	r.Progress("judging")
	r.judge(end)
	r.doc.Close()
	if r.Finished == nil {
		return nil
	}
	return r.Finished(ctx, r.doc, r.harness.Page())
}

// spanGrace bounds how long the services run on for spans that have not come.
const spanGrace = 2 * time.Second

// awaitSpans returns when every trace of the drive is complete, or the grace
// is over: many a service sends in batches, and does not flush at SIGTERM.
func (r *run) awaitSpans(ctx context.Context, grace time.Duration) {
	if len(r.harness.Deaths()) > 0 {
		return // who has died sends no more
	}
	limited, cancel := context.WithTimeout(ctx, grace)
	defer cancel()
	for _, t := range r.tracesOf(edge.Drive) {
		r.harness.Traces().Wait(limited, t.ID)
		if limited.Err() != nil {
			return
		}
	}
}

// awaitDeath gives the news of a service's end time to arrive: a connection
// that broke off is seen before the process that held it is gone.
func (r *run) awaitDeath() {
	const patience = time.Second
	for _, e := range r.harness.Edges() {
		for _, x := range e.Exchanges() {
			if x.Injected == "" && (x.Status == 0 || x.Fault != "") {
				select {
				case <-r.harness.Dead():
				case <-time.After(patience):
				}
				return
			}
		}
	}
}

// phases runs one after the other; the death of a service ends the phase
// under way and leaves out those that follow, for they would only find that.
func (r *run) phases(ctx context.Context) error {
	alive, cancel := context.WithCancel(ctx)
	defer cancel()
	over := make(chan struct{})
	defer func() { <-over }()
	defer cancel()
	go func() {
		defer close(over)
		select {
		case <-r.harness.Dead():
			cancel()
		case <-alive.Done():
		}
	}()
	for _, phase := range []struct {
		name string
		run  func(context.Context) error
	}{{"drive", r.drive}, {"verify", r.verify}, {"load", r.load}} {
		if r.Skip[phase.name] {
			continue
		}
		err := phase.run(alive)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case alive.Err() != nil:
			return nil // a service died: judge says which
		case err != nil:
			return err
		}
	}
	return nil
}

func newDocument(verb, name string) *report.Document {
	return &report.Document{
		Seam: report.Format, Verb: verb, System: name, Verdict: report.Passed, Started: time.Now(),
		Contracts: []report.Contract{}, Expectations: []report.Expectation{}, Load: []report.Load{}, Findings: []report.Finding{},
	}
}
