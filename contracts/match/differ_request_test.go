//go:build pactffi

package match_test

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seamtest/seam/contracts"
	"github.com/seamtest/seam/contracts/match"
	"github.com/seamtest/seam/contracts/pactgo/reference"
)

// A requestCase is an agreed request and what came over the wire.
type requestCase struct {
	version string // of the specification
	want    map[string]any
	body4   map[string]any // the body in version 4
	method  string
	target  string // path and query
	header  [][2]string
	body    string
}

// agreed is the request in the form of its version.
func (c *requestCase) agreed() map[string]any {
	want := maps.Clone(c.want)
	rules, _ := want["matchingRules"].(map[string]any)
	switch c.version {
	case "2.0.0":
		if query, has := want["query"].(map[string][]string); has {
			want["query"] = contracts.EncodeQuery(query)
		}
		if flat := inV2(rules); len(flat) > 0 {
			want["matchingRules"] = flat
		}
	case "4.0":
		if c.body4 != nil {
			want["body"] = c.body4
		}
	}
	return want
}

// inV2 is all rules as version 2 has them.
func inV2(rules map[string]any) map[string]any {
	flat := map[string]any{}
	for category, prefix := range map[string]string{"body": "$.body", "header": "$.headers", "query": "$.query"} {
		if some, has := rules[category].(map[string]any); has {
			flatRules(flat, prefix, some)
		}
	}
	if path, has := rules["path"]; has {
		flat["$.path"] = path.(map[string]any)["matchers"].([]any)[0]
	}
	return flat
}

// pactOf is a pact of one version with these interactions.
func pactOf(version string, interactions ...any) string {
	text, err := json.Marshal(map[string]any{
		"consumer": map[string]string{"name": "c"}, "provider": map[string]string{"name": "p"},
		"metadata":     map[string]any{"pactSpecification": map[string]string{"version": version}},
		"interactions": interactions,
	})
	if err != nil {
		panic(err)
	}
	return string(text)
}

func (c *requestCase) pact() string {
	version := cmp.Or(c.version, "3.0.0")
	return pactOf(version, map[string]any{"description": "x", "type": "Synchronous/HTTP", "request": c.agreed(), "response": map[string]any{"status": 204}})
}

func (c *requestCase) String() string {
	want, _ := json.Marshal(c.agreed())
	return fmt.Sprintf("version %s\nexpected %s\nactual   %s %s %v %q", c.version, want, c.method, c.target, c.header, c.body)
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
	declared := received(got.Headers, c.header)
	got.Body = contracts.NewBody([]byte(c.body), declared)
	return match.Request(p.Interactions[0].Request, got), nil
}

// received fills the headers from the lines on the wire, and tells the body's type.
func received(headers map[string][]string, lines [][2]string) (declared string) {
	for _, h := range lines {
		name := http.CanonicalHeaderKey(h[0])
		headers[name] = append(headers[name], contracts.SplitHeader(name, strings.TrimSpace(h[1]))...)
		if name == "Content-Type" {
			declared = h[1]
		}
	}
	return declared
}

var (
	headerNames  = []string{"X-A", "x-b", "Accept", "Cache-Control", "Content-Type", "Authorization", "If-Match"}
	headerValues = []string{"a", "b", "1", "text/plain", "application/json", "application/json;charset=utf-8", `application/json; charset="utf-8"`, "application/json; charset=UTF-16", "no-cache", "a, b", "A", "2020-01-31", "12.5"}
	paths        = []string{"/", "/a", "/a/", "/a/1", "/a/12", "/b", "/a%20b", "/A"}
	queryNames   = []string{"a", "b", "c[]", "d.e"}
	queryValues  = []string{"", "1", "2", "a b", "+", "12", "true", "1e400", "+1"}
)

func newRequestCase(r *rand.Rand) *requestCase {
	c := &requestCase{version: pick(r, []string{"2.0.0", "3.0.0", "3.0.0", "4.0"}), method: pick(r, []string{"GET", "GET", "POST", "POST"}), target: pick(r, paths)}
	rules := map[string]any{}
	c.want = map[string]any{"method": c.method, "path": c.target}
	// One part is looked at in each case; were all of them, hardly any would match.
	switch r.IntN(6) {
	case 0:
		c.place(r, rules)
	case 1:
		c.queries(r, rules)
	case 2:
		c.header = headers(r, c.want, rules)
	default:
		c.method, c.want["method"] = "POST", "POST"
		c.content(newAgreedBody(r), rules)
	}
	if len(rules) > 0 {
		c.want["matchingRules"] = rules
	}
	return c
}

