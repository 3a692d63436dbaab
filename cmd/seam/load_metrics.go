package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/seamtest/seam/harness/check"
	"github.com/seamtest/seam/harness/load"
	"github.com/seamtest/seam/harness/load/otlp"
)

// A metricsFlag is --otlp of `seam load`: where metrics go while it runs.
type metricsFlag struct {
	endpoint string
	exporter *otlp.Exporter // nil: nowhere
}

func (m *metricsFlag) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&m.endpoint, "otlp", "", "`URL` that takes OpenTelemetry metrics while it runs; grpc:// speaks gRPC (default: as OTEL_EXPORTER_OTLP_* say)")
}

func (m *metricsFlag) start() error {
	cfg, err := otlp.FromEnvironment(m.endpoint, os.LookupEnv)
	if err != nil {
		return usageError{err}
	}
	if cfg.Endpoint == "" {
		return nil
	}
	cfg.Version = versionText()
	if m.exporter, err = otlp.Start(cfg); err != nil {
		return usage("--otlp: %v", err)
	}
	return nil
}

// close sends the last figures, and tells what could not be sent.
func (m *metricsFlag) close(w io.Writer) {
	if m.exporter == nil {
		return
	}
	if trouble := m.exporter.Close().Trouble(); trouble != "" {
		fmt.Fprintln(w, "seam: "+trouble) // where stderr cannot be written, nothing can be told
	}
}

// inChild runs a job in a process of its own and has its progress exported.
func (m *metricsFlag) inChild(ctx context.Context, task check.LoadTask) (*check.LoadResult, error) {
	if m.exporter != nil {
		seen := task.Job
		if task.Scenario != nil { // the other process makes the requests, by any method
			seen.Requests = []load.Request{{Method: "_OTHER", URL: task.Scenario.Base}}
		}
		m.exporter.Watch(&seen)
		task.Progress, task.Histograms = seen.Progress, seen.Histograms
	}
	return loadInChild(ctx, task)
}

// take hands the task of a URL to another process where its progress is
// exported: that is kept out of the process that has the clock.
func (m *metricsFlag) take(ctx context.Context, task *check.LoadTask, target string) error {
	if m.exporter == nil {
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
