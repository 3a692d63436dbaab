package check

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/seamtest/seam/harness/edge"
	"github.com/seamtest/seam/harness/report"
)

// settling is how long calls are waited for that outlive what caused them.
const settling = 10 * time.Second

// resigned is how long they are waited for once one of them never ended.
const resigned = 100 * time.Millisecond

// settle waits until every exchange that began was observed. A call that hangs
// or a stream that nobody ends does not hold up the run: it is told, is not
// waited for again, and ends with its services.
func (r *run) settle(ctx context.Context) error {
	patience := r.Patience
	switch {
	case r.open:
		patience = resigned
	case patience == 0:
		patience = settling
	}
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := r.harness.Settle(limited)
	var open *edge.OpenError
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case !errors.As(err, &open):
		return err
	case r.open:
		return nil
	}
	r.open = true
	r.Progress(fmt.Sprintf("%s: %s, and not waited for any longer", open.Edge, open.Call))
	r.doc.Findings = append(r.doc.Findings, report.Finding{
		Kind: "call-unfinished", Warning: true, Edge: open.Edge,
		Message: open.Call + ", when seam went on without it: it hangs, or is a stream that nobody ends; give it a timeout where it is sent, or an end where it is answered",
	})
	return nil
}
