package report

import (
	"fmt"
	"strings"

	"github.com/seamtest/seam/contracts/cover"
	"github.com/seamtest/seam/contracts/match"
)

// ContractViolated is the kind of the findings about live calls that break a
// contract, and CoverageTooLow that of a minimum that was not reached.
const (
	ContractViolated = "contract-violated"
	CoverageTooLow   = "coverage-too-low"
)

// NewCoverage tells how the calls of a phase kept to the contracts of an edge.
func NewCoverage(edge, phase string, c *cover.Coverage) Coverage {
	out := Coverage{
		Edge: edge, Phase: phase, Conforming: int(c.Conforming), Violating: int(c.Violating), Uncovered: int(c.Uncovered),
		Unjudged: int(c.Unjudged), Interactions: len(c.Interactions), NeverShown: c.NeverShown(),
	}
	out.Shown = out.Interactions - len(out.NeverShown)
	for i := range c.Interactions {
		if s := &c.Interactions[i]; len(s.FieldsUnseen) > 0 {
			out.Fields = append(out.Fields, Unseen{s.Name(), s.FieldsUnseen})
		}
	}
	for _, call := range c.Undescribed {
		out.Undescribed = append(out.Undescribed, Undescribed{
			Method: call.Method, Route: call.Path, Status: call.Status, Count: int(call.Count), TraceID: call.Example,
			Why: call.Why, Nearest: call.Nearest, Mismatches: newMismatches(call.Mismatches),
		})
	}
	for _, v := range c.Violations {
		out.Violations = append(out.Violations, Violation{
			Interaction: v.Description, States: v.States, Status: v.Status, Count: int(v.Count), TraceID: v.Example,
			Mismatches: newMismatches(v.Mismatches),
		})
	}
	for why, n := range c.Reasons {
		if out.WhyUnjudged == nil {
			out.WhyUnjudged = map[string]int{}
		}
		out.WhyUnjudged[why] = int(n)
	}
	return out
}

// Calls counts everything that crossed the edge, judged or not.
func (c *Coverage) Calls() int { return c.Conforming + c.Violating + c.Uncovered + c.Unjudged }

// Findings are the violations, one finding for each kind.
func (c *Coverage) Findings() []Finding {
	var all []Finding
	for _, v := range c.Violations {
		message := fmt.Sprintf("%s broke %q%s", plural(v.Count, "live call"), v.Interaction, given(v.States))
		if c.Phase == "load" {
			judged := max(c.Calls()-c.Unjudged, 1)
			message = fmt.Sprintf("under load %d of %s (%.3g%%) broke %q%s", v.Count, plural(judged, "judged call"),
				100*float64(v.Count)/float64(judged), v.Interaction, given(v.States))
			if o := v.Onset; o != nil && o.Rate > 0 {
				_, provider, _ := strings.Cut(c.Edge, "->")
				message += fmt.Sprintf(": above %.0f/s %.3g%% of the answers of %s to it do, below %.3g%%", o.Rate, 100*o.Above, provider, 100*o.Below)
			}
		}
		all = append(all, Finding{
			Kind: ContractViolated, Edge: c.Edge, Message: message, Evidence: []string{v.TraceID}, Mismatches: v.Mismatches,
			Broke: NameOf(v.Interaction, v.States),
		})
	}
	return all
}

// NameOf tells the interactions of an edge apart.
func NameOf(description string, states []string) string { return description + given(states) }

// FromRates says of each interaction that was broken from which rate of load
// on it was; the keys are those of NameOf.
func (c *Coverage) FromRates(onsets map[string]Onset) {
	for i := range c.Violations {
		v := &c.Violations[i]
		if onset, known := onsets[NameOf(v.Interaction, v.States)]; known {
			v.Onset = &onset
		}
	}
}

// TooLow says what of the shares that are demanded was not reached over all
// edges in drive and live; a demand of 0 asks nothing.
func TooLow(all []Coverage, calls, interactions float64) []Finding {
	var described, judged, shown, agreed int
	var callsAt, interactionsAt []string
	for i := range all {
		c := &all[i]
		if c.Phase == "load" {
			continue
		}
		described += c.Conforming + c.Violating
		judged += c.Conforming + c.Violating + c.Uncovered
		shown += c.Shown
		agreed += c.Interactions
		if c.Uncovered > 0 {
			callsAt = append(callsAt, c.Edge)
		}
		if c.Shown < c.Interactions {
			interactionsAt = append(interactionsAt, c.Edge)
		}
	}
	var found []Finding
	low := func(part, all int, demanded float64, at []string, what string) {
		share := float64(part) / float64(max(all, 1))
		if share >= demanded {
			return
		}
		message := fmt.Sprintf("%d of %d %s (%.0f%%); seam.yaml demands %.0f%%", part, all, what, 100*share, 100*demanded)
		if all == 0 {
			message = fmt.Sprintf("seam.yaml demands that %.0f%% of the %s, but there are none", 100*demanded, what)
		}
		found = append(found, Finding{Kind: CoverageTooLow, Edge: strings.Join(at, ", "), Evidence: []string{}, Message: message})
	}
	low(described, judged, calls, callsAt, "calls are described by a contract")
	low(shown, agreed, interactions, interactionsAt, "interactions were shown by a call")
	return found
}

func newMismatches(found []match.Mismatch) []Mismatch {
	all := make([]Mismatch, 0, len(found))
	for _, m := range found {
		all = append(all, newMismatch(m))
	}
	return all
}
