package mocks

import (
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"

	"github.com/seamtest/seam/contracts"
)

func allowOrigin(h http.Header, r *http.Request) {
	origin := r.Header.Get("Origin")
	if origin == "" {
		origin = "*"
	}
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")
	h.Set("Access-Control-Allow-Headers", "*")
	if asked := r.Header.Get("Access-Control-Request-Headers"); asked != "" {
		h.Set("Access-Control-Allow-Headers", asked)
	}
}

const defaultMaxBody = 16 << 20

// received is a request as match compares it; a limit of 0 is the default.
func received(w http.ResponseWriter, r *http.Request, limit int64) (*contracts.Request, error) {
	if limit <= 0 {
		limit = defaultMaxBody
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if err != nil {
		return nil, err
	}
	got := &contracts.Request{
		Method: strings.ToUpper(r.Method), Path: r.URL.EscapedPath(),
		Query:   contracts.ParseQuery(r.URL.RawQuery),
		Headers: make(map[string][]string, len(r.Header)+1),
		Body:    contracts.NewBody(body, r.Header.Get("Content-Type")),
	}
	for name, lines := range r.Header {
		for _, line := range lines {
			got.Headers[name] = append(got.Headers[name], contracts.SplitHeader(name, line)...)
		}
	}
	got.Headers["Host"] = []string{r.Host}
	return got, nil
}

// send writes a response as the pact has it. The connection sets the framing.
func send(w http.ResponseWriter, p *contracts.Response) {
	header := w.Header()
	for name, lines := range p.Headers {
		if contracts.IsListHeader(name) {
			lines = []string{strings.Join(lines, ", ")}
		}
		header[http.CanonicalHeaderKey(name)] = lines
	}
	for _, framing := range []string{"Content-Length", "Transfer-Encoding", "Connection", "Trailer"} {
		header.Del(framing)
	}
	content := p.Body.Content
	if p.Body.Presence == contracts.Null && p.Body.MediaType().IsJSON() {
		content = []byte("null")
	}
	if len(content) > 0 && header.Get("Content-Type") == "" && p.Body.ContentType != "" {
		header.Set("Content-Type", p.Body.ContentType)
	}
	w.WriteHeader(p.Status)
	_, _ = w.Write(content) // the caller has gone, or the status allows no body
}

// dice give every answer a source of chance of its own, the same ones in the
// same order for the same seed.
type dice struct {
	mu     sync.Mutex
	seeded *rand.Rand // guarded by mu; nil until needed
}

// draw is nil where no seed was given.
func (d *dice) draw(seed uint64) *rand.Rand {
	if seed == 0 {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.seeded == nil {
		d.seeded = rand.New(rand.NewPCG(seed, seed))
	}
	return rand.New(rand.NewPCG(d.seeded.Uint64(), d.seeded.Uint64()))
}
