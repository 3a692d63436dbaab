package report

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/seamtest/seam/harness/load/compare"
	"github.com/seamtest/seam/harness/terminal"
)

// A Comparison of two sides of load runs is what `seam load compare` shows. The
// schema of its JSON form is comparison.schema.json beside this file.
type Comparison struct {
	Seam      int              `json:"seam" jsonschema:"description=Version of this format"`
	Verb      string           `json:"verb" jsonschema:"enum=load compare"`
	Verdict   compare.Verdict  `json:"verdict" jsonschema:"description=A regression where any scenario has one; else an improvement; else inconclusive"`
	Level     float64          `json:"level" jsonschema:"description=Of confidence: for all measures of a scenario together"`
	Threshold float64          `json:"threshold" jsonschema:"description=A worsening by less is no regression; as a share"`
	Scenarios []compare.Result `json:"scenarios"`
	Notes     []string         `json:"notes,omitempty"`
}

// Compare compares the loads of both sides, scenario by scenario. The error
// says why that cannot be done.
func Compare(a, b []Loaded, s compare.Settings) (*Comparison, error) {
	c := &Comparison{Seam: Format, Verb: "load compare", Verdict: compare.NoDifference, Level: cmp.Or(s.Level, 0.95), Threshold: s.Threshold}
	s.Level = c.Level
	for i := range a[0].Load {
		result, err := compareLoad(a, b, i, s)
		if err != nil {
			return nil, err
		}
		c.Scenarios = append(c.Scenarios, result)
		c.Verdict = c.Verdict.Worse(result.Verdict)
	}
	for _, doc := range slices.Concat(a, b) {
		if extra := len(doc.Load) - len(a[0].Load); extra > 0 {
			c.Notes = append(c.Notes, fmt.Sprintf("%s has loads that %s has not; they are not compared", doc.Name, a[0].Name))
		}
	}
	return c, nil
}

// Inconclusive reports whether the runs cannot tell whether some measure got worse.
func (c *Comparison) Inconclusive() bool {
	return slices.ContainsFunc(c.Scenarios, func(r compare.Result) bool {
		return slices.ContainsFunc(r.Measures, func(m compare.Measure) bool { return m.Verdict == compare.Inconclusive })
	})
}

// compareLoad compares the i-th load of the first document with those of the same name.
func compareLoad(a, b []Loaded, i int, s compare.Settings) (compare.Result, error) {
	var firsts [2]*Load
	var sides [2][]compare.Run
	for side, docs := range [2][]Loaded{a, b} {
		for _, doc := range docs {
			l, err := scenario(doc, &a[0], i)
			if err != nil {
				return compare.Result{}, err
			}
			if err := errors.Join(sound(doc.Name, l), samePlan(a[0].Name, &a[0].Load[i], doc.Name, l)); err != nil {
				return compare.Result{}, err
			}
			run, err := runOf(l)
			if err != nil {
				return compare.Result{}, fmt.Errorf("%s: %s: %w", doc.Name, l.Scenario, err)
			}
			firsts[side], sides[side] = cmp.Or(firsts[side], l), append(sides[side], run)
		}
	}
	result, err := compare.Compare(firsts[0].Scenario, sides[0], sides[1], s)
	if err != nil {
		return result, fmt.Errorf("%s: %w", firsts[0].Scenario, err)
	}
	x, y := firsts[0], firsts[1]
	if y.DurationS < x.DurationS*.8 || y.DurationS > x.DurationS*1.25 {
		result.Notes = append(result.Notes, fmt.Sprintf("A ran for %.1f s and B for %.1f s", x.DurationS, y.DurationS))
	}
	if x.Target != y.Target {
		result.Notes = append(result.Notes, fmt.Sprintf("A loaded %s and B %s", x.Target, y.Target))
	}
	return result, nil
}

// scenario finds the load of a document that is the i-th of the first. Where
// each has one only, names may differ: those of URLs hold a port.
func scenario(doc Loaded, first *Loaded, i int) (*Load, error) {
	if len(doc.Load) == 1 && len(first.Load) == 1 {
		return &doc.Load[0], nil
	}
	for k := range doc.Load {
		if doc.Load[k].Scenario == first.Load[i].Scenario {
			return &doc.Load[k], nil
		}
	}
	return nil, fmt.Errorf("%s has no load %q, which %s has", doc.Name, first.Load[i].Scenario, first.Name)
}

