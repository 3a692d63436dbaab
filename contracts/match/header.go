package match

import (
	"fmt"
	"maps"
	"net/textproto"
	"slices"
	"strings"

	"github.com/seamtest/seam/contracts"
)

// A headerPlan compares the headers that are expected; others may come.
type headerPlan struct {
	fields []fieldPlan // by name, as written
	canon  []string    // canonical names, aligned
}

func newHeaderPlan(want map[string][]string, rules map[string]contracts.RuleList) (headerPlan, error) {
	var p headerPlan
	for _, name := range slices.Sorted(maps.Keys(want)) {
		f := fieldPlan{part: PartHeader, name: name}
		for _, v := range want[name] {
			f.values = append(f.values, strings.TrimSpace(v))
		}
		var err error
		if f.set, err = headerRules(name, rules); err != nil {
			return p, err
		}
		p.fields = append(p.fields, f)
		p.canon = append(p.canon, textproto.CanonicalMIMEHeaderKey(name))
	}
	return p, nil
}

// headerRules returns the rules of a header, nil where it has none.
func headerRules(name string, rules map[string]contracts.RuleList) (*ruleSet, error) {
	for _, at := range slices.Sorted(maps.Keys(rules)) {
		if strings.EqualFold(at, name) && len(rules[at].Rules) > 0 {
			return newRuleSet(at, rules[at])
		}
	}
	return nil, nil
}

// lookup finds a header whatever the case of its name.
func lookup(headers map[string][]string, written, canonical string) ([]string, bool) {
	if v, ok := headers[canonical]; ok {
		return v, true
	}
	if v, ok := headers[written]; ok {
		return v, true
	}
	for name, v := range headers {
		if strings.EqualFold(name, canonical) {
			return v, true
		}
	}
	return nil, false
}

func (p *headerPlan) compare(found []Mismatch, headers map[string][]string) []Mismatch {
	for i := range p.fields {
		f := &p.fields[i]
		lines, ok := lookup(headers, f.name, p.canon[i])
		if !ok {
			found = append(found, headerMismatch(f, nil, fmt.Sprintf("Expected a header '%s' but was missing", f.name)))
			continue
		}
		if len(lines) == 1 && len(f.values) == 1 && f.set == nil && lines[0] == f.values[0] {
			continue
		}
		got := split(f.name, lines)
		switch {
		case len(f.values) == 0 && len(got) > 0:
			found = append(found, headerMismatch(f, got, fmt.Sprintf("Expected an empty header '%s' but actual value was '%s'", f.name, joined(got))))
		case f.set != nil && oneValue(f, got):
			if !f.set.holds(f.values[0], got[0], false) {
				found = ruledHeader(found, f, got)
			}
		case f.set != nil:
			if !f.holds(got) {
				found = ruledHeader(found, f, got)
			}
		case p.canon[i] == "Accept" || p.canon[i] == "Content-Type":
			found = typedHeader(found, f, got)
		default:
			found = plainHeader(found, f, got)
		}
	}
	return found
}

// split takes the lines of a header apart where it is known to be a list.
func split(name string, lines []string) []string {
	if len(lines) == 1 && !strings.Contains(lines[0], ",") && strings.TrimSpace(lines[0]) == lines[0] {
		return lines
	}
	var values []string
	for _, line := range lines {
		values = append(values, contracts.SplitHeader(name, line)...)
	}
	return values
}

func headerMismatch(f *fieldPlan, got []string, message string) Mismatch {
	return Mismatch{Part: PartHeader, Pointer: f.name, Expected: joined(f.values), Actual: joined(got), Message: message}
}

func mismatchWith(name, message string) string {
	return fmt.Sprintf("Mismatch with header '%s': %s", name, message)
}

// oneValue says whether one value stands against one: sizes are not asked then.
func oneValue(f *fieldPlan, got []string) bool { return len(f.values) == 1 && len(got) == 1 }

