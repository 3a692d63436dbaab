package contracts

import (
	"encoding/base64"
	"encoding/json"
	"strings"
)

// bodyV3 reads a body of V1 to V3: any JSON value, whose meaning depends on
// the declared content type.
func (r *reader) bodyV3(n *node, declared string) Body {
	b := Body{ContentType: declared}
	switch {
	case n == nil:
		return b
	case n.shape() == isNull:
		b.Presence = Null
		return b
	case n.shape() != isString:
		b.Presence, b.Content = Present, n.compact()
	case n.text() == "":
		b.Presence = Empty
		return b
	default:
		b.Presence, b.Content = Present, stringBody(n.text(), declared)
	}
	if b.ContentType == "" {
		b.ContentType = DetectContentType([]byte(n.text()))
	}
	return b.orEmpty()
}

// orEmpty calls content of no bytes empty, such as blanks read as base64.
func (b Body) orEmpty() Body {
	if b.Presence == Present && len(b.Content) == 0 {
		b.Presence, b.Content = Empty, nil
	}
	return b
}

// stringBody turns a body given as a string into its bytes.
func stringBody(s, declared string) []byte {
	if declared == "" {
		declared = DetectContentType([]byte(s))
	}
	switch media := ParseMediaType(declared); {
	case media.IsJSON():
		if holdsJSON(s) {
			return []byte(s)
		}
		return quote(s)
	case media.IsText() || media.Type == "":
		return []byte(s)
	}
	if content, err := decodeBase64(s); err == nil {
		return content
	}
	return []byte(s)
}

// holdsJSON says whether a string is itself the text of a JSON string or
// object; only these are taken as JSON that was put into a string.
func holdsJSON(s string) bool {
	trimmed := strings.TrimLeft(s, " \t\r\n")
	if trimmed == "" || trimmed[0] != '{' && trimmed[0] != '"' {
		return false
	}
	return json.Valid([]byte(s))
}

// quote writes s as a JSON string without escaping more than JSON demands.
func quote(s string) []byte {
	text, err := encodeJSON(s)
	if err != nil {
		return []byte(`""`)
	}
	return text
}

// decodeBase64 accepts padding or none, and line breaks.
func decodeBase64(s string) ([]byte, error) {
	if content, err := base64.StdEncoding.DecodeString(s); err == nil {
		return content, nil
	}
	return base64.RawStdEncoding.DecodeString(strings.TrimRight(strings.TrimSpace(s), "="))
}

// bodyV4 reads a body or contents of V4: an object that says how its content
// is written.
func (r *reader) bodyV4(n *node, declared string) Body {
	b := Body{ContentType: declared}
	if n == nil {
		return b
	}
	if n.shape() == isNull {
		b.Presence = Null
		return b
	}
	if n.shape() != isObject {
		r.warn(n, `a body is expected as {"content": ...}; the whole value is taken as content`)
		return r.bodyV3(n, declared)
	}
	o := r.object(n)
	content := o.take("content")
	kind, encoded, hint := o.take("contentType"), o.take("encoded"), o.take("contentTypeHint")
	if content == nil && len(o.rest()) > 0 {
		r.warn(n, `the body has no "content"; the whole object is taken as content`)
		return r.bodyV3(n, declared)
	}
	b.Hint = r.text(hint)
	if own := r.text(kind); own != "" {
		b.ContentType = own
	}
	for _, m := range o.rest() {
		r.warn(m, "unknown member %q is left out", m.key)
	}
	r.content(&b, content, encoded)
	return b.orEmpty()
}

// content fills in the presence and the bytes.
func (r *reader) content(b *Body, n, encoded *node) {
	switch {
	case n == nil:
		return
	case n.shape() == isNull:
		b.Presence = Null
		return
	case n.shape() == isString && n.text() == "":
		b.Presence = Empty
		return
	}
	b.Presence = Present
	switch how := encodingOf(encoded); how {
	case "":
		b.Content = plainContent(n, b.ContentType)
	case "json":
		b.Content = []byte(n.text())
	case "base64":
		content, err := decodeBase64(n.text())
		if err != nil {
			r.warn(n, "the content is not base64; it is taken as it is")
			content = []byte(n.text())
		}
		b.Content = content
	default:
		r.warn(encoded, "unknown encoding %q; the content is taken as it is", how)
		b.Content = []byte(n.text())
	}
}

// encodingOf is "" for content that is not encoded; true means base64.
func encodingOf(n *node) string {
	switch {
	case n == nil || n.shape() == isNull:
		return ""
	case n.shape() == isBool:
		if n.text() == "true" {
			return "base64"
		}
		return ""
	}
	return strings.ToLower(n.text())
}

// plainContent keeps a JSON string quoted where the pact's type says JSON. Of
// no declared type, a string is the text as it is, also if that is JSON.
func plainContent(n *node, contentType string) []byte {
	if n.shape() == isString && !ParseMediaType(contentType).IsJSON() {
		return []byte(n.text())
	}
	return n.compact()
}
