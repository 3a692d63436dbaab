package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/seamtest/seam/harness/check"
	"github.com/seamtest/seam/harness/edge"
	"github.com/seamtest/seam/harness/load"
	"github.com/seamtest/seam/harness/report"
	"github.com/seamtest/seam/harness/system"
)

// loadFlags are those of `seam load`.
type loadFlags struct {
	file       fileFlag
	output     outputFlag
	plan       planFlags
	call       callFlags
	pacts      pactFlags
	job        load.Job
	method     string
	body       string
	headers    []string
	objectives []string
	allowed    []string
	metrics    loadMetrics
	child      bool
	quiet      bool
}

func loadCommand() *cobra.Command {
	var flags loadFlags
	cmd := &cobra.Command{
		Use:   "load [URL]",
		Short: "Load a URL, or the system of seam.yaml, at a rate",
		Long: `load sends each request when it is due, whether or not those before were
answered, and counts latency from when it was due: a stall of the server is in
the figures. With --connections it sends as fast as answers come instead.

grpc://HOST:PORT/package.Service/Method (grpcs:// over TLS) calls that method
with the messages of --data. With --pact every interaction of the pacts is a
request, and judges its answers.

Without a URL it starts the system of seam.yaml and runs the loads in it;
--rate, --connections, --for and --warm-up then stand in for theirs.`,
		Example: `  seam load http://127.0.0.1:8080/ --rate 200/s --for 3s
  seam load http://127.0.0.1:8080/orders --method POST --body '{"sku":"tea"}' --rate 50/s --for 2s \
    --objective 'p99<1s' --objective 'errors<1%'
  seam load http://127.0.0.1:8080/ --stages '20/s:1s,20/s..200/s:2s' --poisson
  seam load grpc://127.0.0.1:9090/shop.v1.Orders/Get --data '{"sku":"tea"}' --rate 50/s --for 2s
  seam load -f shop/seam.yaml -o json=load.json`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 && system.Nearest(args[0], []string{"compare"}) != "" {
				return usage("unknown verb %q; did you mean seam load compare?", "load "+args[0])
			}
			if len(args) > 1 {
				return usage("seam load takes one URL, but got %d", len(args))
			}
			return nil
		},
		RunE: flags.execute,
	}
	flags.file.add(cmd)
	flags.output.add(cmd)
	flags.metrics.add(cmd)
	f := cmd.Flags()
	flags.plan.add(f, &flags.job)
	f.DurationVar(&flags.job.For, "for", 30*time.Second, "how long the run is; --stages and --replay say it themselves")
	f.DurationVar(&flags.job.WarmUp, "warm-up", 0, "how long before that requests are sent and not counted")
	f.DurationVar(&flags.job.Timeout, "timeout", 30*time.Second, "after which a request has failed")
	f.StringVar(&flags.method, "method", "GET", "HTTP method")
	f.StringVar(&flags.body, "body", "", "body of each request; @FILE reads it from a file")
	f.StringArrayVar(&flags.headers, "header", nil, "`NAME: VALUE` of each request, of gRPC its metadata; repeatable")
	flags.call.add(f)
	flags.pacts.add(f)
	complete(cmd, "provider", providersOf(nil, &flags.pacts.pacts))
	complete(cmd, "consumer", consumersOf(nil, &flags.pacts.pacts))
	complete(cmd, "protocol", func(*cobra.Command) []string { return []string{"http/1.1", "h2", "h2c"} })
	complete(cmd, "method", func(*cobra.Command) []string { return []string{"GET", "POST", "PUT", "PATCH", "DELETE"} })
	f.StringArrayVar(&flags.objectives, "objective", nil, "what must be reached, such as 'p99<200ms', repeatable; else exit code 1")
	f.StringArrayVar(&flags.allowed, "allow-host", nil, "host that may be loaded although it is not on this machine, repeatable")
	f.BoolVarP(&flags.quiet, "quiet", "q", false, "no progress on stderr")
	f.BoolVar(&flags.child, "child", false, "read a job from stdin and write its summary to stdout")
	_ = f.MarkHidden("child") // it exists: defined in the line above
	cmd.AddCommand(compareCommand())
	return cmd
}

func (f *loadFlags) execute(cmd *cobra.Command, args []string) error {
	if f.child {
		return runChild(cmd)
	}
	if err := f.output.check(); err != nil {
		return err
	}
	if err := f.metrics.start(); err != nil {
		return err
	}
	doc, err := f.run(cmd, args)
	f.metrics.close(cmd.ErrOrStderr())
	if doc != nil { // of a run that was interrupted too
		err = errors.Join(f.output.write(cmd.OutOrStdout(), doc), err)
	}
	if err != nil {
		return err
	}
	return verdict(doc)
}

func (f *loadFlags) run(cmd *cobra.Command, args []string) (*report.Document, error) {
	talk := newTalk(cmd.ErrOrStderr(), f.quiet)
	defer talk.close()
	for _, length := range []struct {
		flag  string
		d     time.Duration
		least time.Duration
	}{{"for", f.job.For, 1}, {"timeout", f.job.Timeout, 1}, {"warm-up", f.job.WarmUp, 0}} {
		if cmd.Flags().Changed(length.flag) && length.d < length.least {
			return nil, usage("--%s %s: write a time such as 30s", length.flag, length.d)
		}
	}
	if len(args) == 0 {
		return f.system(cmd, talk)
	}
	task, err := f.prepare(cmd, args[0])
	if err != nil {
		return nil, err
	}
	var objectives []load.Objective
	for _, text := range f.objectives {
		o, err := load.ParseObjective(text)
		if err != nil {
			return nil, usage("--objective: %v", err)
		}
		objectives = append(objectives, o)
	}
	talk.say(fmt.Sprintf("loading %s for %s", task.Name, f.job.WarmUp+f.job.Length()))
	task.Progress = talk.load
	if err := f.metrics.take(cmd.Context(), &task, args[0]); err != nil {
		return nil, err
	}
	doc, err := check.Load(cmd.Context(), task, objectives)
	if host := (*load.HostError)(nil); errors.As(err, &host) {
		return nil, usageError{err}
	}
	return doc, err
}

