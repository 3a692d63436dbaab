package match

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/seamtest/seam/contracts"
)

// maxParts bounds the parts of one body.
const maxParts = 1000

// A mimePart is one part of a multipart body. With a disposition and without a
// file name it is a field, else a file.
type mimePart struct {
	name   string
	index  int
	field  bool
	header map[string]string // by names in lower case
	body   contracts.Body
}

// shown is the name, or the index where there is none.
func (p *mimePart) shown() string {
	if p.name == "" {
		return strconv.Itoa(p.index)
	}
	return p.name
}

// boundary is what the content type says that parts begin with.
func boundary(b *contracts.Body) (string, error) {
	is := b.MediaType().Params["boundary"]
	if is == "" {
		return "", fmt.Errorf("the content type %q has no boundary", b.ContentType)
	}
	return is, nil
}

// exampleBoundary is the boundary of an example. Pacts of version 4 write the
// body's type without it, as only the header has it: the first line tells.
func exampleBoundary(b *contracts.Body) (string, error) {
	is, err := boundary(b)
	if err == nil {
		return is, nil
	}
	line, _, _ := bytes.Cut(b.Content, []byte("\n"))
	first, found := bytes.CutPrefix(bytes.TrimRight(line, " \t\r"), []byte("--"))
	if !found || len(first) == 0 {
		return "", err
	}
	return string(first), nil
}

// parseParts takes a body apart as RFC 2046, section 5.1.1, has it: lines end
// in CRLF, every part has a header, and the last boundary has to come.
func parseParts(b *contracts.Body, boundary string) ([]mimePart, error) {
	mark := []byte("--" + boundary)
	_, rest, ok := bytes.Cut(b.Content, mark)
	if !ok {
		return nil, fmt.Errorf("no boundary %q in it", mark)
	}
	var parts []mimePart
	for {
		if bytes.HasPrefix(rest, []byte("--")) {
			return parts, nil
		}
		if len(parts) == maxParts {
			return nil, fmt.Errorf("more than %d parts", maxParts)
		}
		if rest, ok = bytes.CutPrefix(bytes.TrimLeft(rest, " \t"), crlf); !ok {
			return nil, fmt.Errorf("the boundary of part %d does not end in CRLF", len(parts))
		}
		head, body, ok := bytes.Cut(rest, []byte("\r\n\r\n"))
		if !ok {
			return nil, fmt.Errorf("the header of part %d does not end in an empty line", len(parts))
		}
		header, err := partHeader(string(head))
		if err != nil {
			return nil, fmt.Errorf("part %d: %w", len(parts), err)
		}
		content, after, ok := bytes.Cut(body, slices.Concat(crlf, mark))
		if !ok {
			return nil, fmt.Errorf("part %d has no end", len(parts))
		}
		parts = append(parts, newPart(header, content, len(parts)))
		rest = after
	}
}

var crlf = []byte("\r\n")

// maxPartHeaders bounds the lines of a part's header.
const maxPartHeaders = 32

// partHeader reads the lines of a header by their names in lower case; the
// last of one name counts. Lines may not be folded.
func partHeader(text string) (map[string]string, error) {
	if text == "" {
		return nil, nil
	}
	lines := strings.Split(text, "\n")
	if len(lines) > maxPartHeaders {
		return nil, fmt.Errorf("more than %d lines of header", maxPartHeaders)
	}
	header := map[string]string{}
	for _, line := range lines {
		name, value, ok := strings.Cut(strings.TrimSuffix(line, "\r"), ":")
		if !ok || name == "" || strings.ContainsAny(name, " \t\r\x00") {
			return nil, fmt.Errorf("%q is no line of a header", line)
		}
		header[strings.ToLower(name)] = strings.Trim(value, " \t")
	}
	return header, nil
}

// transferred undoes base64 (RFC 2045, section 6.8). Content that is not
// encoded as it says is taken as it came.
func transferred(content []byte, encoding string) []byte {
	if !strings.EqualFold(encoding, "base64") || bytes.ContainsAny(content, "\r\n") {
		return content
	}
	decoded, err := base64.StdEncoding.Strict().DecodeString(string(content))
	if err != nil {
		return content
	}
	return decoded
}

