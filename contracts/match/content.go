package match

import (
	"fmt"

	"github.com/seamtest/seam/contracts"
)

// A textBody compares text as a whole, by the rules at `$` or for equality.
type textBody struct {
	want  string
	table table
}

func (b *textBody) compare(found []Mismatch, got *contracts.Body) []Mismatch {
	set, _ := b.table.root().rules()
	text := string(got.Content)
	if set == nil {
		if text == b.want {
			return found
		}
		return append(found, Mismatch{Part: PartBody, Path: "$", Expected: b.want, Actual: text,
			Message: fmt.Sprintf("Expected body '%s' to match '%s' using equality but did not match", b.want, text)})
	}
	set.judge(b.want, text, func(r *rule, message string) {
		found = append(found, Mismatch{Part: PartBody, Path: "$", Expected: b.want, Actual: text, Message: message, Rule: r.name, RuleAt: set.at})
	})
	return found
}
