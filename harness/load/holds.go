package load

import (
	"fmt"
	"net/http"
)

// Checks hold answers against what they must show, outside of flows. They are
// safe for use by several goroutines. Make them with NewChecks.
type Checks struct{ plan *stepPlan }

// NewChecks compiles checks; what is wrong with them has the keys check[0] and so on.
func NewChecks(all []Check) (*Checks, []Fault) {
	c := &compiler{script: &script{}, known: map[string]ref{}}
	plan := &stepPlan{}
	for i := range all {
		c.check(plan, &all[i], fmt.Sprintf("check[%d]", i))
	}
	return &Checks{plan}, c.faults
}

// Broken is the name of the first check that an answer does not pass; "" where
// it passes all.
func (c *Checks) Broken(status int, header http.Header, body []byte) string {
	a := &seen{status: status, body: body, size: int64(len(body))}
	a.keepHeaders(header)
	if class, which := c.plan.look(a, nil); class != "" {
		return c.plan.named[which-1]
	}
	return ""
}
