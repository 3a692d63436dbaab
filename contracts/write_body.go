package contracts

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"maps"
	"unicode/utf8"
)

// body writes a body as a member of t. Of the ways to spell its content it
// takes the first that is read as the same body again; declared is the
// content type in the headers or metadata beside it.
func (w writer) body(t tree, name, declared string, b Body) {
	spell := spellV3
	if w.version == V4 {
		spell = spellV4
	}
	saysMore := b.Hint != "" || b.ContentType != declared
	if b.Presence == Missing && (w.version != V4 || !saysMore) {
		return
	}
	candidates := spell(b)
	t[name] = candidates[0]
	for _, candidate := range candidates {
		text, err := encodeJSON(candidate)
		if err == nil && w.readsAs(b, text, declared) {
			t[name] = candidate
			return
		}
	}
}

func (w writer) readsAs(b Body, text []byte, declared string) bool {
	r := &reader{notes: notes{src: text}, version: w.version}
	read := r.bodyOf(&node{src: text, end: len(text)}, declared)
	return read.Presence == b.Presence && read.ContentType == b.ContentType && read.Hint == b.Hint && bytes.Equal(read.Content, b.Content)
}

// spellV3 lists the JSON values that may stand for a body, the best first.
func spellV3(b Body) []any {
	switch b.Presence {
	case Null:
		return []any{nil}
	case Empty:
		return []any{""}
	}
	var ways []any
	media := b.MediaType()
	value, embeddable := embed(b.Content)
	if embeddable && media.IsJSON() {
		ways = append(ways, value)
	}
	if utf8.Valid(b.Content) {
		ways = append(ways, string(b.Content))
	}
	ways = append(ways, base64.StdEncoding.EncodeToString(b.Content))
	if embeddable && !media.IsJSON() {
		ways = append(ways, value)
	}
	return ways
}

// embed returns content as a JSON value, where it is one and without blanks
// between its tokens.
func embed(content []byte) (json.RawMessage, bool) {
	const around = 6 // levels of a file above a content
	var compact bytes.Buffer
	if !utf8.Valid(content) || tooDeep(content, MaxDepth-around) >= 0 || json.Compact(&compact, content) != nil {
		return nil, false
	}
	return compact.Bytes(), bytes.Equal(compact.Bytes(), content)
}

// spellV4 lists the objects that may stand for a body, the best first.
func spellV4(b Body) []any {
	about := tree{}
	setString(about, "contentType", b.ContentType)
	setString(about, "contentTypeHint", b.Hint)
	with := func(content, encoded any) any {
		t := maps.Clone(about)
		t["content"] = content
		if encoded != nil {
			t["encoded"] = encoded
		}
		return t
	}
	switch b.Presence {
	case Missing:
		return []any{about}
	case Null:
		return []any{with(nil, nil)}
	case Empty:
		return []any{with("", nil)}
	}
	var ways []any
	media := b.MediaType()
	if value, ok := embed(b.Content); ok && media.IsJSON() {
		ways = append(ways, with(value, false))
	}
	coded := with(base64.StdEncoding.EncodeToString(b.Content), "base64")
	if b.Hint == "BINARY" || media.IsBinary() || !utf8.Valid(b.Content) {
		return append(ways, coded)
	}
	return append(ways, with(string(b.Content), false), with(string(b.Content), "JSON"), coded)
}