// place is the method and the path.
func (c *requestCase) place(r *rand.Rand, rules map[string]any) {
	if r.IntN(6) == 0 {
		c.method = pick(r, []string{"PUT", "get", "post"})
	}
	if r.IntN(2) == 0 {
		rules["path"] = newRules(r, 1)
	}
	if r.IntN(2) == 0 {
		c.target = pick(r, paths)
	}
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
			named[name] = newRules(r, 1)
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

// headers agrees on some headers, with rules, and returns the lines that come.
func headers(r *rand.Rand, part, rules map[string]any) (lines [][2]string) {
	want, named := map[string]any{}, map[string]any{}
	for range r.IntN(4) {
		name, value := pick(r, headerNames), pick(r, headerValues)
		if _, has := want[name]; has {
			continue
		}
		want[name] = value
		if r.IntN(6) == 0 && name != "Content-Type" {
			other := pick(r, headerValues)
			want[name] = []string{value, other}
			lines = append(lines, [2]string{name, other})
		}
		switch r.IntN(6) {
		case 0:
			lines = append(lines, [2]string{strings.ToUpper(name), pick(r, headerValues)})
		case 1:
		case 2:
			lines = append(lines, [2]string{name, strings.ReplaceAll(value, ", ", ",")})
		default:
			lines = append(lines, [2]string{name, value})
		}
		if r.IntN(4) == 0 {
			named[pick(r, []string{name, strings.ToUpper(name)})] = newRules(r, 1)
		}
	}
	if len(want) > 0 {
		part["headers"] = want
	}
	if len(named) > 0 {
		rules["header"] = named
	}
	slices.Reverse(lines)
	return lines
}

// content has a body and its type stand in place of the headers so far.
func (c *requestCase) content(b *agreedBody, rules map[string]any) {
	c.want["body"], c.body4 = b.want, b.inV4()
	c.header, c.body = b.into(c.want, rules), b.got
}

// into writes all but the body itself, and returns the lines that come.
func (b *agreedBody) into(part, rules map[string]any) [][2]string {
	part["headers"] = map[string]any{"Content-Type": b.kind}
	delete(rules, "header")
	if b.freed {
		rules["header"] = map[string]any{"Content-Type": map[string]any{"matchers": []any{map[string]any{"match": "type"}}}}
	}
	if len(b.rules) > 0 {
		rules["body"] = b.rules
	}
	return [][2]string{{"Content-Type", b.came}}
}

// splitsAtCommas says whether a header that is no list has a comma.
func splitsAtCommas(expected any, lines [][2]string) bool {
	for _, h := range lines {
		if strings.Contains(h[1], ",") && !contracts.IsListHeader(h[0]) {
			return true
		}
	}
	named, _ := expected.(map[string]any)
	for name, value := range named {
		if strings.Contains(fmt.Sprint(value), ",") && !contracts.IsListHeader(name) {
			return true
		}
	}
	return false
}

// excludedRequests names what differs on purpose, or only on the wire.
var excludedRequests = []exclusion[*requestCase]{
	{"comma in a header that is no list: libpact_ffi before 0.5 splits the value there", func(c *requestCase) bool { return splitsAtCommas(c.want["headers"], c.header) }},
	{"expected `null`, received the JSON text `null`", func(c *requestCase) bool { return c.want["body"] == nil && c.body != "" }},
	{"rules of equal weight at one place: the reference picks one by chance", func(c *requestCase) bool { return wavers(c.verdict) }},
}

func (c *requestCase) verdict() (bool, error) {
	matched, _, err := c.theirs()
	return matched, err
}

// wavers asks again and again whether the verdict stays.
func wavers(verdict func() (bool, error)) bool {
	first, err := verdict()
	for range 20 {
		again, failed := verdict()
		if err != nil || failed != nil || again != first {
			return true
		}
	}
	return false
}

func TestDifferentialRequests(t *testing.T) {
	b := newBudget(t, 0.2)
	b.run(t, "requests", 2, func(r *rand.Rand) verdicts {
		c := newRequestCase(r)
		mine, err := c.ours()
		if err != nil {
			return verdicts{}
		}
		theirs, why, err := c.theirs()
		if err != nil {
			return verdicts{}
		}
		v := verdicts{compared: true, matched: theirs}
		if theirs != (len(mine) == 0) {
			v.excluded = excludes(excludedRequests, c)
			v.differ = fmt.Sprintf("%s\nseam      %v\nreference %v %s", c, mine, theirs, why)
		}
		return v
	})
}
