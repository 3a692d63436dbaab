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
	var root *element
	var open []*element
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			e := newElement(token)
			switch {
			case len(open) > 0:
				parent := open[len(open)-1]
				parent.children = append(parent.children, e)
				parent.nodes++
			case root != nil:
				return nil, errors.New("more than one root element")
			default:
				root = e
			}
			if open = append(open, e); len(open) > maxDepth {
				return nil, fmt.Errorf("nesting of more than %d levels", maxDepth)
			}
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			trimmed := string(bytes.TrimSpace(token))
			switch {
			case trimmed == "":
			case len(open) == 0:
				return nil, errors.New("text outside of the root element")
			default:
				open[len(open)-1].text += trimmed
				open[len(open)-1].nodes++
			}
		}
	}
	if root == nil {
		return nil, errors.New("no root element")
	}
	return root, nil
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
