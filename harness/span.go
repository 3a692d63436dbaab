package harness

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"os"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"github.com/seamtest/seam/harness/edge"
	"github.com/seamtest/seam/harness/internal/proc"
	"github.com/seamtest/seam/harness/system"
	"github.com/seamtest/seam/harness/trace"
)

// serviceName is the service.name of the spans that seam makes of its own work:
// a command that drives, an interaction that is replayed.
const serviceName = "seam"

// A Span is work of seam's own that calls into the system. It is stored when
// it ends, so that what it caused hangs from it. Its methods are safe for
// concurrent use, but for End, which is called once.
type Span struct {
	Trace trace.ID
	ID    trace.SpanID
	name  string
	start time.Time
	store func(...*trace.Span)
}

// StartSpan begins a root span; End must be called.
func (h *Harness) StartSpan(name string) *Span {
	s := &Span{name: name, start: time.Now(), store: h.keep}
	_, _ = rand.Read(s.Trace[:]) // never fails, by its documentation
	_, _ = rand.Read(s.ID[:])
	return s
}

// Traceparent is the span as W3C trace context, sampled.
func (s *Span) Traceparent() string { return fmt.Sprintf("00-%s-%s-01", s.Trace, s.ID) }

// Inject makes the request a child of the span.
func (s *Span) Inject(request *http.Request) { request.Header.Set("Traceparent", s.Traceparent()) }

// End stores the span; an error becomes its status.
func (s *Span) End(err error) {
	span := &trace.Span{
		Trace: s.Trace, ID: s.ID, Name: edge.RedactOutput(s.name), Kind: trace.Client, Flags: 1, Start: s.start, End: time.Now(),
		Resource: &trace.Resource{Service: serviceName, Attrs: []attribute.KeyValue{attribute.String("service.name", serviceName)}},
		Scope:    &trace.Scope{Name: "seam/run"},
	}
	if err != nil {
		span.Code, span.Message = trace.Error, edge.RedactOutput(err.Error())
	}
	s.store(span)
}

// Command runs the command of a step to its end with SEAM_ENTRY_URL and TRACEPARENT in
// its environment. Its last lines are in the error.
func (h *Harness) Command(ctx context.Context, step system.Step, span *Span) error {
	if err := h.startGroup(ctx); err != nil {
		return err
	}
	env := proc.Environ(os.Environ(), proc.ServiceEnv{
		Service: step.Name, RunID: h.group.RunID(), OTLP: h.receiver.Endpoints().OTLP, Jaeger: h.receiver.Endpoints().Jaeger,
		Env: map[string]string{"SEAM_ENTRY_URL": h.Entry(), "TRACEPARENT": span.Traceparent()},
	})
	return h.group.Build(ctx, proc.Command{Service: step.Name, Argv: step.Run, Dir: step.Dir, Env: env, Stop: system.Stop{Within: 5 * time.Second}})
}