func newPart(header map[string]string, content []byte, index int) mimePart {
	disposition, disposed := header["content-disposition"]
	name, _ := attribute(disposition, "name=")
	_, file := attribute(disposition, "filename=")
	p := mimePart{name: name, index: index, field: disposed && !file, header: header}
	p.body = contracts.Body{Presence: contracts.Present, Content: transferred(content, header["content-transfer-encoding"])}
	if kind := header["content-type"]; contracts.ParseMediaType(kind).Type != "" {
		p.body.ContentType = kind
	} else {
		p.body.ContentType = "*/*"
	}
	return p
}

// attribute finds name=value or name="value" in a disposition.
func attribute(disposition, name string) (value string, found bool) {
	for rest := disposition; ; {
		before, after, ok := strings.Cut(rest, name)
		if !ok {
			return "", false
		}
		if before != "" && !strings.ContainsAny(before[len(before)-1:], "; \t") {
			rest = after
			continue
		}
		if quoted, ok := strings.CutPrefix(after, `"`); ok {
			return quotedText(quoted)
		}
		if end := strings.IndexAny(after, "; "); end >= 0 {
			after = after[:end]
		}
		return after, true
	}
}

// quotedText is what stands before a quotation mark without a backslash.
func quotedText(s string) (text string, ok bool) {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			return s[:i], true
		case '\\':
			i++
		}
	}
	return "", false
}

// A multipartBody compares part by part. Rules for a field stand at $.name,
// for the content of a file at $.name and below, word for word. More parts may
// come.
type multipartBody struct {
	parts []partPlan
}

type partPlan struct {
	mimePart
	at      elem      // the part's name, else its index
	sc      scope     // at $.name
	headers table     // the rules, in lower case
	content *bodyPlan // of a file
}

func newMultipartBody(want *contracts.Body, t table, strict bool) (*multipartBody, error) {
	begin, err := exampleBoundary(want)
	if err != nil {
		return nil, fmt.Errorf("the expected body is not multipart: %w", err)
	}
	parts, err := parseParts(want, begin)
	if err != nil {
		return nil, fmt.Errorf("the expected body is not multipart: %w", err)
	}
	b := &multipartBody{}
	lower := t.lower()
	for _, p := range parts {
		plan := partPlan{mimePart: p, at: keyElem(p.shown()), headers: lower}
		plan.sc = t.root().step(plan.at)
		if !p.field {
			if plan.content, err = newPartBody(&p.body, t.under(plan.at), strict); err != nil {
				return nil, fmt.Errorf("MIME part %q: %w", p.shown(), err)
			}
		}
		b.parts = append(b.parts, plan)
	}
	return b, nil
}

func newPartBody(body *contracts.Body, t table, strict bool) (*bodyPlan, error) {
	b := &bodyPlan{want: *body, media: mediaOf(body), strict: strict}
	if b.media.IsMultipart() {
		b.content = nested{}
		return b, nil
	}
	var err error
	b.content, err = newComparer(b, t)
	return b, err
}

// nested stands for multipart within multipart, which cannot be compared.
type nested struct{}

func (nested) compare(found []Mismatch, got *contracts.Body) []Mismatch {
	return append(found, Mismatch{Part: PartBody, Path: "$", Actual: preview(got), Message: "Multipart within multipart cannot be compared"})
}

// under is the table of a part: the rules at $.name and below, rooted there.
func (t table) under(name elem) table {
	var below table
	for _, set := range t {
		if len(set.path) < 2 || weight(set.path[1], name) < 2 {
			continue
		}
		moved := *set
		moved.path = slices.Concat(set.path[:1], set.path[2:])
		below = append(below, &moved)
	}
	return below
}

// lower is the table with all names in lower case, as headers want it.
func (t table) lower() table {
	var low table
	for _, set := range t {
		moved := *set
		moved.path = slices.Clone(set.path)
		for i := range moved.path {
			moved.path[i].Name = strings.ToLower(moved.path[i].Name)
		}
		low = append(low, &moved)
	}
	return low
}