// system runs the loads of seam.yaml and nothing else of it.
func (f *loadFlags) system(cmd *cobra.Command, talk *talk) (*report.Document, error) {
	spec, err := f.file.load()
	if err != nil {
		return nil, err
	}
	if err := f.output.spare(&f.file); err != nil {
		return nil, err
	}
	if len(spec.Load) == 0 {
		return nil, usage("%s names no load; add one, or give a URL", fromHere(spec.File))
	}
	if err := f.override(cmd, spec.Load); err != nil {
		return nil, err
	}
	if err := f.metrics.publish(spec); err != nil {
		return nil, err
	}
	spec.Expect = nil
	doc, err := check.Run(cmd.Context(), check.Options{
		Spec: spec, Progress: talk.say, Load: f.metrics.inChild, Loading: talk.load,
		Skip: map[string]bool{"drive": !weighsTraces(spec), "verify": true},
	})
	if doc != nil {
		doc.Verb = "load"
	}
	return doc, err
}

// weighsTraces reports whether a load needs the drive to know how often each
// interaction is asked for.
func weighsTraces(spec *system.Spec) bool {
	return slices.ContainsFunc(spec.Load, func(l system.Load) bool { return l.Pacts != nil && l.Pacts.Weights.Traces })
}

// override puts the flags that were given in the place of what seam.yaml says.
func (f *loadFlags) override(cmd *cobra.Command, loads []system.Load) error {
	if err := refuse(cmd, "goes with a URL; the loads of seam.yaml say theirs", append(slices.Concat(planOnly, callOnly, pactOnly), "pact", "method", "body", "header", "allow-host", "timeout", "objective")...); err != nil {
		return err
	}
	rate := 0.0
	if f.plan.rate != "" {
		var err error
		if rate, err = load.ParseRate(f.plan.rate); err != nil {
			return usage("--rate: %v", err)
		}
	}
	for i := range loads {
		l := &loads[i]
		unnamed := l.Name == l.Plan()
		if rate > 0 || f.job.Connections > 0 {
			l.Rate, l.Connections, l.Stages, l.Replay = rate, f.job.Connections, nil, ""
			if l.For == 0 { // the stages were the length
				l.For = f.job.For
			}
		}
		if cmd.Flags().Changed("for") {
			l.For = f.job.For
		}
		if cmd.Flags().Changed("warm-up") {
			l.WarmUp = f.job.WarmUp
		}
		if unnamed {
			l.Name = l.Plan()
		}
	}
	return nil
}

// prepare makes the task of a URL.
func (f *loadFlags) prepare(cmd *cobra.Command, target string) (task check.LoadTask, err error) {
	if task.Scenario, err = f.pacts.scenario(cmd, target, f.headers); err != nil {
		return task, err
	}
	if task.Scenario == nil {
		err = f.single(cmd, target)
		task.Job = f.job
		return task, err
	}
	f.job.Name, f.job.AllowHosts = edge.RedactTarget(target), f.allowed
	if err := f.plan.fill(cmd, &f.job); err != nil {
		return task, err
	}
	f.pacts.seed(cmd, &f.job.Seed)
	task.Job = f.job
	return task, checkPacts(cmd, task)
}

// single makes the job of a URL that is asked for as it is.
func (f *loadFlags) single(cmd *cobra.Command, target string) error {
	call, ok, err := callTarget(target)
	if err != nil {
		return err
	}
	to := target
	if ok {
		to = call.String()
	} else if err := refuse(cmd, "goes with a call of gRPC: grpc://HOST:PORT/package.Service/Method", callOnly...); err != nil {
		return err
	}
	request, err := f.request(to)
	if err != nil {
		return err
	}
	f.job.Name, f.job.Requests, f.job.AllowHosts = edge.RedactTarget(target), []load.Request{request}, f.allowed
	if err := f.plan.fill(cmd, &f.job); err != nil {
		return err
	}
	if ok {
		if err := f.prepareCall(cmd, call); err != nil {
			return err
		}
	}
	if err := f.job.Check(); err != nil {
		return usageError{err}
	}
	return nil
}

// request is what is sent to the URL.
func (f *loadFlags) request(to string) (load.Request, error) {
	if _, err := baseURL("URL", to); err != nil {
		return load.Request{}, err
	}
	request := load.Request{Method: strings.ToUpper(f.method), URL: to, Header: map[string]string{}, Body: []byte(f.body)}
	var err error
	if name, ok := strings.CutPrefix(f.body, "@"); ok {
		if request.Body, err = os.ReadFile(name); err != nil {
			return load.Request{}, usage("--body: %v", err)
		}
	}
	for _, header := range f.headers {
		name, value, ok := strings.Cut(header, ":")
		if !ok || strings.TrimSpace(name) == "" {
			return load.Request{}, unclear(name)
		}
		request.Header[strings.TrimSpace(name)] = strings.TrimSpace(value)
	}
	return request, nil
}
