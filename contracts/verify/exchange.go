package verify

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/seamtest/seam/contracts"
	"github.com/seamtest/seam/contracts/match"
)

// http replays a request and matches the answer.
func (t *trial) http(ctx context.Context) error {
	generation := t.generation()
	want, failed := generation.Request(t.of.Request)
	t.note(failed)
	response, failed := generation.Response(t.of.Response)
	t.note(failed)

	request, err := t.render(ctx, want)
	if err != nil {
		return fmt.Errorf("render the request: %w", err)
	}
	answer, err := t.send(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	body, err := t.read(answer)
	if err != nil {
		return err
	}
	t.Result.Response = seen(answer, body)
	t.Result.Mismatches = match.Response(response, t.Result.Response)
	return nil
}

func (t *trial) generation() *contracts.Generation {
	return &contracts.Generation{Mode: contracts.ForProvider, Values: t.values, Rand: t.rand, Now: t.cfg.Now}
}

func (t *trial) note(failed []error) {
	for _, err := range failed {
		t.Result.Notes = append(t.Result.Notes, err.Error()+"; the example was used")
	}
}

// send lets Before see the request and sends it. Redirects are followed
// unless the interaction is about one.
func (t *trial) send(request *http.Request) (*http.Response, error) {
	if t.cfg.Before != nil {
		t.cfg.Before(t.of, request)
	}
	if parts := strings.Split(request.Header.Get("Traceparent"), "-"); len(parts) >= 4 {
		t.Result.TraceID = parts[1]
	}
	client := t.client
	if t.of.Kind == contracts.HTTP && expectsRedirect(t.of.Response) {
		client = t.still
	}
	answer, err := client.Do(request)
	if err != nil {
		return nil, unreachable("provider "+t.pact.Provider, request.URL, err)
	}
	return answer, nil
}

// expectsRedirect also holds for a status rule, which judges any answer.
func expectsRedirect(p *contracts.Response) bool {
	return p.Status >= 300 && p.Status < 400 || len(p.Rules["status"]) > 0
}

// framing are headers that the connection sets and a pact cannot.
var framing = []string{"Content-Length", "Transfer-Encoding", "Connection", "Trailer", "Upgrade"}

// render writes a request as the pact has it: its path byte for byte, its
// query sorted by name.
func (r *replay) render(ctx context.Context, q *contracts.Request) (*http.Request, error) {
	content := q.Body.Content
	if q.Body.Presence == contracts.Null && q.Body.MediaType().IsJSON() {
		content = []byte("null")
	}
	target := r.target(q)
	request, err := http.NewRequestWithContext(ctx, q.Method, "http://placeholder/", bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	if len(content) == 0 {
		request.Body, request.GetBody = http.NoBody, nil
	}
	request.URL, request.Host = target, target.Host
	for name, values := range q.Headers {
		if contracts.IsListHeader(name) {
			values = []string{strings.Join(values, ", ")}
		}
		for _, value := range values {
			request.Header.Add(name, value)
		}
	}
	if len(content) > 0 && request.Header.Get("Content-Type") == "" && r.pact.Version == contracts.V4 && q.Body.ContentType != "" {
		request.Header.Set("Content-Type", q.Body.ContentType)
	}
	for name, values := range r.cfg.Header {
		request.Header[http.CanonicalHeaderKey(name)] = slices.Clone(values)
	}
	if host := request.Header.Get("Host"); host != "" {
		request.Host = host
		request.Header.Del("Host")
	}
	for _, name := range framing {
		request.Header.Del(name)
	}
	return request, nil
}

// target joins the base URL and the request's path and query.
func (r *replay) target(q *contracts.Request) *url.URL {
	u := *r.cfg.Provider
	raw := escapePath(strings.TrimSuffix(u.EscapedPath(), "/") + "/" + strings.TrimPrefix(q.Path, "/"))
	u.RawQuery, u.Fragment = strings.ReplaceAll(contracts.EncodeQuery(q.Query), "+", "%20"), ""
	if path, query, has := strings.Cut(raw, "?"); has && u.RawQuery == "" {
		raw, u.RawQuery = path, query
	}
	path, err := url.PathUnescape(raw)
	if err != nil {
		path = raw
	}
	u.Path, u.RawPath = path, raw
	if u.EscapedPath() != raw && !strings.HasPrefix(raw, "//") {
		u.Opaque = raw // net/url would spell it another way
	}
	return &u
}

// escapePath escapes what cannot stand in a request line and leaves all else,
// also escapes that were not needed.
func escapePath(path string) string {
	var b strings.Builder
	for i := range len(path) {
		if c := path[i]; c <= ' ' || c >= 0x7f || strings.IndexByte("\"<>`{}#\\^", c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
			continue
		}
		b.WriteByte(path[i])
	}
	return b.String()
}

// read returns the whole body of an answer, gzip undone.
func (r *replay) read(answer *http.Response) ([]byte, error) {
	target := answer.Request.URL
	body := io.Reader(answer.Body)
	if strings.EqualFold(answer.Header.Get("Content-Encoding"), "gzip") && !answer.Uncompressed && answer.Request.Method != http.MethodHead {
		unzipped, err := gzip.NewReader(answer.Body)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("provider %s: says gzip, but sent something else: %w", r.pact.Provider, err)
		}
		if err == nil {
			body = unzipped
		}
	}
	content, err := io.ReadAll(io.LimitReader(body, r.cfg.MaxBody+1))
	if err != nil {
		return nil, unreachable("provider "+r.pact.Provider, target, err)
	}
	if int64(len(content)) > r.cfg.MaxBody {
		return nil, fmt.Errorf("provider %s: the answer is larger than %d bytes and was not judged", r.pact.Provider, r.cfg.MaxBody)
	}
	return content, nil
}

// seen is an answer as match compares it.
func seen(answer *http.Response, body []byte) *contracts.Response {
	p := &contracts.Response{Status: answer.StatusCode, Headers: map[string][]string{}}
	for name, lines := range answer.Header {
		for _, line := range lines {
			p.Headers[name] = append(p.Headers[name], contracts.SplitHeader(name, line)...)
		}
	}
	p.Body = contracts.NewBody(body, answer.Header.Get("Content-Type"))
	return p
}