// samePlan says in what two loads were asked to differ; how long they ran may.
func samePlan(nameA string, a *Load, nameB string, b *Load) error {
	var differences []string
	keys := maps.Clone(a.Plan)
	maps.Copy(keys, b.Plan)
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		if x, y := a.Plan[key], b.Plan[key]; x != y && key != "length" {
			differences = append(differences, fmt.Sprintf("%s: %s in %s, %s in %s", key, cmp.Or(x, "none"), nameA, cmp.Or(y, "none"), nameB))
		}
	}
	if len(differences) == 0 {
		return nil
	}
	return errors.New("the plans differ, so the figures would: " + strings.Join(differences, "; "))
}

// Write renders the comparison as text, json or markdown.
func (c *Comparison) Write(w io.Writer, format string, style Style) error {
	switch format {
	case "json":
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(c)
	case "markdown":
		return c.markdown(w)
	case "text":
		return c.text(w, style)
	}
	return fmt.Errorf("a comparison is written as text, json or markdown, not as %s", format)
}

func (c *Comparison) text(w io.Writer, style Style) error {
	p := &printer{Style: style}
	colours := map[compare.Verdict]string{compare.Regression: red, compare.Improvement: green, compare.Inconclusive: yellow}
	p.printf("seam load compare: %s\n", p.paint(colours[c.Verdict], strings.ToUpper(string(c.Verdict))))
	for i := range c.Scenarios {
		r := &c.Scenarios[i]
		p.printf("\nload %s: %s\n", oneLine(r.Scenario), r.Runs())
		p.printf("     %-10s %10s %10s  %9s  %s\n", "", "A", "B", "change", c.interval())
		for k := range r.Measures {
			m := row{&r.Measures[k]}
			if m.Verdict == compare.NotJudged {
				p.printf("     %-10s %10s %10s  not judged: %s\n", m.Name, m.shown(m.A), m.shown(m.B), m.Why)
				continue
			}
			p.printf("     %-10s %10s %10s  %9s  %-22s %s\n", m.Name, m.shown(m.A), m.shown(m.B), m.change(m.Change), m.between(), p.paint(colours[m.Verdict], string(m.Verdict)))
		}
		for _, note := range r.Notes {
			p.text("note: " + note)
		}
	}
	for _, note := range c.Notes {
		p.text("note: " + note)
	}
	_, err := io.WriteString(w, terminal.Inert(p.String()))
	return err
}

func (c *Comparison) markdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "### seam load compare: %s\n", c.Verdict)
	for i := range c.Scenarios {
		r := &c.Scenarios[i]
		fmt.Fprintf(&b, "\n**%s**: %s\n\n| measure | A | B | change | %s | verdict |\n|---|--:|--:|--:|---|---|\n", escapeCell(r.Scenario), r.Runs(), c.interval())
		for k := range r.Measures {
			m := row{&r.Measures[k]}
			if m.Verdict == compare.NotJudged {
				fmt.Fprintf(&b, "| %s | %s | %s | | | not judged: %s |\n", m.Name, m.shown(m.A), m.shown(m.B), m.Why)
				continue
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", m.Name, m.shown(m.A), m.shown(m.B), m.change(m.Change), m.between(), m.Verdict)
		}
		for _, note := range r.Notes {
			fmt.Fprintf(&b, "\n_%s_\n", escapeCell(note))
		}
	}
	for _, note := range c.Notes {
		fmt.Fprintf(&b, "\n_%s_\n", escapeCell(note))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// interval is the head of the column of intervals.
func (c *Comparison) interval() string {
	text := fmt.Sprintf("%g%% interval", 100*c.Level)
	if c.Threshold > 0 {
		text += fmt.Sprintf(", threshold %g%%", 100*c.Threshold)
	}
	return text
}

// A row is a measure as it is printed.
type row struct{ *compare.Measure }

func (m row) shown(v float64) string {
	switch m.Unit {
	case "ms":
		return millis(v)
	case "%":
		return fmt.Sprintf("%.3g%%", v)
	default:
		return fmt.Sprintf("%.1f/s", v)
	}
}

// change is in percent of A; of the error rate in points.
func (m row) change(v float64) string {
	if m.Unit == "%" {
		return fmt.Sprintf("%+.2f pt", math.Round(100*v)/100+0)
	}
	return fmt.Sprintf("%+.1f%%", math.Round(10*v)/10+0) // no -0.0
}

func (m row) between() string { return m.change(m.Low) + " to " + m.change(m.High) }
