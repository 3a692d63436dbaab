package harness

import (
	"context"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/opentracing/opentracing-go"
	"github.com/uber/jaeger-client-go/config"

	"github.com/seamtest/seam/harness/system"
	"github.com/seamtest/seam/harness/trace"
)

func TestAServiceThatIsReadySaysForWhichTheStartWaits(t *testing.T) {
	service := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(service.Close)
	var mu sync.Mutex
	var steps []string // guarded by mu
	h, err := Start(t.Context(), Config{
		Spec: &system.Spec{Name: "chain", Services: []system.Service{
			{Name: "last", URL: service.URL, After: []string{"middle"}},
			{Name: "middle", URL: service.URL, After: []string{"first"}},
			{Name: "first", URL: service.URL},
		}},
		Progress: func(step string) {
			mu.Lock()
			defer mu.Unlock()
			steps = append(steps, regexp.MustCompile(` \([0-9.]+ s\)`).ReplaceAllString(step, ""))
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	want := []string{"first is ready; waiting for last, middle", "middle is ready; waiting for last", "last is ready"}
	if diff := cmp.Diff(want, steps); diff != "" {
		t.Error("said (-want +got):\n" + diff)
	}
}

// Some of Jaeger's old clients know no collector, but only an agent.
func TestAnOldClientThatSpeaksToAnAgentIsHeard(t *testing.T) {
	legacy := system.Service{Name: "legacy", Run: []string{"sh", "-c", "echo here; exec sleep 60"}, Ready: system.Ready{Log: "here", Within: time.Minute}}
	h, err := Start(t.Context(), Config{Spec: &system.Spec{Name: "old", Services: []system.Service{legacy}}})
	if err != nil {
		t.Fatal(err)
	}
	stop := sync.OnceValue(func() error { return h.Stop(context.Background()) })
	t.Cleanup(func() { _ = stop() }) // where the test failed before it did
	for _, entry := range h.environ(&legacy, 0) {
		if name, value, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "JAEGER_") {
			t.Setenv(name, value)
		}
	}
	t.Setenv("JAEGER_ENDPOINT", "")
	t.Setenv("JAEGER_REPORTER_ATTEMPT_RECONNECTING_DISABLED", "true")
	settings, err := config.FromEnv()
	if err != nil {
		t.Fatal(err)
	}
	tracer, closer, err := settings.NewTracer()
	if err != nil {
		t.Fatal(err)
	}
	tracer.StartSpan("by packet", opentracing.Tag{Key: "http.url", Value: "http://h/x?token=hunter2"}).Finish()
	if err := closer.Close(); err != nil {
		t.Fatal(err)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if got := h.Stats().Receive.Spans; got["jaeger/udp"] != 1 {
		t.Errorf("received %v", got)
	}
	found := h.Traces().Find(trace.Query{Service: "legacy"})
	if len(found) != 1 {
		t.Fatalf("%d traces of the service, wanted 1", len(found))
	}
	if kept := found[0].Spans[0].Attr("http.url").AsString(); kept != "http://h/x?token=REDACTED" {
		t.Errorf("kept a secret that the service sent: %s", kept)
	}
}

// TestAServiceThatHadToBeKilledIsNamed and one that ended is not.
func TestAServiceThatHadToBeKilledIsNamed(t *testing.T) {
	ready := system.Ready{Log: "here", Within: time.Minute}
	s := &sayer{text: "deaf did not end in time after SIGTERM and was killed", heard: make(chan struct{})}
	h, err := Start(t.Context(), Config{Progress: s.say, Spec: &system.Spec{Name: "end", Services: []system.Service{
		{Name: "deaf", Run: []string{"sh", "-c", "trap '' TERM; echo here; while :; do sleep 1; done"}, Ready: ready, Stop: system.Stop{Within: 100 * time.Millisecond}},
		{Name: "tidy", Run: []string{"sh", "-c", "echo here; exec sleep 60"}, Ready: ready},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Stop(context.Background()); err != nil {
		t.Error(err)
	}
	select {
	case <-s.heard:
	default:
		t.Errorf("said %q", s.said)
	}
	if said := strings.Join(s.said, "\n"); strings.Contains(said, "tidy did not end") {
		t.Errorf("said %q", s.said)
	}
}
