package match

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"

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
	m := Mismatch{Part: PartBody, Path: "$", Expected: b.want, Actual: text}
	switch {
	case set == nil && text == b.want:
		return found
	case set == nil:
		m.Message = fmt.Sprintf("Expected body '%s' to match '%s' using equality but did not match", b.want, text)
		return append(found, m)
	case !utf8.ValidString(text) || !utf8.ValidString(b.want):
		m.Message = "Rules for text cannot judge bytes that are not UTF-8"
		return append(found, m)
	}
	set.judge(b.want, text, false, func(r *rule, message string) {
		m.Message, m.Rule, m.RuleAt = message, r.name, set.at
		found = append(found, m)
	})
	return found
}

// A formBody compares url-encoded fields. Requests and responses alike may
// not have fields that the example lacks.
type formBody struct{ fields queryPlan }

func newFormBody(text []byte, t table) *formBody {
	want := formFields(text)
	b := &formBody{queryPlan{part: PartBody, noun: "form post parameter", path: formPath}}
	root := t.root()
	for _, name := range slices.Sorted(maps.Keys(want)) {
		field := root.step(keyElem(name))
		f := fieldPlan{part: PartBody, name: name, values: want[name]}
		if f.set, f.cascaded = field.rules(); len(field.live) > 0 {
			f.items = &field
		}
		b.fields.fields = append(b.fields.fields, f)
	}
	return b
}

// formFields are the fields by name. Bytes that are no characters are not
// told apart.
func formFields(text []byte) map[string][]string {
	parsed := contracts.ParseQuery(string(text))
	fields := make(map[string][]string, len(parsed))
	for _, name := range slices.Sorted(maps.Keys(parsed)) {
		as := name
		if !utf8.ValidString(name) {
			as = readable([]byte(name))
		}
		for _, v := range parsed[name] {
			if !utf8.ValidString(v) {
				v = readable([]byte(v))
			}
			fields[as] = append(fields[as], v)
		}
	}
	return fields
}

func formPath(name string) string { return string(keyElem(name).appendPath([]byte{'$'})) }

// maxFormFields bounds the values of one form.
const maxFormFields = 100_000

func (b *formBody) compare(found []Mismatch, got *contracts.Body) []Mismatch {
	if bytes.Count(got.Content, []byte("&")) >= maxFormFields {
		return append(found, Mismatch{Part: PartBody, Path: "$", Actual: preview(got),
			Message: fmt.Sprintf("Failed to parse the actual body: 'more than %d fields'", maxFormFields)})
	}
	return b.fields.compare(found, formFields(got.Content))
}

// A binaryBody compares bytes, by the rules at `$` or for equality.
type binaryBody struct {
	want  contracts.Body
	table table
}

func (b *binaryBody) compare(found []Mismatch, got *contracts.Body) []Mismatch {
	set, _ := b.table.root().rules()
	m := Mismatch{Part: PartBody, Path: "$", Expected: preview(&b.want), Actual: preview(got)}
	if set == nil {
		if bytes.Equal(b.want.Content, got.Content) {
			return found
		}
		m.Message = fmt.Sprintf("Actual body [%s] is not equal to the expected body [%s]", m.Actual, m.Expected)
		return append(found, m)
	}
	mark := len(found)
	for _, r := range set.rules {
		ok, message := b.fits(r, got)
		if ok && set.any {
			return found[:mark]
		}
		if !ok {
			m.Message, m.Rule, m.RuleAt = message, r.name, set.at
			found = append(found, m)
		}
	}
	return found
}

// fits judges the bytes as they are: contentType looks at them without
// decoding base64 first. Rules about numbers, dates and the like never hold.
func (b *binaryBody) fits(r *rule, got *contracts.Body) (ok bool, message string) {
	switch r.kind {
	case ruleContentType:
		return looksLike(got.Content, r.text), fmt.Sprintf("Expected binary contents to have content type '%s' but detected contents was '%s'", r.text, sniff(got.Content))
	case ruleRegex, ruleInclude:
		ok = utf8.Valid(got.Content) && r.fitsText("", string(got.Content))
	case ruleType:
		ok = true
	case ruleEquality:
		ok = bytes.Equal(b.want.Content, got.Content)
	case ruleNotEmpty:
		ok = len(got.Content) > 0
	}
	return ok, fmt.Sprintf("Expected body [%s] to match [%s] using %s", preview(got), preview(&b.want), r.name)
}

// preview shows the type, the size and the first bytes.
func preview(b *contracts.Body) string {
	const shown = 32
	head := b.Content[:min(shown, len(b.Content))]
	return fmt.Sprintf("%s, %d bytes, starting with %x", mediaOf(b), len(b.Content), head)
}
