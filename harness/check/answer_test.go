package check

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"testing"

	"github.com/seamtest/seam/harness/load"
)

func zipped(t testing.TB, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestBodiesAreDecompressedWithinABound(t *testing.T) {
	answer := func(body []byte) *load.Answer {
		return &load.Answer{Status: 200, Header: http.Header{"Content-Encoding": {"gzip"}}, Body: body}
	}
	if r, why := responseOf(answer(zipped(t, []byte("ok")))); why != "" || string(r.Body.Content) != "ok" {
		t.Errorf("%q: %+v", why, r)
	}
	if _, why := responseOf(answer(zipped(t, make([]byte, mostDecoded+1)))); why != "too large: a body has more than 4 MiB, decompressed" {
		t.Errorf("a bomb: %q", why)
	}
}

// Whatever a server says of its body, it is read within the bound or refused.
func FuzzDecoded(f *testing.F) {
	f.Add([]byte("text"), "")
	f.Add(zipped(f, []byte("text")), "gzip")
	f.Add(zipped(f, make([]byte, 1<<20))[:100], "x-gzip")
	f.Add([]byte{0x1f, 0x8b}, " GZIP ")
	f.Add([]byte("x"), "br")
	f.Fuzz(func(t *testing.T, body []byte, coding string) {
		text, err := decoded(body, coding)
		if err == nil && len(text) > max(mostDecoded, len(body)) {
			t.Errorf("%d bytes", len(text))
		}
	})
}
