package contracts

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// xmlBody applies generators to the texts and attributes of an XML body. It
// rewrites these places only: all else stays byte for byte as it was. An
// expression that ends at an element means the element's text.
func (run *generating) xmlBody(content []byte, keys map[string]Generator) []byte {
	places, err := xmlPlaces(content)
	if err != nil {
		run.errs = append(run.errs, fmt.Errorf("generators for the body: %w", err))
		return content
	}
	var out bytes.Buffer
	last := 0
	for _, p := range places {
		text, fresh := p.text, false
		for _, key := range slices.Sorted(maps.Keys(keys)) {
			path, err := ParsePath(key)
			if err != nil || !p.at(path) {
				continue
			}
			run.replace(keys[key], "body "+key, text, func(v any) { text, fresh = valueText(v), true })
		}
		if !fresh {
			continue
		}
		out.Write(content[last:p.start])
		_ = xml.EscapeText(&out, []byte(text)) // a Buffer takes all
		last = p.end
	}
	out.Write(content[last:])
	return out.Bytes()
}

// An xmlPlace is the text of an element or the value of an attribute, with
// the bytes that it takes.
type xmlPlace struct {
	path       []string // names of elements from the root, then "@name" for an attribute or "#text"
	text       string
	start, end int
}

// at says whether an expression means this place; of several elements of one
// name it means all.
func (p *xmlPlace) at(path Path) bool {
	var steps Path
	for _, step := range path[1:] {
		if step.Kind == Field || step.Kind == AnyField { // indexes are passed over
			steps = append(steps, step)
		}
	}
	names := p.path
	if last := len(names) - 1; len(steps) == last && names[last] == "#text" {
		names = names[:last]
	}
	if len(steps) != len(names) {
		return false
	}
	for n, step := range steps {
		if step.Kind == Field && step.Name != names[n] || step.Kind == AnyField && strings.ContainsAny(names[n][:1], "@#") {
			return false
		}
	}
	return true
}

// xmlPlaces lists the places of a document in their order.
func xmlPlaces(content []byte) ([]xmlPlace, error) {
	d := xml.NewDecoder(bytes.NewReader(content))
	var places []xmlPlace
	var stack []string
	for {
		start := int(d.InputOffset())
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return places, nil
		}
		if err != nil {
			return nil, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			if len(stack) == MaxDepth {
				return nil, fmt.Errorf("elements are nested deeper than %d levels", MaxDepth)
			}
			stack = append(stack, token.Name.Local)
			places = append(places, attributePlaces(content[start:d.InputOffset()], start, stack)...)
		case xml.EndElement:
			if len(stack) == 0 {
				return nil, errors.New("an end without a beginning")
			}
			stack = stack[:len(stack)-1]
		case xml.CharData:
			text := strings.TrimSpace(string(token))
			if text != "" && len(stack) > 0 {
				places = append(places, xmlPlace{slices.Concat(stack, []string{"#text"}), text, start, int(d.InputOffset())})
			}
		}
	}
}

// attributePlaces finds the values within the text of a start tag.
func attributePlaces(tag []byte, offset int, stack []string) []xmlPlace {
	var places []xmlPlace
	at := 0
	for {
		equals := bytes.IndexByte(tag[at:], '=')
		if equals < 0 {
			return places
		}
		fields := bytes.Fields(tag[at : at+equals])
		open := at + equals + 1
		for open < len(tag) && tag[open] != '"' && tag[open] != '\'' {
			open++
		}
		if len(fields) == 0 || open == len(tag) {
			return places
		}
		length := bytes.IndexByte(tag[open+1:], tag[open])
		if length < 0 {
			return places
		}
		name := string(fields[len(fields)-1])
		if _, local, prefixed := strings.Cut(name, ":"); prefixed {
			name = local
		}
		start := open + 1
		places = append(places, xmlPlace{
			slices.Concat(stack, []string{"@" + name}), string(tag[start : start+length]), offset + start, offset + start + length,
		})
		at = start + length + 1
	}
}
