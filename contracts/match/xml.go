package match

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// An element of an XML document. Names are qualified by their namespace's
// URI, so that prefixes make no difference.
type element struct {
	name     string
	attrs    []attr
	children []*element
	text     string // of all its text nodes, each trimmed
	nodes    int    // children and text nodes that are not blank
}

type attr struct{ name, value string }

func (e *element) attr(name string) (string, bool) {
	for _, a := range e.attrs {
		if a.name == name {
			return a.value, true
		}
	}
	return "", false
}

// twice is the name of an attribute that comes more than once, which no
// element may have; "" where there is none.
func (e *element) twice() string {
	if len(e.attrs) < 2 {
		return ""
	}
	seen := make(map[string]bool, len(e.attrs))
	for _, a := range e.attrs {
		if seen[a.name] {
			return a.name
		}
		seen[a.name] = true
	}
	return ""
}

func qualified(n xml.Name) string {
	if n.Space == "" {
		return n.Local
	}
	return n.Space + ":" + n.Local
}

// declaration is that of XML 1.x (XML 1.0, section 2.8), which only the very
// beginning of a document may bear.
var declaration = regexp.MustCompile(`^<\?xml\s+version\s*=\s*(?:"1\.\d+"|'1\.\d+')` +
	`(?:\s+encoding\s*=\s*(?:"[A-Za-z][\w.-]*"|'[A-Za-z][\w.-]*'))?` +
	`(?:\s+standalone\s*=\s*(?:"(?:yes|no)"|'(?:yes|no)'))?\s*\?>`)

// parseXML reads a document. Comments, processing instructions and the
// document type are passed over; external entities are never read. Documents
// are in UTF-8, whatever they declare: many writers declare what they are not.
func parseXML(text []byte) (*element, error) {
	d := xml.NewDecoder(bytes.NewReader(text[len(declaration.Find(text)):]))
	r := xmlReader{}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = r.take(token)
		}
		if err != nil {
			return nil, err
		}
	}
	if r.root == nil {
		return nil, errors.New("no root element")
	}
	return r.root, nil
}

// An xmlReader makes elements of tokens.
type xmlReader struct {
	root  *element
	open  []*element
	texts [][]byte // of the open elements
	count int      // elements and attributes
}

func (r *xmlReader) take(token xml.Token) error {
	last := len(r.open) - 1
	switch token := token.(type) {
	case xml.ProcInst:
		if strings.EqualFold(token.Target, "xml") {
			return errors.New("a declaration <?xml ...?> that is malformed or not at the very beginning")
		}
	case xml.StartElement:
		e := newElement(token)
		if twice := e.twice(); twice != "" {
			return fmt.Errorf("the attribute %s twice in one element", twice)
		}
		switch {
		case last >= 0:
			r.open[last].children = append(r.open[last].children, e)
			r.open[last].nodes++
		case r.root != nil:
			return errors.New("more than one root element")
		default:
			r.root = e
		}
		r.open, r.texts = append(r.open, e), append(r.texts, nil)
		r.count += 1 + len(e.attrs)
	case xml.EndElement:
		r.open[last].text = string(r.texts[last])
		r.open, r.texts = r.open[:last], r.texts[:last]
	case xml.CharData:
		trimmed := bytes.TrimSpace(token)
		switch {
		case len(trimmed) == 0:
		case last < 0:
			return errors.New("text outside of the root element")
		default:
			r.texts[last] = append(r.texts[last], trimmed...)
			r.open[last].nodes++
		}
	}
	switch {
	case len(r.open) > maxDepth:
		return fmt.Errorf("nesting of more than %d levels", maxDepth)
	case r.count > maxValues:
		return fmt.Errorf("more than %d elements and attributes", maxValues)
	}
	return nil
}

func newElement(token xml.StartElement) *element {
	e := &element{name: qualified(token.Name)}
	for _, a := range token.Attr {
		if a.Name.Space == "xmlns" || a.Name.Space == "" && a.Name.Local == "xmlns" {
			continue
		}
		e.attrs = append(e.attrs, attr{qualified(a.Name), a.Value})
	}
	return e
}
