package match

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
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

func qualified(n xml.Name) string {
	if n.Space == "" {
		return n.Local
	}
	return n.Space + ":" + n.Local
}

// parseXML reads a document. Comments, processing instructions and the
// document type are passed over; external entities are never read.
func parseXML(text []byte) (*element, error) {
	d := xml.NewDecoder(bytes.NewReader(text))
	d.CharsetReader = func(charset string, r io.Reader) (io.Reader, error) {
		if strings.EqualFold(charset, "us-ascii") {
			return r, nil
		}
		return nil, fmt.Errorf("the encoding %s is not supported; use UTF-8", charset)
	}
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
	case xml.StartElement:
		e := newElement(token)
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
