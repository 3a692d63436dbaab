package match

import (
	"fmt"
	"sync/atomic"
	"unicode/utf8"

	"github.com/seamtest/seam/contracts"
)

// A bodyPlan compares bodies: first their presence, then their content types,
// then the content in the way of the expected type.
type bodyPlan struct {
	want      contracts.Body
	media     contracts.MediaType
	strict    bool     // no keys that the example lacks
	message   bool     // content types must be the same
	typeRules *ruleSet // of the Content-Type header
	content   comparer
	accepted  atomic.Pointer[string] // the last content type that was found to do
}

// A comparer compares the content of bodies of one kind.
type comparer interface {
	compare(found []Mismatch, got *contracts.Body) []Mismatch
}

func newBodyPlan(want *contracts.Body, rules map[string]contracts.RuleList, strict bool) (*bodyPlan, error) {
	b := &bodyPlan{want: *want, media: mediaOf(want), strict: strict}
	if want.Presence != contracts.Present {
		return b, nil
	}
	t, err := newTable(rules)
	if err != nil {
		return nil, err
	}
	b.content, err = newComparer(b, t)
	return b, err
}

// newComparer picks the way to compare by the expected type. The pact's hint
// tells how a body is written, not how it is compared.
func newComparer(b *bodyPlan, t table) (comparer, error) {
	want := &b.want
	switch {
	case b.media.IsJSON():
		return newJSONPlan(want.Content, t, b.strict)
	case b.media.IsXML():
		return newXMLBody(want.Content, t, b.strict)
	case b.media.IsMultipart():
		return newMultipartBody(want, t, b.strict)
	case b.media.IsForm():
		return newFormBody(want.Content, t), nil
	case b.media.IsBinary() || b.media.Type == "" && !utf8.Valid(want.Content):
		return &binaryBody{*want, t}, nil
	}
	if set, _ := t.root().rules(); set.has(ruleContentType) {
		return &binaryBody{*want, t}, nil
	}
	return &textBody{string(want.Content), t}, nil
}

// mediaOf is the declared type of a body, else what its first bytes look like.
func mediaOf(b *contracts.Body) contracts.MediaType {
	if m := b.MediaType(); m.Type != "" || b.Presence != contracts.Present {
		return m
	}
	return contracts.ParseMediaType(contracts.DetectContentType(b.Content))
}

func (b *bodyPlan) compare(found []Mismatch, got *contracts.Body) []Mismatch {
	switch b.want.Presence {
	case contracts.Missing:
		return found
	case contracts.Null, contracts.Empty:
		if got.Presence != contracts.Present || b.want.Presence == contracts.Null && string(got.Content) == "null" {
			return found
		}
		return append(found, b.mismatch(got, fmt.Sprintf("Expected empty body but received %s", describe(got))))
	}
	if !b.accepts(got) {
		return append(found, b.wrongType(got))
	}
	if got.Presence != contracts.Present {
		return append(found, b.mismatch(got, fmt.Sprintf("Expected body %s but was %s", describe(&b.want), describe(got))))
	}
	return b.content.compare(found, got)
}

// mismatch is about the presence of a body, which Pact places at "/".
func (b *bodyPlan) mismatch(got *contracts.Body, message string) Mismatch {
	path := "/"
	if got.Presence == contracts.Null {
		path = "$" // it is there, but no value to look into
	}
	return Mismatch{Part: PartBody, Path: path, Expected: string(b.want.Content), Actual: string(got.Content), Message: message}
}

func describe(b *contracts.Body) string {
	switch b.Presence {
	case contracts.Missing:
		return "missing"
	case contracts.Null, contracts.Empty:
		return "empty"
	}
	return fmt.Sprintf("Present(%d bytes, %s)", len(b.Content), mediaOf(b))
}

// accepts decides whether the content types allow a comparison.
func (b *bodyPlan) accepts(got *contracts.Body) bool {
	if got.Presence != contracts.Present && got.ContentType == "" {
		return true
	}
	if got.ContentType != "" {
		if last := b.accepted.Load(); got.ContentType == b.want.ContentType || last != nil && *last == got.ContentType {
			return true
		}
	}
	have := mediaOf(got)
	ok := b.media.Accepts(have)
	if !ok && !b.message {
		ok = !b.media.Known() || !have.Known() || b.media.Accepts(have.Base()) || b.typeRules != nil && b.typeRules.holds(shown(b.media), shown(have), false)
	}
	if ok && got.ContentType != "" {
		kept := got.ContentType
		b.accepted.Store(&kept)
	}
	return ok
}

// shown is a type as rules for the header see it.
func shown(m contracts.MediaType) string {
	if m.Type == "" {
		return "*/*"
	}
	return m.String()
}

func (b *bodyPlan) wrongType(got *contracts.Body) Mismatch {
	have := mediaOf(got)
	message := fmt.Sprintf("Expected a body of '%s' but the actual content type was '%s'", b.media, have)
	if b.message {
		message = fmt.Sprintf("Expected message with content type %s but was %s", b.media, have)
	}
	return Mismatch{Part: PartBody, Path: "$", Expected: b.media.String(), Actual: have.String(), Message: message}
}
