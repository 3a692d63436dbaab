package match

import (
	"bytes"
	"encoding/base64"
	"fmt"
)

// fits judges what came where a scalar was expected. The text of a container
// is its JSON.
func (r *rule) fits(want, got scalar) bool {
	switch r.kind {
	case ruleEquality, ruleValues:
		return want.equal(got)
	case ruleRegex:
		return r.regex != nil && r.regex.match(got.text)
	case ruleType:
		return want.kind == got.kind || want.kind.number() && got.kind.number()
	case ruleInteger:
		return got.kind == integerKind
	case ruleDecimal:
		return got.kind == decimalKind
	case ruleNumber:
		return got.kind.number()
	case ruleBoolean:
		return got.kind == boolKind || got.kind == stringKind && isBoolean(got.text)
	case ruleNull:
		return got.kind == nullKind
	case ruleInclude:
		return bytes.Contains(got.text, r.value)
	case ruleDate, ruleTime, ruleDateTime:
		return r.layout != nil && r.layout.match(timeForm(got)) == ""
	case ruleContentType:
		return looksLike(contentOf(got), r.text)
	case ruleSemver:
		return got.kind == stringKind && semverFault(got.text) == ""
	case ruleNotEmpty:
		return !empty(got)
	case ruleEachKey, ruleEachValue, ruleArrayContains:
		return true
	}
	return false
}

func isBoolean(text []byte) bool { return string(text) == "true" || string(text) == "false" }

func empty(got scalar) bool {
	switch got.kind {
	case nullKind:
		return true
	case stringKind:
		return len(got.text) == 0
	}
	return got.kind.container() && len(got.text) == len("{}")
}

// contentOf is what a contentType rule looks at: a string is decoded where it
// is base64.
func contentOf(got scalar) []byte {
	if got.kind == stringKind {
		if raw, err := base64.StdEncoding.DecodeString(string(got.text)); err == nil {
			return raw
		}
	}
	return got.text
}

// needsText says whether a rule may accept a container in place of a scalar,
// which takes its JSON or its size to tell.
func (r *rule) needsText() bool {
	switch r.kind {
	case ruleRegex, ruleInclude, ruleDate, ruleTime, ruleDateTime, ruleContentType, ruleNotEmpty:
		return true
	case ruleType:
		return r.min >= 0 || r.max >= 0
	}
	return false
}

// refusal is the message when fits says no.
func (r *rule) refusal(want, got *value) string {
	switch r.kind {
	case ruleEquality, ruleValues:
		return unequal(want, got)
	case ruleRegex:
		if r.regex == nil {
			return fmt.Sprintf("'%s' is not a valid regular expression - %s", r.text, r.broken)
		}
		if r.regex.slow(got.form()) {
			return fmt.Sprintf("Expected %s to match '%s': gave up, the expression takes too long", got.quoted(), r.text)
		}
		return fmt.Sprintf("Expected %s to match '%s'", got.quoted(), r.text)
	case ruleType:
		return fmt.Sprintf("Expected %s to be the same type as %s", got.show(), want.show())
	case ruleInteger:
		return fmt.Sprintf("Expected %s to be an integer", got.show())
	case ruleDecimal:
		return fmt.Sprintf("Expected %s to be a decimal number", got.show())
	case ruleNumber:
		return fmt.Sprintf("Expected %s to be a number", got.show())
	case ruleBoolean:
		return fmt.Sprintf("Expected %s to match a boolean", got.show())
	case ruleNull:
		return fmt.Sprintf("Expected %s to be a null value", got.show())
	case ruleInclude:
		return fmt.Sprintf("Expected %s to include '%s'", got.show(), r.text)
	case ruleDate, ruleTime, ruleDateTime:
		return r.notThatTime(got)
	case ruleContentType:
		return fmt.Sprintf("Expected binary contents to have content type '%s' but detected contents was '%s'", r.text, sniff(contentOf(scalar{got.kind, got.form()})))
	case ruleSemver:
		if got.kind != stringKind {
			return fmt.Sprintf("Expected something that matches a semantic version, but got '%s'", got)
		}
		return fmt.Sprintf("'%s' is not a valid semantic version - %s", got, semverFault(got.text))
	case ruleNotEmpty:
		return fmt.Sprintf("Expected %s to not be empty", got.show())
	case ruleUnknown:
		return fmt.Sprintf("Could not apply the '%s' matching rule - it belongs to a plugin", r.name)
	}
	return fmt.Sprintf("Unable to match %s using %s", got.show(), r.name)
}

// timeForm is the text that a format reads; null has none.
func timeForm(got scalar) []byte {
	if got.kind == nullKind {
		return nil
	}
	return got.text
}

var timeNames = map[ruleKind]string{ruleDate: "date", ruleTime: "time", ruleDateTime: "timestamp"}

func (r *rule) notThatTime(got *value) string {
	why := r.broken
	if r.layout != nil {
		why = r.layout.match(timeForm(got.scalar))
	}
	return fmt.Sprintf("Expected '%s' to match a %s pattern of '%s': %s", got, timeNames[r.kind], r.text, why)
}

func unequal(want, got *value) string {
	return fmt.Sprintf("Expected %s to be equal to %s", got.show(), want.show())
}

// onMap applies a rule to a map as a whole; "" means that it holds.
func (r *rule) onMap(want, got *value, cascaded bool) string {
	switch r.kind {
	case ruleRegex, ruleArrayContains, ruleEachKey, ruleEachValue, ruleValues:
		return ""
	case ruleType:
		if cascaded {
			return ""
		}
		return r.sized(got.String(), len(got.members))
	case ruleEquality:
		if !want.equal(got) {
			return unequal(want, got)
		}
		return ""
	case ruleNotEmpty:
		if len(got.members) == 0 {
			return "Expected {} (Map) to not be empty"
		}
		return ""
	}
	return fmt.Sprintf("Unable to match %s using %s", got, r.name)
}

// onList applies a rule to a list as a whole. Rules about scalars, null aside,
// say nothing about the list; they are for its items.
func (r *rule) onList(want, got *value, cascaded bool) string {
	switch r.kind {
	case ruleType:
		if cascaded {
			return ""
		}
		return r.sized(got.String(), len(got.items))
	case ruleEquality:
		if !want.equal(got) {
			return unequal(want, got)
		}
	case ruleNull:
		return fmt.Sprintf("Unable to match %s using %s", got, r.name)
	case ruleNotEmpty:
		if len(got.items) == 0 {
			return "Expected [] (List) to not be empty"
		}
	}
	return ""
}

// sized holds a size to min and max.
func (r *rule) sized(shown string, n int) string {
	if r.min >= 0 && n < r.min {
		return fmt.Sprintf("Expected %s (size %d) to have minimum size of %d", shown, n, r.min)
	}
	if r.max >= 0 && n > r.max {
		return fmt.Sprintf("Expected %s (size %d) to have maximum size of %d", shown, n, r.max)
	}
	return ""
}