// ruledHeader says why a header's rules do not hold.
func ruledHeader(found []Mismatch, f *fieldPlan, got []string) []Mismatch {
	told := newListReport(found, headerMismatch(f, got, ""))
	told.text = func(message string) string { return mismatchWith(f.name, message) }
	if oneValue(f, got) {
		f.eachOf(told, got, f.rulesAt)
	} else {
		f.explain(told, got)
	}
	return told.found
}

// plainHeader compares value by value, in order.
func plainHeader(found []Mismatch, f *fieldPlan, got []string) []Mismatch {
	return eachHeader(found, f, got, func(want, v string) bool { return want == v })
}

func eachHeader(found []Mismatch, f *fieldPlan, got []string, same func(want, got string) bool) []Mismatch {
	mark, m := len(found), headerMismatch(f, got, "")
	add := func(format string, args ...any) {
		m.Message = mismatchWith(f.name, fmt.Sprintf(format, args...))
		found = append(found, m)
	}
	if len(f.values) <= 1 && len(got) <= 1 {
		if want, v := at(f.values, 0), at(got, 0); want != v && closeCommas(want) != closeCommas(v) {
			add("Expected header '%s' to have value '%s' but was '%s'", f.name, want, v)
		}
		return found
	}
	for i := range max(len(f.values), len(got)) {
		want, v := at(f.values, i), at(got, i)
		switch {
		case len(found)-mark >= mostOfField:
			return found
		case i >= len(got):
			add("Expected value '%s' at index %d but was missing (actual has %d value(s))", want, i, len(got))
		case !same(want, v):
			add("Expected '%s' to be equal to '%s' for value at index %d", v, want, i)
		}
	}
	return found
}

// closeCommas drops white space around commas.
func closeCommas(s string) string {
	if !strings.Contains(s, ",") {
		return s
	}
	parts := strings.Split(s, ",")
	for i, part := range parts {
		parts[i] = strings.TrimSpace(part)
	}
	return strings.Join(parts, ",")
}

// typedHeader compares Accept and Content-Type: the value as it is, and each
// expected parameter in any case. More parameters may come.
func typedHeader(found []Mismatch, f *fieldPlan, got []string) []Mismatch {
	if len(f.values) != 1 || len(got) != 1 {
		return eachHeader(found, f, got, sameTyped)
	}
	if sameTyped(f.values[0], got[0]) || closeCommas(f.values[0]) == closeCommas(got[0]) {
		return found
	}
	return append(found, headerMismatch(f, got, mismatchWith(f.name, fmt.Sprintf("Expected header '%s' to have value '%s' but was '%s'", f.name, f.values[0], got[0]))))
}

// sameTyped compares "type/sub; name=value" with what came, as text: quotes
// count, and so does the case of names.
func sameTyped(want, got string) bool {
	head, rest := typedParts(want)
	gotHead, gotRest := typedParts(got)
	if head != gotHead {
		return false
	}
	for left := rest; left != ""; {
		var one string
		one, left, _ = strings.Cut(left, ";")
		name, _, ok := param(one)
		value, _ := findParam(rest, name)
		if other, has := findParam(gotRest, name); ok && (!has || !sameFold(value, other)) {
			return false
		}
	}
	return true
}

// typedParts are what stands before the first semicolon that has something
// before it, and the rest.
func typedParts(s string) (head, rest string) {
	for head == "" && s != "" {
		head, s, _ = strings.Cut(s, ";")
		head = strings.TrimSpace(head)
	}
	return head, s
}

// sameFold passes over the case of ASCII letters.
func sameFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if a[i] != b[i] && (a[i]|0x20 != b[i]|0x20 || a[i]|0x20 < 'a' || a[i]|0x20 > 'z') {
			return false
		}
	}
	return true
}

func param(s string) (name, value string, ok bool) {
	name, value, ok = strings.Cut(s, "=")
	return strings.TrimSpace(name), strings.TrimSpace(value), ok
}

// findParam returns the last parameter of that name.
func findParam(rest, name string) (value string, found bool) {
	for rest != "" {
		var one string
		one, rest, _ = strings.Cut(rest, ";")
		if n, v, ok := param(one); ok && n == name {
			value, found = v, true
		}
	}
	return value, found
}
