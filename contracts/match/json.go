package match

import (
	"fmt"
	"sync"

	"github.com/seamtest/seam/contracts"
)

// A jsonPlan compares JSON: fast to say yes, slow to explain a no.
type jsonPlan struct {
	want   *value
	table  table
	strict bool
	fast   *node // nil where the plan would be too large

	laid       sync.Once // fields and fieldPaths, when first asked for
	fields     *field
	fieldPaths []string
}

func newJSONPlan(text []byte, t table, strict bool) (*jsonPlan, error) {
	want, err := parse(text)
	if err != nil {
		return nil, fmt.Errorf("the expected body is no JSON: %w", err)
	}
	return &jsonPlan{want: want, table: t, strict: strict, fast: newNode(want, t)}, nil
}

func (p *jsonPlan) compare(found []Mismatch, got *contracts.Body) []Mismatch {
	if p.judge(got.Content) == yes {
		return found
	}
	return append(found, p.explain(got.Content)...)
}

func (p *jsonPlan) explain(text []byte) []Mismatch {
	got, err := parse(text)
	if err != nil {
		return []Mismatch{{Part: PartBody, Path: "$", Expected: p.want.String(), Actual: string(text),
			Message: fmt.Sprintf("Failed to parse the actual body: '%s'", err)}}
	}
	c := comparison{report: newReport(PartBody), strict: p.strict}
	c.values(p.table.root(), p.want, got)
	return c.result()
}
