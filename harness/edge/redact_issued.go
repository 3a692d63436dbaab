package edge

import "strings"

// issuers are the beginnings of tokens that say who issued them, without the
// mark that ends them, and the fewest characters that follow.
var issuers = map[byte][]struct {
	begin string
	least int
}{
	'_': {{"ghp", 36}, {"gho", 36}, {"ghu", 36}, {"ghs", 36}, {"ghr", 36}, {"github_pat", 22}, {"sk_live", 16}, {"rk_live", 16}},
	'-': {{"glpat", 20}, {"xoxb", 20}, {"xoxp", 20}, {"xoxa", 20}, {"xoxr", 20}},
}

// redactIssued replaces tokens of GitHub, GitLab, Slack and Stripe.
func redactIssued(text string) string {
	for _, mark := range []string{"_", "-"} {
		text = replaceAt(text, mark, func(at int) (from, n int) {
			from = at - issuedBefore(text, at)
			if from == at || from > 0 && (isWord(text[from-1]) || text[from-1] == '-') {
				return at, 0
			}
			end := at + 1
			for end < len(text) && (isWord(text[end]) || text[end] == '-') {
				end++
			}
			for _, issuer := range issuers[text[at]] {
				if issuer.begin == text[from:at] && end-at-1 >= issuer.least && strings.ContainsAny(text[at:end], "0123456789") {
					return from, end - from
				}
			}
			return at, 0
		})
	}
	return text
}

// issuedBefore is how long the beginning of such a token is that stands before
// the mark at i; 0: none does.
func issuedBefore(text string, i int) int {
	for _, issuer := range issuers[text[i]] {
		if strings.HasSuffix(text[:i], issuer.begin) {
			return len(issuer.begin)
		}
	}
	return 0
}
