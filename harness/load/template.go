package load

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// An escape says how a value is put into a request so that it stays a value.
type escape uint8

const (
	asIs      escape = iota
	inPath           // percent-encoded but for the unreserved characters (RFC 3986, section 2.3)
	inHeader         // refused where it holds a control character
	inForm           // percent-encoded, a blank as +
	inText           // within a string of JSON
	inJSON           // between the values of JSON: a number or a word of JSON as it is, else a string
	mostValue = 64 << 10
)

// A piece is a stretch of a text with templates: text, or the name of a value.
type piece struct {
	text string
	name string // without its braces; "" for text
}

// valueForm is what may stand between the braces.
var valueForm = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*(\.[^{}]+)?$`)

// pieces takes a text apart at its templates.
func pieces(text string) ([]piece, error) {
	var all []piece
	for text != "" {
		before, rest, found := strings.Cut(text, "{{")
		if before != "" {
			all = append(all, piece{text: before})
		}
		if !found {
			break
		}
		inside, after, closed := strings.Cut(rest, "}}")
		name := strings.TrimSpace(inside)
		switch {
		case !closed:
			return nil, fmt.Errorf("a {{ has no }}; write {{seam.braces}} for one that is meant as such")
		case !valueForm.MatchString(name):
			return nil, fmt.Errorf("{{%s}} names no value; write {{NAME}}, or {{seam.braces}} for braces that are meant as such", clip(inside))
		}
		all = append(all, piece{name: name})
		text = after
	}
	return all, nil
}

// clip shortens what is quoted.
func clip(text string) string {
	const most = 60
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "..."
	}
	return text
}

// A ref says where a session finds a value.
type ref struct {
	kind   refKind
	at     int // slot, constant or feeder
	column int
}

type refKind uint8

const (
	ofSlot     refKind = iota // extracted in this iteration
	ofConstant                // extracted by set-up
	ofColumn                  // of the row of a feeder
	ofNumber                  // of the iteration
	ofUUID
	ofTime
	ofRandom
	ofBraces
)

// builtins are the values that every request has.
var builtins = map[string]ref{
	"seam.n": {kind: ofNumber}, "seam.uuid": {kind: ofUUID}, "seam.time": {kind: ofTime}, "seam.random": {kind: ofRandom}, "seam.braces": {kind: ofBraces},
}

// A part of a template is text, or a value with its escape.
type part struct {
	text  []byte // nil for a value
	value ref
	as    escape
}

// A template is a text with values, ready to be rendered. It is shared by the
// workers and never written to.
type template []part

func (t *template) add(text string) {
	if text == "" {
		return
	}
	if n := len(*t); n > 0 && (*t)[n-1].text != nil {
		(*t)[n-1].text = append((*t)[n-1].text, text...)
		return
	}
	*t = append(*t, part{text: []byte(text)})
}

// static reports whether the text is always the same.
func (t template) static() bool { return len(t) == 0 || len(t) == 1 && t[0].text != nil }

// render appends the text with the session's values; false: one of them may
// not stand where it would.
func (t template) render(dst []byte, s *session) ([]byte, bool) {
	for i := range t {
		p := &t[i]
		if p.text != nil {
			dst = append(dst, p.text...)
			continue
		}
		s.scratch = s.appendValue(s.scratch[:0], p.value)
		var ok bool
		if dst, ok = appendEscaped(dst, s.scratch, p.as); !ok {
			return dst, false
		}
	}
	return dst, true
}

func appendEscaped(dst, value []byte, as escape) ([]byte, bool) {
	switch as {
	case inPath, inForm:
		return appendPercent(dst, value, as == inForm), true
	case inHeader:
		for _, c := range value {
			if c < ' ' && c != '\t' || c == 0x7f {
				return dst, false
			}
		}
	case inText:
		return appendJSONText(dst, value), true
	case inJSON:
		if !isScalar(value) {
			return append(appendJSONText(append(dst, '"'), value), '"'), true
		}
	}
	return append(dst, value...), true
}

func appendPercent(dst, value []byte, form bool) []byte {
	const digits = "0123456789ABCDEF"
	for _, c := range value {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '.', c == '_', c == '~':
			dst = append(dst, c)
		case c == ' ' && form:
			dst = append(dst, '+')
		default:
			dst = append(dst, '%', digits[c>>4], digits[c&15])
		}
	}
	return dst
}

// appendJSONText writes a value as the inside of a JSON string.
func appendJSONText(dst, value []byte) []byte {
	const digits = "0123456789abcdef"
	for len(value) > 0 {
		c := value[0]
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < ' ' || c == 0x7f:
			dst = append(dst, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		case c < utf8.RuneSelf:
			dst = append(dst, c)
		default:
			r, size := utf8.DecodeRune(value)
			dst = utf8.AppendRune(dst, r) // what is no UTF-8 becomes U+FFFD
			value = value[size:]
			continue
		}
		value = value[1:]
	}
	return dst
}

// appendValue adds what stands for a ref in this iteration.
func (s *session) appendValue(dst []byte, of ref) []byte {
	switch of.kind {
	case ofSlot:
		return append(dst, s.values[of.at]...)
	case ofConstant:
		return append(dst, s.script.constants[of.at]...)
	case ofColumn:
		return append(dst, s.script.tables[of.at].cell(s.rows[of.at], of.column)...)
	case ofNumber:
		return strconv.AppendInt(dst, int64(s.n), 10)
	case ofUUID:
		return s.appendUUID(dst)
	case ofTime:
		return strconv.AppendInt(dst, time.Now().UnixMilli(), 10)
	case ofRandom:
		return strconv.AppendUint(dst, s.chance.next()>>33, 10)
	}
	return append(dst, "{{"...)
}

// appendUUID adds a UUID that no other request of this or another run has
// (RFC 9562, version 4).
func (s *session) appendUUID(dst []byte) []byte {
	high, low := s.unique.next(), s.unique.next()
	high = high&^0xf000 | 0x4000
	low = low&^(3<<62) | 2<<62
	var digits [32]byte
	putHex(digits[:16], high)
	putHex(digits[16:], low)
	for i, end := range [...]int{8, 12, 16, 20, 32} {
		from := [...]int{0, 8, 12, 16, 20}[i]
		if i > 0 {
			dst = append(dst, '-')
		}
		dst = append(dst, digits[from:end]...)
	}
	return dst
}

// bodyEscapes says for each name of a body how its value is put in.
type bodyEscapes struct {
	kind   escape // inJSON, inForm or asIs
	inside bool   // a string of JSON
	escape bool   // behind a backslash
}

func escapesOf(contentType string, body []byte) *bodyEscapes {
	contentType = strings.ToLower(contentType)
	first := bytes.TrimLeft(body, " \t\r\n")
	switch {
	case strings.Contains(contentType, "json"), contentType == "" && len(first) > 0 && (first[0] == '{' || first[0] == '[') && !bytes.HasPrefix(first, []byte("{{")):
		return &bodyEscapes{kind: inJSON}
	case strings.Contains(contentType, "form-urlencoded"):
		return &bodyEscapes{kind: inForm}
	}
	return &bodyEscapes{}
}

// pass follows the text of a body, to know what is a string of JSON.
func (e *bodyEscapes) pass(text string) {
	for i := range len(text) {
		switch c := text[i]; {
		case e.escape:
			e.escape = false
		case e.inside && c == '\\':
			e.escape = true
		case c == '"':
			e.inside = !e.inside
		}
	}
}

// now is the escape of a value that stands here.
func (e *bodyEscapes) now() escape {
	if e.kind == inJSON && e.inside {
		return inText
	}
	return e.kind
}
