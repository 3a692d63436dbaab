//go:build pactffi

package match_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/seamtest/seam/contracts"
	"github.com/seamtest/seam/contracts/match"
	"github.com/seamtest/seam/contracts/pactgo/reference"
)

// A requestCase is an agreed request and what came over the wire.
type requestCase struct {
	want   map[string]any
	method string
	target string // path and query
	header [][2]string
	body   string
}

func (c *requestCase) pact() string {
	text, err := json.Marshal(map[string]any{
		"consumer": map[string]string{"name": "c"}, "provider": map[string]string{"name": "p"},
		"metadata":     map[string]any{"pactSpecification": map[string]string{"version": "3.0.0"}},
		"interactions": []any{map[string]any{"description": "x", "request": c.want, "response": map[string]any{"status": 204}}},
	})
	if err != nil {
		panic(err)
	}
	return string(text)
}

func (c *requestCase) String() string {
	want, _ := json.Marshal(c.want)
	return fmt.Sprintf("expected %s\nactual   %s %s %v %s", want, c.method, c.target, c.header, c.body)
}

// theirs sends the request to the reference's mock server.
func (c *requestCase) theirs() (matched bool, why string, err error) {
	mock, err := reference.NewMock(c.pact())
	if err != nil {
		return false, "", err
	}
	defer mock.Close()
	conn, err := net.Dial("tcp", mock.Address())
	if err != nil {
		return false, "", err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return false, "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: h\r\nConnection: close\r\n", c.method, c.target)
	for _, h := range c.header {
		fmt.Fprintf(&b, "%s: %s\r\n", h[0], h[1])
	}
	if c.body != "" {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(c.body))
	}
	if _, err := conn.Write([]byte(b.String() + "\r\n" + c.body)); err != nil {
		return false, "", err
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return false, "", err
	}
	answer.Body.Close()
	return answer.StatusCode == http.StatusNoContent, mock.Mismatches(), nil
}

func (c *requestCase) ours() ([]match.Mismatch, error) {
	p, _, err := contracts.Read(strings.NewReader(c.pact()))
	if err != nil {
		return nil, err
	}
	path, query, _ := strings.Cut(c.target, "?")
	got := &contracts.Request{Method: c.method, Path: path, Query: contracts.ParseQuery(query), Headers: map[string][]string{"Host": {"h"}}}
	declared := ""
	for _, h := range c.header {
		name := http.CanonicalHeaderKey(h[0])
		got.Headers[name] = append(got.Headers[name], contracts.SplitHeader(name, strings.TrimSpace(h[1]))...)
		if name == "Content-Type" {
			declared = h[1]
		}
	}
	got.Body = contracts.NewBody([]byte(c.body), declared)
	return match.Request(p.Interactions[0].Request, got), nil
}

var (
	headerNames  = []string{"X-A", "x-b", "Accept", "Cache-Control", "Content-Type", "Authorization", "If-Match"}
	headerValues = []string{"a", "b", "1", "text/plain", "application/json", "application/json;charset=utf-8", "application/json; charset=UTF-16", "no-cache", "a, b", "A", "2020-01-31", "12.5"}
	paths        = []string{"/", "/a", "/a/", "/a/1", "/a/12", "/b", "/a%20b", "/A"}
	queryNames   = []string{"a", "b", "c[]", "d.e"}
	queryValues  = []string{"", "1", "2", "a b", "+", "12", "true"}
)

func newRequestCase(r *rand.Rand) *requestCase {
	c := &requestCase{method: pick(r, []string{"GET", "GET", "GET", "POST"}), target: pick(r, paths)}
	rules := map[string]any{}
	c.want = map[string]any{"method": c.method, "path": c.target}
	if r.IntN(12) == 0 {
		c.method = "PUT"
	}
	if r.IntN(4) == 0 {
		rules["path"] = newTextRules(r)
	}
	if r.IntN(3) == 0 {
		c.target = pick(r, paths)
	}
	c.queries(r, rules)
	c.headers(r, rules)
	if c.method == "POST" {
		switch r.IntN(4) {
		case 0:
			c.bodies(r, rules)
		case 1:
			c.form(r, rules)
		case 2:
			c.text(r, rules)
		}
	}
	if len(rules) > 0 {
		c.want["matchingRules"] = rules
	}
	return c
}

func (c *requestCase) queries(r *rand.Rand, rules map[string]any) {
	want, sent := map[string][]string{}, contracts.Request{Query: map[string][]string{}}
	named := map[string]any{}
	for range r.IntN(3) {
		name := pick(r, queryNames)
		for range 1 + r.IntN(2)*r.IntN(2) {
			want[name] = append(want[name], pick(r, queryValues))
		}
		sent.Query[name] = want[name]
		switch r.IntN(6) {
		case 0:
			sent.Query[name] = []string{pick(r, queryValues)}
		case 1:
			sent.Query[name] = append([]string{pick(r, queryValues)}, want[name]...)
		case 2:
			delete(sent.Query, name)
		}
		if r.IntN(3) == 0 {
			named[name] = newTextRules(r)
		}
	}
	if r.IntN(10) == 0 {
		sent.Query[pick(r, queryNames)] = []string{pick(r, queryValues)}
	}
	if len(want) > 0 {
		c.want["query"] = want
	}
	if len(named) > 0 {
		rules["query"] = named
	}
	if len(sent.Query) > 0 {
		c.target += "?" + contracts.EncodeQuery(sent.Query)
	}
}

