package check

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/seamtest/seam/harness"
	"github.com/seamtest/seam/harness/report"
)

// losses warns of what makes the run's own figures doubtful: spans are its
// evidence, so the reader must know of each that was lost on its way. Evicted
// are the traces that left the store before they were judged.
func losses(s harness.Stats, evicted uint64) (found []report.Finding) {
	warn := func(kind, format string, args ...any) {
		found = append(found, report.Finding{Kind: kind, Warning: true, Message: fmt.Sprintf(format, args...)})
	}
	if n := s.Receive.Lost(); n > 0 {
		warn("spans-refused", "%d spans, requests or packets that services sent were not taken in: %s", n, strings.Join(s.Receive.Losses(), "; "))
	}
	if n := s.Receive.Renamed; n > 0 {
		warn("foreign-edge", "%d spans that services sent bore the scope of seam's own edges; they are not counted as edges: "+
			"does a service send on what another seam published?", n)
	}
	if n := s.Store.Refused; n > 0 {
		warn("spans-refused", "%d spans were larger than the store of traces", n)
	}
	if evicted > 0 {
		warn("traces-evicted", "%d traces left the bounded store before they were judged", evicted)
	}
	for _, endpoint := range slices.Sorted(maps.Keys(s.Publish)) {
		if to := s.Publish[endpoint]; to.Dropped > 0 {
			warn("publish-dropped", "%d spans did not reach %s: %s", to.Dropped, endpoint, to.LastError)
		}
	}
	return found
}
