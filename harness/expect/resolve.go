package expect

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Resolve holds the names of the expression against the edges of a system
// ("consumer->provider", "entry->provider"), and returns a *SyntaxError for
// the first that names none of them: a misspelt name would count nothing and
// could hold for ever.
func (c *Check) Resolve(edges []string) error {
	known := map[string]bool{}
	for _, edge := range edges {
		consumer, provider, _ := strings.Cut(edge, "->")
		known[edge], known[consumer], known[provider] = true, true, true
	}
	delete(known, "entry")
	for _, name := range c.names {
		if s := parseSubject(name.Text); s.who == nil || slices.ContainsFunc(edges, s.who.MatchString) || known[name.Text] {
			continue
		}
		what := "service"
		if strings.Contains(name.Text, "->") {
			what = "edge"
		}
		var near []string
		for candidate := range maps.Keys(known) {
			if strings.Contains(candidate, "->") == (what == "edge") {
				near = append(near, candidate)
			}
		}
		slices.Sort(near)
		return &SyntaxError{Column: name.Column, Message: fmt.Sprintf("the system has no %s %q", what, name.Text), Remedy: suggest(name.Text, near)}
	}
	return nil
}

// suggest names the nearest of the candidates, or all.
func suggest(text string, candidates []string) string {
	best, least := "", max(len(text)/3, 2)+1
	for _, candidate := range candidates {
		if d := distance(text, candidate); d < least {
			best, least = candidate, d
		}
	}
	if best != "" {
		return fmt.Sprintf("did you mean %q?", best)
	}
	return "there are " + strings.Join(candidates, ", ")
}