func (c *requestCase) headers(r *rand.Rand, rules map[string]any) {
	want, named := map[string]any{}, map[string]any{}
	for range r.IntN(4) {
		name, value := pick(r, headerNames), pick(r, headerValues)
		if _, has := want[name]; has {
			continue
		}
		want[name] = value
		switch r.IntN(6) {
		case 0:
			c.header = append(c.header, [2]string{strings.ToUpper(name), pick(r, headerValues)})
		case 1:
		case 2:
			c.header = append(c.header, [2]string{name, strings.ReplaceAll(value, ", ", ",")})
		default:
			c.header = append(c.header, [2]string{name, value})
		}
		if r.IntN(4) == 0 {
			named[name] = newTextRules(r)
		}
	}
	if len(want) > 0 {
		c.want["headers"] = want
	}
	if len(named) > 0 {
		rules["header"] = named
	}
}

// bodies are JSON, held to their keys strictly.
func (c *requestCase) bodies(r *rand.Rand, rules map[string]any) {
	one := newDifferCase(r)
	c.want["body"] = one.want
	c.want["headers"] = map[string]any{"Content-Type": "application/json"}
	delete(rules, "header")
	if len(one.rules) > 0 {
		rules["body"] = one.rules
	}
	text, err := json.Marshal(one.got)
	if err != nil {
		panic(err)
	}
	c.body, c.header = string(text), [][2]string{{"Content-Type", "application/json"}}
}

// typed has the body and its content type stand in place of what came before.
func (c *requestCase) typed(kind string, want, got string) {
	c.want["body"], c.want["headers"] = want, map[string]any{"Content-Type": kind}
	c.body, c.header = got, [][2]string{{"Content-Type", kind}}
}

// form is a form, compared field by field.
func (c *requestCase) form(r *rand.Rand, rules map[string]any) {
	delete(rules, "header")
	want, got, at := map[string][]string{}, map[string][]string{}, map[string]any{}
	for range 1 + r.IntN(3) {
		name := pick(r, formNames)
		want[name] = append(want[name], pick(r, queryValues))
		got[name] = want[name]
		switch r.IntN(6) {
		case 0:
			got[name] = []string{pick(r, queryValues)}
		case 1:
			got[name] = append([]string{pick(r, queryValues)}, want[name]...)
		case 2:
			delete(got, name)
		case 3:
			got[pick(r, formNames)] = []string{pick(r, queryValues)}
		}
		if r.IntN(3) == 0 {
			at["$."+name] = newTextRules(r)
		}
	}
	if len(at) > 0 {
		rules["body"] = at
	}
	c.typed("application/x-www-form-urlencoded", contracts.EncodeQuery(want), contracts.EncodeQuery(got))
}

var formNames = []string{"a", "b", "id"}

// text is compared as a whole, by a rule at the root or as it is.
func (c *requestCase) text(r *rand.Rand, rules map[string]any) {
	delete(rules, "header")
	want := pick(r, stringPool)
	got := want
	if r.IntN(2) == 0 {
		got = pick(r, stringPool)
	}
	if r.IntN(2) == 0 {
		rules["body"] = map[string]any{"$": newTextRules(r)}
	}
	c.typed("text/plain", want, got)
}

func newTextRules(r *rand.Rand) any {
	rule := newRule(r, 0).(map[string]any)
	for rule["match"] == "values" || rule["match"] == "null" || rule["match"] == "notEmpty" {
		rule = newRule(r, 0).(map[string]any)
	}
	return map[string]any{"matchers": []any{rule}}
}

// excludedRequests names what differs on purpose, or only on the wire.
var excludedRequests = []exclusion[*requestCase]{
	{"comma in a header that is no list: libpact_ffi before 0.5 splits the value there", func(c *requestCase) bool {
		for _, h := range c.header {
			if strings.Contains(h[1], ",") && !contracts.IsListHeader(h[0]) {
				return true
			}
		}
		expected, _ := c.want["headers"].(map[string]any)
		for name, value := range expected {
			if strings.Contains(value.(string), ",") && !contracts.IsListHeader(name) {
				return true
			}
		}
		return false
	}},
	{"expected `null`, received the JSON text `null`", func(c *requestCase) bool { return c.want["body"] == nil && c.body != "" }},
}

func TestDifferentialRequests(t *testing.T) {
	b := newBudget(t, 0.25)
	random := rand.New(rand.NewPCG(b.seed, 2))
	ran, compared, left, matched := 0, 0, 0, 0
	for ; ran < b.count && time.Now().Before(b.until); ran++ {
		c := newRequestCase(random)
		mine, err := c.ours()
		if err != nil {
			continue
		}
		theirs, why, err := c.theirs()
		if err != nil {
			continue
		}
		compared++
		if theirs == (len(mine) == 0) {
			if theirs {
				matched++
			}
			continue
		}
		if excludes(excludedRequests, c) {
			left++
			continue
		}
		t.Errorf("seed %d, case %d: the verdicts differ:\n%s\nseam      %v\nreference %v %s", b.seed, ran, c, mine, theirs, why)
		if os.Getenv("SEAM_DIFF_ALL") == "" {
			break
		}
	}
	t.Logf("differential, requests: %d cases compared of %d made (seed %d), %d of them match, %d excluded", compared, ran, b.seed, matched, left)
	if compared*10 < ran*8 || compared == 0 {
		t.Errorf("only %d of %d cases could be compared", compared, ran)
	}
}
