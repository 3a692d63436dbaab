package contracts

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// NewBody is a body as it came over a wire: its type is the declared one, or
// else found by looking.
func NewBody(content []byte, declared string) Body {
	if len(content) == 0 {
		return Body{Presence: Empty, ContentType: declared}
	}
	if declared == "" {
		declared = DetectContentType(content)
	}
	return Body{Presence: Present, Content: content, ContentType: declared}
}

// Compact is b without the blanks between the tokens of its JSON, so that a
// file shows a value and not a text. Other bodies stay as they are.
func (b Body) Compact() Body {
	var compact bytes.Buffer
	if b.Presence == Present && b.MediaType().IsJSON() && json.Compact(&compact, b.Content) == nil {
		b.Content = compact.Bytes()
	}
	return b
}

// IsListHeader says whether a header's value is a list whose elements are
// separated by commas.
func IsListHeader(name string) bool {
	_, found := slices.BinarySearch(lists, strings.ToLower(name))
	return found
}

// MessageTree is a message as it stands in a V4 file: a JSON object with
// contents and metadata.
func MessageTree(m *Message) (json.RawMessage, error) {
	text, err := encodeJSON(writer{V4}.message(&Message{Contents: m.Contents, Metadata: m.Metadata}))
	return bytes.TrimSpace(text), err
}
