package contracts

import (
	"maps"
	"mime"
	"regexp"
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
// charset=utf-8". What cannot be read is unknown.
func ParseMediaType(s string) MediaType {
	full, params, err := mime.ParseMediaType(s)
	if err != nil {
		// A bad parameter does not hide the type.
		full, _, _ = strings.Cut(s, ";")
		full = strings.ToLower(strings.TrimSpace(full))
	}
	main, sub, ok := strings.Cut(full, "/")
	if !ok || main == "" || sub == "" {
		return MediaType{}
	}
	m := MediaType{Type: main, Subtype: sub}
	if at := strings.LastIndexByte(sub, '+'); at > 0 {
		m.Subtype, m.Suffix = sub[:at], sub[at+1:]
	}
	if charset, has := params["charset"]; has {
		params["charset"] = strings.ToLower(charset)
	}
	if len(params) > 0 {
		m.Params = params
	}
	return m
}

// MediaType is the parsed ContentType.
func (b Body) MediaType() MediaType { return ParseMediaType(b.ContentType) }

// Known is false for the zero value and for */*.
func (m MediaType) Known() bool { return m.Type != "" && m.Type != "*" }

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
	if s := mime.FormatMediaType(m.Essence(), m.Params); s != "" {
		return s
	}
	return m.Essence()
}

// Base is what the suffix stands for: application/json for
// application/vnd.x+json. Without a suffix it is m.
func (m MediaType) Base() MediaType {
	if m.Suffix == "" {
		return m
	}
	return MediaType{Type: m.Type, Subtype: m.Suffix, Params: m.Params}
}

// Accepts says whether a body of type other may stand where m is expected:
// the types are the same and, where m has parameters, these too.
func (m MediaType) Accepts(other MediaType) bool {
	return m.Essence() == other.Essence() && (len(m.Params) == 0 || maps.Equal(m.Params, other.Params))
}

// IsJSON covers application/json, application/json-*, application/graphql
// and the suffix +json.
func (m MediaType) IsJSON() bool {
	return m.Suffix == "json" || m.Type == "application" && (strings.HasPrefix(m.Subtype, "json") || m.Subtype == "graphql")
}

// IsXML covers application/xml, text/xml and the suffix +xml.
func (m MediaType) IsXML() bool {
	return m.Suffix == "xml" || m.Subtype == "xml" && (m.Type == "application" || m.Type == "text")
}

// IsForm is application/x-www-form-urlencoded.
func (m MediaType) IsForm() bool {
	return m.Type == "application" && m.Subtype == "x-www-form-urlencoded"
}

// IsMultipart covers multipart/*.
func (m MediaType) IsMultipart() bool { return m.Type == "multipart" }

// IsText says whether the content is characters: text, XML, JSON, forms and
// the scripts among the applications.
func (m MediaType) IsText() bool {
	if m.Type == "text" || m.IsJSON() || m.IsXML() || m.IsForm() {
		return true
	}
	switch m.Subtype {
	case "javascript", "ecmascript", "yaml", "x-yaml", "toml", "sql", "hal", "xhtml", "x-javascript", "xml-dtd", "x-httpd-php", "inkml":
		return m.Type == "application"
	}
	return false
}

// IsBinary covers sound, fonts, pictures, films, and applications that are
// not text.
func (m MediaType) IsBinary() bool {
	switch m.Type {
	case "audio", "font", "image", "video":
		return !m.IsXML()
	case "application":
		return !m.IsText()
	}
	return false
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
