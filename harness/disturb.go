package harness

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/seamtest/seam/harness/edge"
	"github.com/seamtest/seam/harness/fault"
)

// A Fault is what Edge.Inject puts on an edge.
type Fault = fault.Fault

// An Injection is a fault in force: it is removed by it, and counts its strikes.
type Injection = fault.Injection

// Inject puts a fault on the edge: it strikes calls that begin from now on,
// whichever connection they come by, until it is removed. What it strikes bears
// it in Exchange.Injected, and its span in the attribute seam.fault.
func (e *Edge) Inject(f Fault) (*Injection, error) {
	check := f.Check
	if e.raw {
		check = f.CheckRaw
	}
	if err := check(); err != nil {
		return nil, fmt.Errorf("inject on edge %s: %w", e.Name, err)
	}
	return e.faults.Put(f), nil
}

// disturb puts the faults that strike an exchange round its way.
func (e *Edge) disturb(x *edge.Exchange, way http.RoundTripper) http.RoundTripper {
	path, _, _ := strings.Cut(x.Target, "?")
	struck := e.faults.Strike(x.Method, path)
	if struck == nil {
		return way
	}
	x.Injected = struck.String()
	if struck.Replace() {
		x.Fault = edge.FaultInjected
	}
	return struck.Over(way)
}

// disturbRaw does so with a connection that is passed on unread.
func (e *Edge) disturbRaw(ctx context.Context, x *edge.Exchange) error {
	struck := e.faults.Strike("", "")
	x.Injected = struck.String()
	return struck.Connect(ctx)
}
