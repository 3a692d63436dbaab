//go:build pactffi

package match_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/seamtest/seam/contracts"
	"github.com/seamtest/seam/contracts/match"
	"github.com/seamtest/seam/contracts/pactgo/reference"
)

// An answerCase is what is agreed of a response or a message of a pact of
// version 4, and what a provider answers.
type answerCase struct {
	name    string
	agreed  map[string]any // the interaction
	message bool
	status  int
	header  [][2]string
	body    string
	data    map[string]any // metadata that comes
}

func newAnswerCase(r *rand.Rand, name string) *answerCase {
	c := &answerCase{name: name, status: 200, agreed: map[string]any{"description": name, "key": name}}
	rules, part := map[string]any{}, map[string]any{}
	if c.message = r.IntN(3) == 0; c.message {
		c.agreed["type"], c.agreed["pending"] = "Asynchronous/Messages", false
		c.contents(r, part, rules)
		for k, v := range part {
			c.agreed[k] = v
		}
		if len(rules) > 0 {
			c.agreed["matchingRules"] = rules
		}
		return c
	}
	c.agreed["type"] = "Synchronous/HTTP"
	c.agreed["request"] = map[string]any{"method": "GET", "path": "/" + name}
	c.agreed["response"] = part
	part["status"] = 200
	switch r.IntN(5) {
	case 0:
		c.statuses(r, part, rules)
	case 1:
		c.header = headers(r, part, rules)
	default:
		b := newAgreedBody(r)
		c.header, c.body = b.into(part, rules), b.got
		part["body"] = b.inV4()
	}
	if len(rules) > 0 {
		part["matchingRules"] = rules
	}
	return c
}

var statuses = []int{200, 201, 202, 400, 404, 410, 422, 501, 599}

func (c *answerCase) statuses(r *rand.Rand, part, rules map[string]any) {
	c.status = pick(r, statuses)
	part["status"] = c.status
	if r.IntN(2) == 0 {
		c.status = pick(r, statuses)
	}
	switch r.IntN(4) {
	case 0:
		rules["status"] = newRules(r, 1)
	case 1:
		rules["status"] = map[string]any{"matchers": []any{map[string]any{"match": "statusCode", "status": pick(r, []any{"success", "clientError", "serverError", "nonError", "error", []int{200, 404}})}}}
	}
}

// contents are those of a message, with its metadata.
func (c *answerCase) contents(r *rand.Rand, part, rules map[string]any) {
	b := newAgreedBody(r)
	for strings.HasPrefix(b.kind, "multipart/") || b.came != b.kind || strings.Contains(b.kind, "*") {
		b = newAgreedBody(r)
	}
	want, got, named := newMetadata(r)
	want["contentType"], got["contentType"] = b.kind, b.came
	c.body, c.data = b.got, got
	part["contents"], part["metadata"] = b.inV4(), want
	if len(b.rules) > 0 {
		rules["body"] = b.rules
	}
	if len(named) > 0 {
		rules["metadata"] = named
	}
}

func (c *answerCase) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header()["Content-Type"] = nil
	w.Header()["Date"] = nil
	for _, h := range c.header {
		w.Header().Add(h[0], h[1])
	}
	if c.message {
		w.Header().Set("Content-Type", fmt.Sprint(c.data["contentType"]))
		text, err := json.Marshal(c.data)
		if err != nil {
			panic(err)
		}
		w.Header().Set("Pact-Message-Metadata", base64.StdEncoding.EncodeToString(text))
	}
	w.WriteHeader(c.status)
	io.WriteString(w, c.body)
}

func (c *answerCase) String() string {
	agreed, _ := json.Marshal(c.agreed)
	data, _ := json.Marshal(c.data)
	return fmt.Sprintf("agreed %s\nactual %d %v %q %s", agreed, c.status, c.header, c.body, data)
}

func (c *answerCase) ours() ([]match.Mismatch, error) {
	p, _, err := contracts.Read(strings.NewReader(pactOf("4.0", c.agreed)))
	if err != nil {
		return nil, err
	}
	if c.message {
		return match.Message(&p.Interactions[0].Messages[0], &contracts.Message{Contents: contracts.NewBody([]byte(c.body), fmt.Sprint(c.data["contentType"])), Metadata: c.data}), nil
	}
	got := &contracts.Response{Status: c.status, Headers: map[string][]string{}}
	declared := received(got.Headers, c.header)
	got.Body = contracts.NewBody([]byte(c.body), declared)
	return match.Response(p.Interactions[0].Response, got), nil
}

// theirsOf has the reference's verifier judge the cases at once.
func theirsOf(dir string, cases []*answerCase) (map[string]bool, error) {
	byName, agreed := map[string]*answerCase{}, []any{}
	for _, c := range cases {
		byName[c.name] = c
		agreed = append(agreed, c.agreed)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/")
		if name == "messages" {
			var asked struct{ Description string }
			if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			name = asked.Description
		}
		if c := byName[name]; c != nil {
			c.ServeHTTP(w, r)
			return
		}
		http.NotFound(w, r)
	}))
	defer server.Close()
	file, err := os.CreateTemp(dir, "pact-*.json")
	if err != nil {
		return nil, err
	}
	defer os.Remove(file.Name())
	if _, err := file.WriteString(pactOf("4.0", agreed...)); err != nil {
		return nil, err
	}
	if err := file.Close(); err != nil {
		return nil, err
	}
	found, err := reference.Verify(filepath.Clean(file.Name()), reference.Provider{Port: server.Listener.Addr().(*net.TCPAddr).Port, Messages: "/messages"})
	if err != nil {
		return nil, err
	}
	passed := map[string]bool{}
	for _, one := range found {
		passed[one.Description] = one.Passed()
	}
	return passed, nil
}

// excludedAnswers names what differs on purpose, or only on the wire.
var excludedAnswers = []exclusion[*answerCase]{
	{"comma in a header that is no list: libpact_ffi before 0.5 splits the value there", func(c *answerCase) bool {
		response, _ := c.agreed["response"].(map[string]any)
		return splitsAtCommas(response["headers"], c.header)
	}},
	{"expected `null`, received the JSON text `null`", func(c *answerCase) bool { return c.body == "null" }},
}

// inBatch is how many answers the reference verifies at once.
const inBatch = 20

func TestDifferentialAnswers(t *testing.T) {
	b := newBudget(t, 0.2)
	dir := t.TempDir()
	b.run(t, "answers, in twenties", 5, func(r *rand.Rand) verdicts {
		var cases []*answerCase
		for n := range inBatch {
			c := newAnswerCase(r, strconv.Itoa(n))
			if _, err := c.ours(); err == nil {
				cases = append(cases, c)
			}
		}
		theirs, err := theirsOf(dir, cases)
		if err != nil {
			return verdicts{}
		}
		v := verdicts{compared: true}
		for _, c := range cases {
			mine, _ := c.ours()
			passed, judged := theirs[c.name]
			v.matched = v.matched || passed
			if !judged || passed == (len(mine) == 0) || excludes(excludedAnswers, c) {
				continue
			}
			alone := func() (bool, error) {
				again, err := theirsOf(dir, []*answerCase{c})
				return again[c.name], err
			}
			// On a busy machine the verifier may have waited too long.
			if again, err := alone(); err != nil || again == (len(mine) == 0) || wavers(alone) {
				continue
			}
			v.differ += fmt.Sprintf("%s\nseam      %v\nreference passed: %t\n", c, mine, passed)
		}
		return v
	})
}
