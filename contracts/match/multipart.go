package match

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/textproto"
	"slices"
	"strconv"
	"strings"

	"github.com/seamtest/seam/contracts"
)

// maxParts bounds the parts of one body.
const maxParts = 1000

// A mimePart is one part of a multipart body. With a name and without a file
// name it is a field, else a file.
type mimePart struct {
	name   string // the index where it has none
	field  bool
	header textproto.MIMEHeader
	body   contracts.Body
}

// boundary is what the content type says that parts begin with.
func boundary(b *contracts.Body) (string, error) {
	_, params, err := mime.ParseMediaType(b.ContentType)
	if err != nil {
		return "", fmt.Errorf("content type %q: %w", b.ContentType, err)
	}
	if params["boundary"] == "" {
		return "", fmt.Errorf("the content type %q has no boundary", b.ContentType)
	}
	return params["boundary"], nil
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

func parseParts(b *contracts.Body, boundary string) ([]mimePart, error) {
	r := multipart.NewReader(bytes.NewReader(b.Content), boundary)
	var parts []mimePart
	for {
		p, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			return parts, nil
		}
		if err != nil {
			return nil, err
		}
		if len(parts) == maxParts {
			return nil, fmt.Errorf("more than %d parts", maxParts)
		}
		content, err := io.ReadAll(p)
		if err != nil {
			return nil, err
		}
		parts = append(parts, newPart(p.Header, transferred(content, p.Header.Get("Content-Transfer-Encoding")), len(parts)))
	}
}

// transferred undoes a transfer encoding (RFC 2045, section 6). Content that
// is not encoded as it says is taken as it came.
func transferred(content []byte, encoding string) []byte {
	var decoder io.Reader
	switch strings.ToLower(encoding) {
	case "base64":
		decoder = base64.NewDecoder(base64.StdEncoding, bytes.NewReader(content))
	case "quoted-printable":
		decoder = quotedprintable.NewReader(bytes.NewReader(content))
	default:
		return content
	}
	decoded, err := io.ReadAll(decoder)
	if err != nil {
		return content
	}
	return decoded
}

func newPart(header textproto.MIMEHeader, content []byte, index int) mimePart {
	_, params, _ := mime.ParseMediaType(header.Get("Content-Disposition"))
	_, file := params["filename"]
	p := mimePart{name: params["name"], field: params["name"] != "" && !file, header: header}
	p.body = contracts.Body{Presence: contracts.Present, Content: content, ContentType: header.Get("Content-Type")}
	if p.name == "" {
		p.name = strconv.Itoa(index)
	}
	return p
}

// A multipartBody compares part by part. Rules for a field stand at $.name,
// for the content of a file at $.name and below. More parts may come.
type multipartBody struct {
	parts []partPlan
}

type partPlan struct {
	mimePart
	sc      scope     // at $.name
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
	for _, p := range parts {
		plan := partPlan{mimePart: p, sc: t.root().step(keyElem(p.name))}
		if !p.field {
			if plan.content, err = newPartBody(&p.body, t.under(p.name), strict); err != nil {
				return nil, fmt.Errorf("MIME part %q: %w", p.name, err)
			}
		}
		b.parts = append(b.parts, plan)
	}
	return b, nil
}

// newPartBody compares multipart within multipart as bytes.
func newPartBody(body *contracts.Body, t table, strict bool) (*bodyPlan, error) {
	b := &bodyPlan{want: *body, media: mediaOf(body), strict: strict}
	if b.media.IsMultipart() {
		b.content = &binaryBody{*body, t}
		return b, nil
	}
	var err error
	b.content, err = newComparer(b, t)
	return b, err
}

// under is the table of a part: the rules below $.name, rooted there.
func (t table) under(name string) table {
	var below table
	for _, set := range t {
		if len(set.path) < 2 || weight(set.path[1], keyElem(name)) == 0 {
			continue
		}
		moved := *set
		moved.path = slices.Concat(set.path[:1], set.path[2:])
		below = append(below, &moved)
	}
	return below
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
		at := slices.IndexFunc(actual, func(a mimePart) bool { return a.name == p.name })
		if at < 0 {
			found = append(found, Mismatch{Part: PartBody, Path: "$", Expected: p.name,
				Message: fmt.Sprintf("Expected a MIME part '%s' but was missing", p.name)})
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
			Message: fmt.Sprintf("Expected a MIME %s '%s' but was %s", kinds[p.field], p.name, kinds[got.field])})
	}
	mark := len(found)
	if p.field {
		found = p.strings(found, p.sc, []string{string(p.body.Content), string(got.body.Content)})
	} else {
		found = p.content.compare(found, p.typed(&got.body))
	}
	found = p.headers(found, got)
	for i := range found[mark:] {
		m := &found[mark+i]
		m.Message = fmt.Sprintf("MIME part '%s': %s", p.name, m.Message)
	}
	return found
}

// typed is a file as it came. One that says no type, as many clients send it,
// is taken for what the example is.
func (p *partPlan) typed(got *contracts.Body) *contracts.Body {
	if got.ContentType != "" {
		return got
	}
	as := *got
	as.ContentType = p.body.ContentType
	return &as
}

// strings compares a field, or one of a part's headers, by the rules in force.
func (p *partPlan) strings(found []Mismatch, sc scope, pair []string) []Mismatch {
	want, got := pair[0], pair[1]
	m := Mismatch{Part: PartBody, Path: formPath(p.name), Expected: want, Actual: got}
	set, _ := sc.rules()
	if set == nil {
		if want == got {
			return found
		}
		m.Message = fmt.Sprintf("Expected '%s' to be equal to '%s'", got, want)
		return append(found, m)
	}
	set.judge(want, got, func(r *rule, message string) {
		m.Message, m.Rule, m.RuleAt = message, r.name, set.at
		found = append(found, m)
	})
	return found
}

// headers compares the headers of a part, but for its disposition; a file
// need not say its type.
func (p *partPlan) headers(found []Mismatch, got *mimePart) []Mismatch {
	names := make([]string, 0, len(p.header))
	for name := range p.header {
		if name != "Content-Disposition" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		want, have := p.header.Get(name), got.header.Get(name)
		e := keyElem(strings.ToLower(name))
		mark := len(found)
		switch {
		case name == "Content-Type" && !p.field && len(got.header[name]) == 0:
		case len(got.header[name]) == 0:
			found = append(found, Mismatch{Part: PartBody, Expected: want,
				Message: fmt.Sprintf("Expected multipart header '%s' with value '%s' but was missing", e.key, want)})
		case name == "Content-Type" && sameTyped(want, have):
		default:
			found = p.strings(found, p.exactly(e), []string{want, have})
		}
		for i := range found[mark:] {
			m := &found[mark+i]
			m.Path = string(e.appendPath([]byte(formPath(p.name))))
			if len(got.header[name]) > 0 {
				m.Message = fmt.Sprintf("header '%s': %s", e.key, m.Message)
			}
		}
	}
	return found
}

// exactly is the scope of a header: a rule for the content does not cascade.
func (p *partPlan) exactly(e elem) scope {
	sc := p.sc.step(e)
	if _, cascaded := sc.rules(); cascaded {
		sc.best = -1
	}
	return sc
}
