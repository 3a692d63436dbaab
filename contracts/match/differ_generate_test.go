//go:build pactffi

package match_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/seamtest/seam/contracts"
	"github.com/seamtest/seam/contracts/pactgo/reference"
)

// given is what the handler of the provider's state answers.
var given = map[string]any{"id": json.Number("42"), "name": "Ada", "flag": true, "price": json.Number("1.5"), "digits": "7"}

// A sentRequest is a request as a provider sees it, made by generators.
type sentRequest struct {
	path, header string
	query        map[string][]string
	body         string
}

func newGenerator(r *rand.Rand) (generator map[string]any, random bool) {
	if r.IntN(2) == 0 {
		g := map[string]any{"type": "ProviderState", "expression": pick(r, []string{"${id}", "id", "${name}", "/a/${id}", "${none}", "none", "${flag}", "${price}", "${name}-${id}", "${digits}", "x"})}
		if r.IntN(2) == 0 {
			g["dataType"] = pick(r, []string{"RAW", "STRING", "INTEGER", "DECIMAL", "FLOAT", "BOOLEAN"})
		}
		return g, false
	}
	return pick(r, []map[string]any{
		{"type": "RandomInt", "min": 100, "max": 999}, {"type": "RandomDecimal", "digits": 2}, {"type": "RandomHexadecimal", "digits": 6},
		{"type": "RandomString", "size": 7}, {"type": "Regex", "regex": `[a-c]{4}-\d`}, {"type": "Uuid"}, {"type": "Uuid", "format": "simple"},
		{"type": "Uuid", "format": "upper-case-hyphenated"}, {"type": "Uuid", "format": "URN"}, {"type": "RandomBoolean"}, {"type": "Date", "format": "yyyy-MM-dd"},
		{"type": "Time", "format": "HH:mm"}, {"type": "DateTime", "format": "yyyy-MM-dd'T'HH:mm"}, {"type": "Date", "format": "yyyy-MM-dd", "expression": "next week"},
	}), true
}

// newGeneratedCase is a request with generators for some of its places.
func newGeneratedCase(r *rand.Rand, name string) (interaction map[string]any, random bool) {
	generators := map[string]any{}
	add := func(category, at string) {
		g, chance := newGenerator(r)
		random = random || chance
		if at == "" {
			generators[category] = g
			return
		}
		if generators[category] == nil {
			generators[category] = map[string]any{}
		}
		generators[category].(map[string]any)[at] = g
	}
	body := respelt(newValue(r, 3))
	switch r.IntN(5) {
	case 0:
		add("path", "")
	case 1:
		add("query", pick(r, []string{"a", "b"}))
	case 2:
		add("header", pick(r, []string{"X-A", "X-B"}))
	default:
		add("body", blur(r, pick(r, pathsOf(body))))
	}
	request := map[string]any{"method": "POST", "path": "/p", "query": map[string]any{"a": []string{"1"}}, "generators": generators,
		"headers": map[string]any{"X-Case": name, "X-A": "a", "Content-Type": "application/json"},
		"body":    map[string]any{"content": body, "contentType": "application/json", "encoded": false}}
	return map[string]any{"description": name, "key": name, "type": "Synchronous/HTTP", "providerStates": []any{map[string]any{"name": "s"}},
		"request": request, "response": map[string]any{"status": 200}}, random
}

// madeByThem has the reference's verifier send the requests.
func madeByThem(dir string, interactions []any) (map[string]sentRequest, error) {
	var mu sync.Mutex
	sent := map[string]sentRequest{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/states" {
			w.Header().Set("Content-Type", "application/json")
			json.NewEncoder(w).Encode(given)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		mu.Lock()
		defer mu.Unlock()
		sent[r.Header.Get("X-Case")] = sentRequest{r.URL.EscapedPath(), r.Header.Get("X-A") + r.Header.Get("X-B"), contracts.ParseQuery(r.URL.RawQuery), string(body)}
	}))
	defer server.Close()
	file := filepath.Join(dir, fmt.Sprintf("generated-%d.json", rand.Uint64()))
	if err := os.WriteFile(file, []byte(pactOf("4.0", interactions...)), 0o600); err != nil {
		return nil, err
	}
	defer os.Remove(file)
	if _, err := reference.Verify(file, reference.Provider{Port: server.Listener.Addr().(*net.TCPAddr).Port, States: "/states"}); err != nil {
		return nil, err
	}
	mu.Lock()
	defer mu.Unlock()
	return maps.Clone(sent), nil
}

func madeByUs(interaction any) (sentRequest, error) {
	p, _, err := contracts.Read(strings.NewReader(pactOf("4.0", interaction)))
	if err != nil {
		return sentRequest{}, err
	}
	g := contracts.Generation{Mode: contracts.ForProvider, Values: given}
	q, _ := g.Request(p.Interactions[0].Request)
	body := string(q.Body.Content)
	if q.Body.Presence == contracts.Null {
		body = "null"
	}
	return sentRequest{"/" + strings.TrimPrefix(q.Path, "/"), q.Headers["X-A"][0] + strings.Join(q.Headers["X-B"], ""), q.Query, body}, nil
}

var (
	truth  = regexp.MustCompile(`true|false`)
	chance = regexp.MustCompile(`[0-9A-Za-z.]`)
)

// masked is what can be compared of a request: where chance had a part, the
// shape of its values.
func (s sentRequest) masked(random bool) string {
	var query []string
	for _, name := range slices.Sorted(maps.Keys(s.query)) {
		query = append(query, fmt.Sprintf("%s=%q", name, s.query[name]))
	}
	body := s.body
	var parsed any
	d := json.NewDecoder(strings.NewReader(body))
	d.UseNumber()
	if d.Decode(&parsed) == nil {
		text, err := json.Marshal(parsed)
		if err != nil {
			panic(err)
		}
		body = string(text)
	}
	text := strings.Join([]string{s.path, s.header, strings.Join(query, "&"), body}, "\n")
	if random {
		return chance.ReplaceAllString(truth.ReplaceAllString(text, "?"), "x")
	}
	return text
}

func TestDifferentialGenerators(t *testing.T) {
	b := newBudget(t, 0.1)
	dir := t.TempDir()
	b.run(t, "generators, in twenties", 6, func(r *rand.Rand) verdicts {
		var interactions []any
		chances := map[string]bool{}
		for n := range inBatch {
			name := strconv.Itoa(n)
			one, random := newGeneratedCase(r, name)
			if _, err := madeByUs(one); err == nil {
				interactions, chances[name] = append(interactions, one), random
			}
		}
		theirs, err := madeByThem(dir, interactions)
		if err != nil {
			return verdicts{}
		}
		v := verdicts{compared: true}
		for _, one := range interactions {
			name := one.(map[string]any)["description"].(string)
			mine, _ := madeByUs(one)
			sent, has := theirs[name]
			if !has {
				continue
			}
			v.matched = true
			if got, want := mine.masked(chances[name]), sent.masked(chances[name]); got != want {
				text, _ := json.Marshal(one.(map[string]any)["request"])
				v.differ += fmt.Sprintf("%s\nseam      %q\nreference %q\n", text, got, want)
			}
		}
		return v
	})
}
