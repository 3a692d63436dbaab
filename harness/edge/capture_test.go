package edge

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/google/go-cmp/cmp"
)

func pack(t testing.TB, coding, plain string) []byte {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser
	switch coding {
	case "gzip":
		w = gzip.NewWriter(&b)
	case "br":
		w = brotli.NewWriter(&b)
	}
	if _, err := io.WriteString(w, plain); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestDecode(t *testing.T) {
	text := strings.Repeat("seam ", 1000)
	huge := strings.Repeat("0", DecodeLimit+1)
	gz, br := pack(t, "gzip", text), pack(t, "br", text)
	tests := []struct {
		raw       []byte
		truncated bool
		codings   []string
		want      Body
		reason    string
	}{
		{[]byte("x"), false, nil, Body{Bytes: []byte("x")}, "no coding"},
		{nil, false, []string{"gzip"}, Body{Bytes: []byte{}}, "nothing"},
		{[]byte("x"), false, []string{"identity"}, Body{Bytes: []byte("x")}, "identity"},
		{gz, false, []string{"gzip"}, Body{Bytes: []byte(text)}, "gzip"},
		{gz, false, []string{"X-GZIP"}, Body{Bytes: []byte(text)}, "its old name"},
		{br, false, []string{"br"}, Body{Bytes: []byte(text)}, "br"},
		{pack(t, "br", string(gz)), false, []string{"gzip, br"}, Body{Bytes: []byte(text)}, "two in one line"},
		{pack(t, "br", string(gz)), false, []string{"gzip", "br"}, Body{Bytes: []byte(text)}, "two in two lines"},
		{[]byte("x"), false, []string{"zstd"}, Body{Bytes: []byte("x"), Encoded: "zstd"}, "a coding that is not undone"},
		{[]byte("no gzip"), false, []string{"gzip"}, Body{Bytes: []byte("no gzip"), Encoded: "gzip"}, "a wrong label"},
		{gz[:len(gz)-9], false, []string{"gzip"}, Body{Bytes: gz[:len(gz)-9], Encoded: "gzip"}, "an end that is missing"},
		{pack(t, "gzip", huge), false, []string{"gzip"}, Body{Bytes: []byte(huge[:DecodeLimit]), Truncated: true}, "a bomb"},
	}
	for _, test := range tests {
		got := decode(test.raw, test.truncated, test.codings)
		if !bytes.Equal(got.Bytes, test.want.Bytes) || (got.Bytes == nil) != (test.want.Bytes == nil) {
			t.Errorf("%s: %d bytes %.80q, want %d bytes %.80q", test.reason, len(got.Bytes), got.Bytes, len(test.want.Bytes), test.want.Bytes)
		}
		got.Bytes, test.want.Bytes = nil, nil // too long for a readable difference
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.reason, diff)
		}
	}
	cut := decode(gz[:len(gz)-9], true, []string{"gzip"})
	if !cut.Truncated || !strings.HasPrefix(text, string(cut.Bytes)) || len(cut.Bytes) == 0 {
		t.Errorf("a cut capture is decoded to %d bytes, truncated %v", len(cut.Bytes), cut.Truncated)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("x"), "gzip, br", false)
	f.Add(pack(f, "gzip", "hello"), "gzip", true)
	f.Add(pack(f, "br", "hello"), "br", false)
	f.Fuzz(func(t *testing.T, raw []byte, codings string, truncated bool) {
		if strings.Count(codings, ",") > 4 {
			return
		}
		body := decode(raw, truncated, []string{codings})
		if len(body.Bytes) > max(DecodeLimit, len(raw)) || truncated && !body.Truncated {
			t.Fatalf("%d bytes, truncated %v", len(body.Bytes), body.Truncated)
		}
		if body.Encoded != "" && !bytes.Equal(body.Bytes, raw) {
			t.Fatal("what could not be decoded was changed")
		}
	})
}

// TestOnlyWhatIsAskedForIsCaptured.
func TestOnlyWhatIsAskedForIsCaptured(t *testing.T) {
	to := provider(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Answer", "1")
		_, _ = io.Copy(w, r.Body) // the consumer notices
	})
	tests := []struct {
		want            Capture
		headers, bodies bool
		reason          string
	}{
		{Capture{}, false, false, "nothing"},
		{Capture{Headers: true}, true, false, "headers"},
		{Capture{Bodies: true}, true, true, "bodies"},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			seen := make(chan bool, 1)
			r := startEdge(t, to, func(c *Config) {
				c.Capture = func(*Exchange) Capture { return test.want }
				c.End = func(x *Exchange) {
					if got := x.RequestHeader() != nil && x.ResponseHeader().Get("X-Answer") == "1"; got != test.headers {
						t.Errorf("headers %v %v", x.RequestHeader(), x.ResponseHeader())
					}
					if got := string(x.RequestBody().Bytes) == "ping" && string(x.ResponseBody().Bytes) == "ping"; got != test.bodies {
						t.Errorf("bodies %q %q", x.RequestBody().Bytes, x.ResponseBody().Bytes)
					}
					if h := x.RequestHeader(); h != nil && (h.Get("X-Ask") != "2" || h["Traceparent"] != nil) {
						t.Errorf("the request's header was not as the consumer sent it: %v", h)
					}
					seen <- true
				}
			})
			request, err := http.NewRequest(http.MethodPost, r.URL(), strings.NewReader("ping"))
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("X-Ask", "2")
			response, err := client(t).Do(request)
			if err != nil {
				t.Fatal(err)
			}
			if got := read(t, response); got != "ping" {
				t.Errorf("answered %q", got)
			}
			<-seen
		})
	}
}
