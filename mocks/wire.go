package mocks

import (
	"cmp"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
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
	var body []byte
	if r.Body != nil && r.Body != http.NoBody {
		var err error
		if body, err = io.ReadAll(http.MaxBytesReader(w, r.Body, limit)); err != nil {
			return nil, err
		}
	}
	got := &contracts.Request{
		Method: strings.ToUpper(r.Method), Path: r.URL.EscapedPath(),
		Query:   contracts.ParseQuery(r.URL.RawQuery),
		Headers: make(map[string][]string, len(r.Header)+1),
		Body:    contracts.NewBody(body, r.Header.Get("Content-Type")),
	}
	maps.Copy(got.Headers, r.Header) // match takes lists apart
	got.Headers["Host"] = []string{r.Host}
	return got, nil
}

// A wired response is one in the form in which it is written.
type wired struct {
	status  int
	header  http.Header
	content []byte
	head    []byte // see plainHead; nil: not made yet
}

// wire leaves out what says where a response ends: the connection sets that.
func wire(p *contracts.Response) wired {
	made := wired{status: p.Status, header: http.Header{}, content: p.Body.Content}
	for name, lines := range p.Headers {
		if contracts.IsListHeader(name) {
			lines = []string{strings.Join(lines, ", ")}
		}
		made.header[http.CanonicalHeaderKey(name)] = slices.Clip(lines)
	}
	for _, framing := range []string{"Content-Length", "Transfer-Encoding", "Connection", "Trailer"} {
		made.header.Del(framing)
	}
	if p.Body.Presence == contracts.Null && p.Body.MediaType().IsJSON() {
		made.content = []byte("null")
	}
	if len(made.content) > 0 && made.header.Get("Content-Type") == "" {
		if kind := cmp.Or(p.Body.ContentType, contracts.DetectContentType(made.content)); kind != "" {
			made.header.Set("Content-Type", kind)
		}
	}
	return made
}

func (a wired) send(w http.ResponseWriter) {
	maps.Copy(w.Header(), a.header)
	w.WriteHeader(a.status)
	_, _ = w.Write(a.content) // the caller has gone, or the status allows no body
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
