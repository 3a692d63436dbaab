package harness

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/seamtest/seam/harness/edge"
	"github.com/seamtest/seam/harness/system"
	"github.com/seamtest/seam/harness/trace"
)

// A Query picks traces from Harness.Traces.
type Query = trace.Query

// Run starts the system of a seam.yaml for a Go test and stops it when the
// test ends. The path is relative to the test's folder; "" looks upward as the
// command does. The output of the services goes to the test's log. Exchanges
// belong to the phase drive.
//
// The test calls the system at Entry, or a service at its Edge, and then
// Settle; after that Edge.Exchanges, Edge.Coverage and Wait tell all of it.
func Run(t testing.TB, path string) *Harness {
	t.Helper()
	here, err := os.Getwd()
	if err != nil {
		t.Fatalf("seam: find the current folder: %v", err)
	}
	if path != "" && !filepath.IsAbs(path) {
		path = filepath.Join(here, path)
	}
	if _, err := os.Stat(path); path != "" && err != nil {
		t.Fatalf("seam: %v; a path is relative to the test's folder", err)
	}
	found, err := system.Find(path, os.LookupEnv, here)
	if err != nil {
		t.Fatalf("seam: %v", err)
	}
	spec, err := system.Read(found, os.LookupEnv)
	if err != nil {
		t.Fatalf("seam: %v", err)
	}
	h, err := Start(t.Context(), Config{
		Spec: spec, Phase: edge.Drive, Bodies: true, Log: func(l Line) { t.Logf("%s | %s", l.Service, l.Text) },
		Progress: func(step string) { t.Log("seam:", step) },
	})
	if err != nil {
		t.Fatalf("seam: start %s: %s", spec.Name, edge.RedactOutput(err.Error())) // it may quote a service's last lines
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if err := h.Stop(ctx); err != nil {
			t.Errorf("seam: stop %s: %v", spec.Name, err)
		}
		for _, lost := range h.Unpublished() {
			t.Log("seam:", lost)
		}
		for _, death := range h.Deaths() {
			t.Errorf("seam: %s", death.Why)
		}
	})
	return h
}

// Wait returns the trace once all that must come of it has come; when ctx
// ends first, the completeness says what is missing.
func (h *Harness) Wait(ctx context.Context, id trace.ID) (*trace.Trace, trace.Completeness) {
	complete := h.store.Wait(ctx, id)
	t, ok := h.store.Trace(id)
	if !ok {
		t = trace.New(id)
	}
	return t, complete
}
