package match

import "regexp"

type pattern struct{ re *regexp.Regexp }

func newPattern(expr string) (*pattern, error) {
	re, err := regexp.Compile(`\A(?:` + expr + `)\z`)
	return &pattern{re}, err
}
func (p *pattern) match(text []byte) bool { return p.re.Match(text) }
func (p *pattern) slow([]byte) bool       { return false }
