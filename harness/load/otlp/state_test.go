package otlp

import (
	"testing"
	"time"

	"github.com/seamtest/seam/harness/load"
)

// A load whose name comes again, or that shares the name of those beyond the
// bound, adds to what there is: what is cumulative never falls.
func TestALoadWhoseNameComesAgainGoesOnCounting(t *testing.T) {
	r := &receiver{}
	e := begin(t, Config{Endpoint: r.listen(t, "http/protobuf"), Every: time.Hour})
	last := map[string]float64{}
	for _, class := range []string{"status", "timeout"} {
		job := orders()
		e.Watch(&job)
		for n := range int64(3) {
			job.Progress(load.Progress{Due: 5, Requests: 5 * n, InFlight: 5, Waited: n, Errors: n, Classes: map[string]int64{class: n}})
			e.export()
			points := r.points(t)
			for name, was := range last {
				if now := points[name]; now < was {
					t.Errorf("%s falls from %v to %v", name, was, now)
				}
			}
			last = points
		}
	}
	e.Close()
	of := " seam.load.name=orders"
	want := map[string]float64{
		"seam.load.due" + of: 30, "seam.load.sent" + of: 30, "seam.load.done" + of: 20, "seam.load.waited" + of: 4,
		"seam.load.errors" + of + " error.type=status": 2, "seam.load.errors" + of + " error.type=timeout": 2,
	}
	for name, n := range want {
		if last[name] != n {
			t.Errorf("%s is %v after two loads, want %v", name, last[name], n)
		}
	}
}
