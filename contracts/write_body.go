package contracts

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"unicode/utf8"
)

func (w writer) body(t tree, name string, b Body) {
	if w.version == V4 {
		bodyToV4(t, name, b)
		return
	}
	switch b.Presence {
	case Missing:
	case Null:
		t[name] = nil
	case Empty:
		t[name] = ""
	case Present:
		t[name] = bodyToV3(b)
	}
}

// bodyToV3 chooses the JSON value that is read as the same bytes again.
func bodyToV3(b Body) any {
	media := b.MediaType()
	if !media.IsJSON() {
		if utf8.Valid(b.Content) && (media.IsText() || !media.Known()) {
			return string(b.Content)
		}
		return base64.StdEncoding.EncodeToString(b.Content)
	}
	value, ok := embeddable(b.Content)
	if !ok {
		return string(b.Content)
	}
	if value[0] == '"' && holdsJSON(unquote(value)) {
		// Written plainly, the string would be read as the JSON inside it.
		return string(value)
	}
	return value
}

// embeddable returns content that can stand in a JSON file as it is and be
// read as the same bytes: valid, without blanks between tokens, not null.
func embeddable(content []byte) (json.RawMessage, bool) {
	var compact bytes.Buffer
	if !utf8.Valid(content) || tooDeep(content, MaxDepth/2) >= 0 || json.Compact(&compact, content) != nil {
		return nil, false
	}
	text := compact.Bytes()
	if !bytes.Equal(text, content) || bytes.Equal(text, []byte("null")) || bytes.Equal(text, []byte(`""`)) {
		return nil, false
	}
	return text, true
}

func bodyToV4(t tree, name string, b Body) {
	out := tree{}
	setString(out, "contentType", b.ContentType)
	setString(out, "contentTypeHint", b.Hint)
	switch b.Presence {
	case Missing:
		if b.Hint == "" {
			return
		}
	case Null:
		out["content"] = nil
	case Empty:
		out["content"] = ""
	case Present:
		out["content"], out["encoded"] = contentToV4(b)
	}
	t[name] = out
}

// contentToV4 returns the content and how it is encoded.
func contentToV4(b Body) (content, encoded any) {
	media := b.MediaType()
	if media.IsJSON() {
		if value, ok := embeddable(b.Content); ok {
			return value, false
		}
		if utf8.Valid(b.Content) {
			return string(b.Content), "JSON"
		}
	}
	if b.Hint != "BINARY" && utf8.Valid(b.Content) && !media.IsBinary() {
		return string(b.Content), false
	}
	return base64.StdEncoding.EncodeToString(b.Content), "base64"
}
