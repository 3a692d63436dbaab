package compare

import (
	"fmt"
	"math"
	"strings"
)

// How much longer a run may have to be before to say so is no advice.
const mostLonger = 100

// open says of which measures the runs cannot tell, why, and what would; ""
// for none.
func (s Settings) open(r *Result, a, b *side) string {
	var names []string
	longer := 0.0
	for i := range r.Measures {
		m := &r.Measures[i]
		if m.Verdict != Inconclusive {
			continue
		}
		names = append(names, m.Name)
		if longer == 0 && s.Threshold > 0 && i != atErrors {
			reach := math.Log1p(m.High/100) - math.Log1p(m.Change/100)
			longer = math.Ceil(math.Pow(reach/math.Log1p(s.Threshold), 2))
		}
	}
	if len(names) == 0 {
		return ""
	}
	text := fmt.Sprintf("inconclusive: these runs cannot tell whether %s got worse by more than %g%%", strings.Join(names, ", "), 100*s.Threshold)
	if min(a.runs, b.runs) > 1 {
		return text + "; give more runs a side, or longer ones"
	}
	if alike := max(a.alike, b.alike); alike >= 2 {
		text += fmt.Sprintf("; slow spells last, so that some %.0f s of a run say as much as one that stands alone", alike*max(a.seconds, b.seconds))
	}
	text += "; give three or more runs a side (A1,A2,A3 B1,B2,B3)"
	if longer > 1 && longer <= mostLonger {
		text += fmt.Sprintf(", or load about %.0f times as long", longer)
	}
	return text
}
