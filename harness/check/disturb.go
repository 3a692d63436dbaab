package check

import (
	"fmt"
	"strings"

	"github.com/seamtest/seam/harness"
	"github.com/seamtest/seam/harness/report"
	"github.com/seamtest/seam/harness/system"
)

// A disturbance is the faults of a step or a load while they are in force.
type disturbance []injected

type injected struct {
	edge      string
	injection *harness.Injection
}

// disturb puts faults into force.
func (r *run) disturb(faults []system.EdgeFault) (disturbance, error) {
	var d disturbance
	for i := range faults {
		f := &faults[i]
		e := r.edgeNamed(f.Edge)
		if e == nil {
			d.end()
			return nil, fmt.Errorf("a fault is meant for the edge %s, which the system has not", f.Edge)
		}
		injection, err := e.Inject(harness.Fault{
			Method: f.Method, Path: f.Path, Share: f.Share, Times: f.Times,
			Latency: f.Latency, Status: f.Status, Reset: f.Reset, Cut: int64(f.Cut), Rate: int64(f.Rate),
		})
		if err != nil {
			d.end()
			return nil, err
		}
		d = append(d, injected{f.Edge, injection})
	}
	return d, nil
}

// edgeNamed finds an edge by the name that seam.yaml and reports have for it;
// nil where there is none.
func (r *run) edgeNamed(name string) *harness.Edge {
	for _, e := range r.harness.Edges() {
		if e.Name.String() == name {
			return e
		}
	}
	return nil
}

// end takes the faults back and tells what came of them.
func (d disturbance) end() []report.Fault {
	var all []report.Fault
	for _, one := range d {
		one.injection.Remove()
		all = append(all, report.Fault{Edge: one.edge, Fault: one.injection.Fault.String(), Strikes: one.injection.Strikes()})
	}
	return all
}

// idle says which of the faults struck nothing, "" where each struck: a test
// of what nobody met would prove nothing.
func idle(faults []report.Fault) string {
	var all []string
	for _, f := range faults {
		if f.Strikes == 0 {
			all = append(all, fmt.Sprintf("%s on %s", f.Fault, f.Edge))
		}
	}
	if len(all) == 0 {
		return ""
	}
	return "no call was struck by the fault " + strings.Join(all, ", nor by ") +
		": nothing crossed the edge meanwhile that its method, path, share and times allow"
}
