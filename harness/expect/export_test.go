package expect

import (
	"slices"

	"github.com/seamtest/seam/harness/trace"
)

// String is the text that was compiled.
func (c *Check) String() string { return c.text }

// Names lists the parties and edges that the expression speaks of.
func (c *Check) Names() []Name { return slices.Clone(c.names) }

// Judge holds the check against a whole trace, and
// reports true where it does not hold.
func (c *Check) Judge(t *trace.Trace) (Failure, bool) {
	var entry *trace.Span
	if all := t.Entries(); len(all) > 0 {
		entry = all[0]
	} else if root := t.Root(); root != nil && root.IsEdge() {
		entry = root
	}
	s := newScope(t, nil)
	s.entry = entry
	return c.judge(s, nil)
}
