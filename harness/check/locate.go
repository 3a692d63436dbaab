package check

import (
	"encoding/json"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/seamtest/seam/contracts"
	"github.com/seamtest/seam/harness/report"
	"github.com/seamtest/seam/harness/system"
)

// locate says where in seam.yaml and in the pacts stands what was judged, so
// that a reader can be led there.
func (r *run) locate() {
	r.doc.File = r.Spec.File
	for i := range r.doc.Drive {
		if r.Command == nil {
			r.doc.Drive[i].Line = r.Spec.Drive[i].Pos.Line
		}
	}
	for i := range r.doc.Expectations {
		r.doc.Expectations[i].Line = r.Spec.Expect[i].Pos.Line
	}
	for i := range r.doc.Load {
		l := &r.Spec.Load[i]
		for n := range r.doc.Load[i].Objectives {
			r.doc.Load[i].Objectives[n].Line = lineOfObjective(l, n, r.doc.Load[i].Objectives[n].Text)
		}
	}
	for i := range r.doc.Findings {
		f := &r.doc.Findings[i]
		if f.Broke != "" {
			r.locateBroken(f)
		}
		if f.Line == 0 && f.Source == "" {
			f.Line = lineOf(r.Spec, f.Edge)
		}
	}
	locateInteractions(r.doc.Contracts)
}

// locateBroken leads from a live call that broke an interaction to the pact
// that it stands in, of those that the calls of its edge are held against.
func (r *run) locateBroken(f *report.Finding) {
	e := r.edgeNamed(f.Edge)
	if e == nil {
		return
	}
	for _, c := range e.Contracts() {
		at := slices.IndexFunc(c.Pact.Interactions, func(i contracts.Interaction) bool { return nameOf(&i) == f.Broke })
		if at < 0 {
			continue
		}
		told := []report.Contract{report.NewContract(c.Pact, c.Source)}
		for i := range c.Pact.Interactions {
			told[0].Interactions = append(told[0].Interactions, report.Interaction{Description: c.Pact.Interactions[i].Description})
		}
		locateInteractions(told)
		f.Source, f.Line = c.Source, told[0].Interactions[at].Line
		return
	}
}

// lineOfObjective is where the n-th objective of a load stands; those that end
// a run come after its own.
func lineOfObjective(l *system.Load, n int, text string) int {
	if n < len(l.Objectives) {
		return l.Objectives[n].Pos.Line
	}
	for _, e := range l.Abort {
		if strings.TrimSpace(e.Text) == text {
			return e.Pos.Line
		}
	}
	return 0
}

// lineOf is where the first of the named edges is declared; 0 where none is.
func lineOf(spec *system.Spec, edges string) int {
	edge, _, _ := strings.Cut(edges, ",")
	if spec.Entry.Service != "" && edge == (system.Edge{Provider: spec.Entry.Service}).String() {
		return spec.Entry.Pos.Line
	}
	for i := range spec.Services {
		for _, call := range spec.Services[i].Calls {
			if edge == (system.Edge{Consumer: spec.Services[i].Name, Provider: call.Provider}).String() {
				return call.Pos.Line
			}
		}
	}
	return 0
}

// mostPact bounds the pact file that is read once more for its lines.
const mostPact = 16 << 20

// locateInteractions finds the lines on which the interactions stand in their
// files. What cannot be found has no line.
func locateInteractions(all []report.Contract) {
	for i := range all {
		c := &all[i]
		if info, err := os.Stat(c.Source); err != nil || info.Size() > mostPact {
			continue // a URL, or no longer there
		}
		text, err := os.ReadFile(c.Source)
		if err != nil {
			continue
		}
		lines := linesOf(string(text))
		for n := range c.Interactions {
			if at := lines[c.Interactions[n].Description]; len(at) > 0 {
				c.Interactions[n].Line = at[0]
				lines[c.Interactions[n].Description] = at[min(1, len(at)-1):]
			}
		}
	}
}

// linesOf lists the lines of the members named description, by their text.
func linesOf(text string) map[string][]int {
	lines := map[string][]int{}
	number := 0
	for line := range strings.Lines(text) {
		number++
		for {
			_, after, found := strings.Cut(line, strconv.Quote("description"))
			if !found {
				break
			}
			line = strings.TrimLeft(after, ": \t")
			var description string
			if json.NewDecoder(strings.NewReader(line)).Decode(&description) == nil {
				lines[description] = append(lines[description], number)
			}
		}
	}
	return lines
}
