package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seamtest/seam/harness/check"
	"github.com/seamtest/seam/harness/edge"
	"github.com/seamtest/seam/harness/load"
	"github.com/seamtest/seam/harness/load/otlp"
	"github.com/seamtest/seam/harness/system"
)

// loadMetrics say where the metrics of loads go while these run: to the endpoint
// of --otlp, or else of the variables, and to those of seam.yaml.
type loadMetrics struct {
	endpoint string // of --otlp
	to       []exportTo
}

// An exportTo sends to one endpoint.
type exportTo struct {
	*otlp.Exporter
	base string
}

func (m *loadMetrics) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&m.endpoint, "otlp", "", "`URL` that takes OpenTelemetry metrics while it runs; grpc:// speaks gRPC (default: as OTEL_EXPORTER_OTLP_* say)")
}

// start begins to send to what the flag names, or else the variables.
func (m *loadMetrics) start() error {
	cfg, err := otlp.FromEnvironment(m.endpoint, os.LookupEnv)
	if err != nil {
		return usageError{err}
	}
	if cfg.Endpoint == "" {
		return nil
	}
	if err := m.send(cfg); err != nil {
		return usage("--otlp: %v", err)
	}
	return nil
}

// publish begins to send to the endpoints of seam.yaml that take metrics,
// unless the variables turn them off.
func (m *loadMetrics) publish(spec *system.Spec) error {
	if otlp.Off(os.LookupEnv) {
		return nil
	}
	for i := range spec.Publish {
		to := &spec.Publish[i]
		if !to.Metrics() {
			continue
		}
		cfg, err := otlp.Paced(otlp.Config{Endpoint: to.OTLP, Protocol: to.Protocol, Headers: to.Headers}, os.LookupEnv)
		if err != nil {
			return usageError{err}
		}
		if err := m.send(cfg); err != nil {
			return usage("%s: publish: %v", spec.File, err)
		}
	}
	return nil
}

// send begins to send to an endpoint, unless it is sent to already.
func (m *loadMetrics) send(cfg otlp.Config) error {
	base := strings.TrimSuffix(strings.TrimSuffix(cfg.Endpoint, "/v1/metrics"), "/")
	for _, to := range m.to {
		if to.base == base {
			return nil
		}
	}
	cfg.Version = versionText()
	exporter, err := otlp.Start(cfg)
	if err != nil {
		return err
	}
	m.to = append(m.to, exportTo{exporter, base})
	return nil
}

// close sends the last figures, and tells what could not be sent.
func (m *loadMetrics) close(w io.Writer) {
	for _, to := range m.to {
		if trouble := to.Close().Trouble(edge.RedactTarget(to.base)); trouble != "" {
			fmt.Fprintln(w, "seam: "+quoted(trouble)) // where stderr cannot be written, nothing can be told
		}
	}
}

// inChild runs a job in a process of its own and has its progress exported.
func (m *loadMetrics) inChild(ctx context.Context, task check.LoadTask) (*check.LoadResult, error) {
	if len(m.to) > 0 {
		seen := task.Job
		if task.Scenario != nil { // the other process makes the requests, by any method
			seen.Requests = []load.Request{{Method: "_OTHER", URL: task.Scenario.Base}}
		}
		for _, to := range m.to {
			to.Watch(&seen)
		}
		task.Progress, task.Histograms = seen.Progress, seen.Histograms
	}
	return loadInChild(ctx, task)
}

// take hands the task of a URL to another process where its progress is
// exported: that is kept out of the process that has the clock.
func (m *loadMetrics) take(ctx context.Context, task *check.LoadTask, target string) error {
	if len(m.to) == 0 {
		return nil
	}
	job := task.Job
	if len(job.Requests) == 0 { // those of pacts are made later
		job.Requests = []load.Request{{URL: target}}
	}
	if _, err := job.Address(ctx); err != nil { // else the other process finds it out
		if host := (*load.HostError)(nil); errors.As(err, &host) {
			return usageError{err}
		}
		return err
	}
	task.By = m.inChild
	return nil
}
