package record

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/seamtest/seam/contracts"
)

// content is the bodies of one kind.
type content struct {
	media    string // without parameters; "" for no body
	declared string // as it was sent; the smallest of them
	untyped  bool   // one of them came without a Content-Type: none is agreed upon
	shape    *shape // of JSON
	fields   map[string]*shape
	text     *shape
}

func newContent(b *contracts.Body, headers map[string][]string) content {
	if b.Presence != contracts.Present || len(b.Content) > maxBody {
		return content{}
	}
	media := b.MediaType()
	c := content{media: media.Essence(), declared: b.ContentType, untyped: len(headers["Content-Type"]) == 0}
	switch {
	case media.IsJSON():
		d := json.NewDecoder(bytes.NewReader(b.Content))
		d.UseNumber()
		var v any
		if d.Decode(&v) == nil && !d.More() {
			c.shape = shapeOf(v)
		}
	case media.IsForm():
		c.fields = map[string]*shape{}
		for name, values := range contracts.ParseQuery(string(b.Content)) {
			c.fields[name] = textsOf(values)
		}
	case media.Type == "text" && !media.IsXML():
		c.text = textOf(string(b.Content))
	}
	return c
}

func (c *content) add(other content) {
	c.media, c.untyped = other.media, c.untyped || other.untyped
	if c.declared == "" || other.declared != "" && other.declared < c.declared {
		c.declared = other.declared
	}
	c.shape, c.text = merge(c.shape, other.shape), merge(c.text, other.text)
	if c.fields == nil {
		c.fields = other.fields
		return
	}
	for name, one := range other.fields {
		c.fields[name] = merge(c.fields[name], one)
	}
}

// body is an example with its rules. Bodies that are neither JSON nor a form
// nor text are not agreed upon, beyond their type.
func (c *content) body(rules contracts.Rules, always bool) contracts.Body {
	var example []byte
	switch {
	case c.shape != nil && c.shape.usable():
		example = c.shape.value("$", rules, always)
	case len(c.fields) > 0 && !slices.ContainsFunc(slices.Collect(maps.Keys(c.fields)), unreachable):
		values := url.Values{}
		for _, name := range slices.Sorted(maps.Keys(c.fields)) {
			values.Set(name, c.fields[name].text)
			put(rules, "body", "$"+step(name), c.fields[name].textRule())
		}
		example = []byte(values.Encode())
	case c.text != nil && c.text.text != "":
		example = []byte(c.text.text)
		put(rules, "body", "$", contracts.Rule{Match: "type"})
	default:
		return contracts.Body{ContentType: c.agreed()}
	}
	return contracts.Body{Presence: contracts.Present, Content: example, ContentType: c.agreed()}
}

// agreed is the type that all bodies were sent with; "" where one had none.
func (c *content) agreed() string {
	if c.untyped {
		return ""
	}
	return c.declared
}

// declare sets the Content-Type; parameters may come and go.
func (c *content) declare(headers map[string][]string, rules contracts.Rules) {
	if c.agreed() == "" {
		return
	}
	headers["Content-Type"] = []string{c.declared}
	if strings.HasPrefix(c.media, "multipart/") {
		return // the boundary belongs to the type
	}
	put(rules, "header", "Content-Type", regex(regexp.QuoteMeta(c.media)+`(\s*;.*)?`))
}

// pathShape is what the paths of one route had in common, by segment.
type pathShape struct{ segments []*shape }

func (p *pathShape) add(path string) {
	for n, segment := range strings.Split(path, "/") {
		if n == len(p.segments) {
			p.segments = append(p.segments, nil)
		}
		p.segments[n] = merge(p.segments[n], textOf(segment))
	}
}

// example is a path, and the rule for it where the route says that parts vary.
func (p *pathShape) example(route string) (string, *contracts.Rule) {
	var path, pattern []string
	varies := false
	for n, segment := range strings.Split(route, "/") {
		if !strings.HasPrefix(segment, "{") || !strings.HasSuffix(segment, "}") {
			path, pattern = append(path, p.segments[n].text), append(pattern, regexp.QuoteMeta(p.segments[n].text))
			continue
		}
		varies = true
		path = append(path, p.segments[n].text)
		if rule := p.segments[n].textRule(); rule.Match == "regex" {
			pattern = append(pattern, "("+rule.Text("regex")+")")
		} else {
			pattern = append(pattern, "[^/]+")
		}
	}
	if !varies {
		return strings.Join(path, "/"), nil
	}
	rule := regex(strings.Join(pattern, "/"))
	return strings.Join(path, "/"), &rule
}
