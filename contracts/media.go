package contracts

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// A MediaType is a parsed content type. Its zero value is unknown.
type MediaType struct {
	Type, Subtype string // "application", "vnd.x"; lower case
	Suffix        string // "json" of "application/vnd.x+json"
	Params        map[string]string
}

// ParseMediaType reads a content type such as "application/json;
// charset=utf-8" (RFC 2045, section 5.1, without comments). What is not
// written so is unknown, also where only a parameter is at fault.
func ParseMediaType(s string) MediaType {
	full, rest, _ := strings.Cut(strings.TrimSpace(s), ";")
	main, sub, _ := strings.Cut(strings.ToLower(full), "/")
	if !isToken(main) || !isToken(sub) {
		return MediaType{}
	}
	m := MediaType{Type: main, Subtype: sub}
	if at := strings.LastIndexByte(sub, '+'); at > 0 {
		m.Subtype, m.Suffix = sub[:at], sub[at+1:]
	}
	for rest = strings.TrimLeft(rest, " "); rest != ""; rest = strings.TrimLeft(rest, " ") {
		var name, value string
		var ok bool
		if name, value, rest, ok = mediaParam(rest); !ok {
			return MediaType{}
		}
		if name == "charset" {
			value = strings.ToLower(value)
		}
		if m.Params == nil {
			m.Params = map[string]string{}
		}
		m.Params[name] = value
	}
	return m
}

// mediaParam takes one parameter off s, and the semicolon that follows it.
func mediaParam(s string) (name, value, rest string, ok bool) {
	name, s, _ = strings.Cut(s, "=")
	if value, ok = strings.CutPrefix(s, `"`); !ok {
		value, rest, _ = strings.Cut(s, ";")
		return strings.ToLower(name), value, rest, isToken(name) && isToken(value)
	}
	if value, rest, ok = strings.Cut(value, `"`); !ok || value == "" {
		return "", "", "", false
	}
	blank, rest, _ := strings.Cut(rest, ";")
	return strings.ToLower(name), value, rest, isToken(name) && strings.Trim(blank, " ") == ""
}

// MediaType is the parsed ContentType.
func (b Body) MediaType() MediaType { return ParseMediaType(b.ContentType) }

// Known is false for the zero value, for */* and for text/*.
func (m MediaType) Known() bool { return m.Type != "" && m.Type != "*" && m.Subtype != "*" }

// Essence is the type without parameters: "application/vnd.x+json".
func (m MediaType) Essence() string {
	switch {
	case m.Type == "":
		return ""
	case m.Suffix != "":
		return m.Type + "/" + m.Subtype + "+" + m.Suffix
	}
	return m.Type + "/" + m.Subtype
}

// String writes the type with its parameters in order.
func (m MediaType) String() string {
	text := m.Essence()
	for _, name := range slices.Sorted(maps.Keys(m.Params)) {
		text += ";" + name + "=" + m.Params[name]
	}
	return text
}

// Base is what the suffix stands for: application/json for
// application/vnd.x+json. It has no parameters.
func (m MediaType) Base() MediaType {
	return MediaType{Type: m.Type, Subtype: cmp.Or(m.Suffix, m.Subtype)}
}

// Accepts says whether a body of type other may stand where m is expected:
// the types are the same and, where m has parameters, these too.
func (m MediaType) Accepts(other MediaType) bool {
	return m.Essence() == other.Essence() && (len(m.Params) == 0 || maps.Equal(m.Params, other.Params))
}

// IsJSON covers application/json, application/json-*, application/graphql
// and, among the applications, the suffix +json.
func (m MediaType) IsJSON() bool {
	return m.Type == "application" && (m.Suffix == "json" || strings.HasPrefix(m.Subtype, "json") || m.Subtype == "graphql")
}

// IsXML covers application/xml, text/xml and, among these two, the suffix
// +xml. A picture such as image/svg+xml is compared as bytes.
func (m MediaType) IsXML() bool {
	return (m.Type == "application" || m.Type == "text") && (m.Suffix == "xml" || m.Subtype == "xml")
}

// IsForm is application/x-www-form-urlencoded.
func (m MediaType) IsForm() bool {
	return m.Type == "application" && m.Subtype == "x-www-form-urlencoded"
}

// IsMultipart covers multipart/*.
func (m MediaType) IsMultipart() bool { return m.Type == "multipart" }

// IsText says whether the content is characters: text, XML, JSON and forms.
func (m MediaType) IsText() bool {
	return m.Type == "text" || m.IsJSON() || m.IsXML() || m.IsForm()
}

// IsBinary covers whatever else has a type, even if only */*, but for
// multipart.
func (m MediaType) IsBinary() bool {
	return m.Type != "" && !m.IsText() && !m.IsMultipart()
}

var (
	sniffXMLProlog = regexp.MustCompile(`^\s*<\?xml\s*version`)
	sniffHTML      = regexp.MustCompile(`(?i)^\s*(<!DOCTYPE|<HTML>)`)
	sniffXML       = regexp.MustCompile(`^\s*<\w+`)
	sniffJSON      = regexp.MustCompile(`^\s*(true|false|null|[0-9]+|"\w*|\{\s*(\}|"\w+)|\[\s*)`)
)

// sniffed bounds how much of a body is looked at to find its type.
const sniffed = 32

// DetectContentType looks at the first bytes of a body, as the reference
// implementation does: XML, HTML, JSON, else text. It returns "" for what is
// not UTF-8 and for nothing at all.
func DetectContentType(content []byte) string {
	head := content
	if len(head) > sniffed {
		head = wholeRunes(head[:sniffed])
	}
	switch {
	case len(head) == 0 || !utf8.Valid(head):
		return ""
	case sniffXMLProlog.Match(head):
		return "application/xml"
	case sniffHTML.Match(head):
		return "text/html"
	case sniffXML.Match(head):
		return "application/xml"
	case sniffJSON.Match(head):
		return "application/json"
	}
	return "text/plain"
}

// wholeRunes drops the beginning of a character that was cut in two.
func wholeRunes(text []byte) []byte {
	for n := 1; n < utf8.UTFMax && n <= len(text); n++ {
		if tail := text[len(text)-n:]; utf8.RuneStart(tail[0]) {
			if !utf8.FullRune(tail) {
				return text[:len(text)-n]
			}
			break
		}
	}
	return text
}
