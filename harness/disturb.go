package harness

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/seamtest/seam/harness/edge"
	"github.com/seamtest/seam/harness/fault"
	"github.com/seamtest/seam/harness/internal/live"
)

// A Fault is what Edge.Inject puts on an edge.
type Fault = fault.Fault

// An Injection is a fault in force: it is removed by it, and counts its strikes.
type Injection = fault.Injection

// Inject puts a fault on the edge: it strikes calls that begin from now on,
// whichever connection they come by, until it is removed. What it strikes bears
// it in Exchange.Injected, and its span in the attribute seam.fault. The error
// says what the fault lacks, or that the edge cannot show it.
func (e *Edge) Inject(f Fault) (*Injection, error) {
	if err := f.Check(e.raw); err != nil {
		return nil, fmt.Errorf("inject on edge %s: %w", e.Name, err)
	}
	return e.faults.Put(f), nil
}

// disturb puts the faults that strike an exchange round its way. What they lead
// to is not judged.
func (e *Edge) disturb(x *edge.Exchange, way http.RoundTripper, judge *live.Judge) http.RoundTripper {
	path, _, _ := strings.Cut(x.Target, "?")
	faults := e.faults.Strike(x.Method, path)
	if faults == nil {
		return way
	}
	judge.Struck(x.Trace)
	x.Injected = faults.String()
	if faults.Replace() {
		x.Fault = edge.FaultInjected
	}
	return faults.Over(way)
}

// disturbRaw does so with a connection that is passed on unread.
func (e *Edge) disturbRaw(ctx context.Context, x *edge.Exchange) error {
	faults := e.faults.Strike("", "")
	x.Injected = faults.String()
	return faults.Connect(ctx)
}
