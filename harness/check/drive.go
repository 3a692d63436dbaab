package check

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/seamtest/seam/harness/edge"
	"github.com/seamtest/seam/harness/report"
	"github.com/seamtest/seam/harness/system"
)

// drive sends traffic through the entry: the steps of seam.yaml in order, or
// the command that was given in their place.
func (r *run) drive(ctx context.Context) error {
	steps := r.Spec.Drive
	if r.Command != nil {
		steps = []system.Step{{Name: r.Command[0], Run: r.Command, Dir: ".", Times: 1}}
	}
	if len(steps) == 0 {
		return nil
	}
	r.Progress("driving: " + counted(len(steps), "step"))
	for _, step := range steps {
		step.Name = edge.RedactOutput(step.Name) // made of a path or a command where seam.yaml gives none
		began := time.Now()
		result := report.Step{Name: step.Name, Result: report.CasePassed}
		faults, err := r.disturb(step.Faults)
		if err != nil {
			return fmt.Errorf("step %q: %w", step.Name, err)
		}
		for result.Count < max(step.Times, 1) && result.Result == report.CasePassed {
			result.Count++
			if message := r.step(ctx, step, &result); message != "" {
				result.Result, result.Message = report.CaseFailed, message
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
		}
		result.Faults = faults.end()
		if unmet := idle(result.Faults); unmet != "" && result.Result == report.CasePassed {
			result.Result, result.Message = report.CaseFailed, unmet
		}
		result.TookS = time.Since(began).Seconds()
		r.doc.Drive = append(r.doc.Drive, result)
	}
	return r.settle(ctx)
}

// step runs a step once and says what was wrong with it, if anything, without
// the secrets in it.
func (r *run) step(ctx context.Context, step system.Step, result *report.Step) string {
	limited, cancel := ctx, context.CancelFunc(func() {})
	if step.Within > 0 {
		late := fmt.Errorf("the step took longer than its %s; raise `within:` if it may", step.Within)
		limited, cancel = context.WithTimeoutCause(ctx, step.Within, late)
	}
	defer cancel()
	if step.Run != nil {
		span := r.harness.StartSpan("drive " + step.Name)
		result.TraceID = span.Trace.String()
		err := r.harness.Command(limited, step, span)
		if err != nil {
			err = errors.New(edge.RedactOutput(err.Error())) // its last lines may quote what crossed an edge
		}
		span.End(err)
		if err != nil {
			return err.Error()
		}
		return ""
	}
	message := send(limited, r.harness.Entry(), step.Request)
	result.TraceID = r.latestTrace(ctx)
	return edge.RedactText(message)
}

// send makes one request to the entry and says how its answer was wrong.
func send(ctx context.Context, entry string, want *system.Request) string {
	request, err := http.NewRequestWithContext(ctx, want.Method, entry+want.Path, bytes.NewReader(want.Body))
	if err != nil {
		return fmt.Sprintf("request %s %s: %v", want.Method, want.Path, err)
	}
	for name, value := range want.Headers {
		request.Header.Set(name, value)
	}
	request.Host = request.Header.Get("Host") // "" is the entry's; net/http ignores the header
	client := http.Client{}
	if want.Status >= 300 && want.Status < 400 { // who asks for a redirect wants to see it
		client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	}
	answer, err := client.Do(request)
	if err != nil {
		if wrapped := (*url.Error)(nil); errors.As(err, &wrapped) {
			err = wrapped.Err // the URL may hold secrets, and the step says what was asked
		}
		return fmt.Sprintf("no answer: %v", endOf(ctx, err))
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	switch {
	case err != nil:
		return fmt.Sprintf("the answer broke off: %v", endOf(ctx, err))
	case want.Status == 0 && answer.StatusCode < http.StatusInternalServerError, want.Status == answer.StatusCode:
		return ""
	case want.Status == 0:
		return fmt.Sprintf("answered %d, wanted below 500: %s", answer.StatusCode, brief(body))
	default:
		return fmt.Sprintf("answered %d, wanted %d: %s", answer.StatusCode, want.Status, brief(body))
	}
}

// endOf is why ctx ended, where that is why there is an error.
func endOf(ctx context.Context, err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return context.Cause(ctx)
	}
	return err
}

func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func brief(body []byte) string {
	const most = 200
	body = bytes.TrimSpace(body)
	if len(body) > most {
		return string(body[:most]) + "..."
	}
	return string(body)
}

// latestTrace is that of the last exchange on the entry: steps run one at a time.
func (r *run) latestTrace(ctx context.Context) string {
	entry := r.harness.Edge("", r.Spec.Entry.Service)
	if entry == nil || r.settle(ctx) != nil {
		return ""
	}
	exchanges := entry.Exchanges()
	for i := len(exchanges) - 1; i >= 0; i-- {
		if exchanges[i].Phase == edge.Drive {
			return exchanges[i].Trace.String()
		}
	}
	return ""
}
