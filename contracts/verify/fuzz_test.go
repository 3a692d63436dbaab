package verify

import (
	"encoding/base64"
	"net/http"
	"testing"
)

// What a provider answers is read without a panic, and what is read as a
// message keeps its body.
func FuzzAnswersOfProviders(f *testing.F) {
	f.Add([]byte(`{"id": 7}`), "application/json", []byte(`{"topic": "orders", "n": 1.50}`))
	f.Add([]byte(`[1]`), "text/plain; charset=utf-8", []byte(`[]`))
	f.Add([]byte{0xff, 0}, "", []byte(`{"a":`))
	f.Fuzz(func(t *testing.T, body []byte, contentType string, metadata []byte) {
		stateValues(body)
		answer := &http.Response{Header: http.Header{}}
		answer.Header.Set("Content-Type", contentType)
		if len(metadata) > 0 {
			answer.Header.Set(metadataHeader, base64.StdEncoding.EncodeToString(metadata))
		}
		m, err := seenMessage(answer, body)
		if err == nil && string(m.Contents.Content) != string(body) {
			t.Errorf("the message holds %q, the answer %q", m.Contents.Content, body)
		}
	})
}
