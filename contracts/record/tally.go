package record

import (
	"fmt"
	"slices"
	"strings"
)

// Bounds on what a tally names.
const (
	mostNamed = 5
	mostName  = 200 // bytes of one
)

// A tally counts exchanges that were left out, and names the first kinds of
// them, in the order in which they came.
type tally struct {
	count int
	names []string
	other int // exchanges of kinds that are not named
}

// add counts an exchange.
func (t *tally) add(name string) {
	t.count++
	if name = cut(name); slices.Contains(t.names, name) {
		return
	}
	if len(t.names) == mostNamed {
		t.other++
		return
	}
	t.names = append(t.names, name)
}

// append adds how many there were, why, and of which kinds; nothing for none.
func (t *tally) append(lines []string, why string) []string {
	if t.count == 0 {
		return lines
	}
	noun := "exchanges"
	if t.count == 1 {
		noun = "exchange"
	}
	line := fmt.Sprintf("%d %s %s: %s", t.count, noun, why, strings.Join(t.names, ", "))
	if t.other > 0 {
		line += fmt.Sprintf(", and %d of other kinds", t.other)
	}
	return append(lines, line)
}

func cut(name string) string {
	if len(name) <= mostName {
		return name
	}
	return strings.ToValidUTF8(name[:mostName], "") + "…"
}