func (b *multipartBody) compare(found []Mismatch, got *contracts.Body) []Mismatch {
	var actual []mimePart
	begin, err := boundary(got)
	if err == nil {
		actual, err = parseParts(got, begin)
	}
	if err != nil {
		return append(found, Mismatch{Part: PartBody, Path: "$", Actual: preview(got),
			Message: fmt.Sprintf("Failed to parse the actual body: '%s'", err)})
	}
	for i := range b.parts {
		p := &b.parts[i]
		at := slices.IndexFunc(actual, func(a mimePart) bool { return a.name == "" && a.index == p.index || a.name != "" && a.name == p.name })
		if at < 0 {
			found = append(found, Mismatch{Part: PartBody, Path: "$", Expected: p.shown(),
				Message: fmt.Sprintf("Expected a MIME part '%s' but was missing", p.shown())})
			continue
		}
		found = p.compare(found, &actual[at])
	}
	return found
}

func (p *partPlan) compare(found []Mismatch, got *mimePart) []Mismatch {
	if p.field != got.field {
		kinds := map[bool]string{true: "field", false: "file"}
		return append(found, Mismatch{Part: PartBody, Path: "$", Expected: kinds[p.field], Actual: kinds[got.field],
			Message: fmt.Sprintf("Expected a MIME %s '%s' but was %s", kinds[p.field], p.shown(), kinds[got.field])})
	}
	mark := len(found)
	if p.field {
		found = p.strings(found, p.sc, readable(p.body.Content), readable(got.body.Content))
	} else {
		found = p.files(found, got)
	}
	found = p.fields(found, got)
	for i := range found[mark:] {
		m := &found[mark+i]
		m.Message = fmt.Sprintf("MIME part '%s': %s", p.shown(), m.Message)
	}
	return found
}

// readable is text with U+FFFD for each byte that is no part of a character.
func readable(content []byte) string { return string([]rune(string(content))) }

// files compares the content of a file in the way of its type.
func (p *partPlan) files(found []Mismatch, got *mimePart) []Mismatch {
	if !p.content.accepts(&got.body) {
		return append(found, p.content.wrongType(&got.body))
	}
	return p.content.content.compare(found, &got.body)
}

// strings compares a field, or one of a part's headers, by the rules in force.
func (p *partPlan) strings(found []Mismatch, sc scope, want, got string) []Mismatch {
	m := Mismatch{Part: PartBody, Path: formPath(p.shown()), Expected: want, Actual: got}
	set, cascaded := sc.rules()
	if set == nil {
		if want == got {
			return found
		}
		m.Message = fmt.Sprintf("Expected '%s' to be equal to '%s'", got, want)
		return append(found, m)
	}
	set.judge(want, got, cascaded, func(r *rule, message string) {
		m.Message, m.Rule, m.RuleAt = message, r.name, set.at
		found = append(found, m)
	})
	return found
}

// fields compares the headers of a part: of its disposition only what a rule
// asks. Headers that say how the content is written may be missing.
func (p *partPlan) fields(found []Mismatch, got *mimePart) []Mismatch {
	for _, name := range slices.Sorted(maps.Keys(p.header)) {
		want, e := p.header[name], keyElem(name)
		have, has := got.header[name]
		sc := p.exactly(e)
		mark := len(found)
		switch {
		case has && (name != "content-disposition" || sc.best >= 0):
			found = p.strings(found, sc, want, have)
		case !has && name != "content-type" && name != "content-disposition" && name != "content-transfer-encoding":
			found = append(found, Mismatch{Part: PartBody, Expected: want,
				Message: fmt.Sprintf("Expected multipart header '%s' with value '%s' but was missing", name, want)})
		}
		for i := range found[mark:] {
			m := &found[mark+i]
			m.Path = string(e.appendPath([]byte(formPath(p.shown()))))
			if has {
				m.Message = fmt.Sprintf("header '%s': %s", name, m.Message)
			}
		}
	}
	return found
}

// exactly is the scope of a header: a rule for the content does not cascade.
func (p *partPlan) exactly(e elem) scope {
	sc := p.headers.root().step(p.at).step(e)
	if _, cascaded := sc.rules(); cascaded {
		sc.best = -1
	}
	return sc
}
