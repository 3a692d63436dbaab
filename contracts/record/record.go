// Package record turns exchanges that were seen between a consumer and a
// provider into a pact: one interaction for each kind of call, with examples
// that were seen and matchers for what varied or looks as if it would. It is
// pure; whoever calls it has redacted the exchanges.
//
// Exchanges are of one kind when method, route, the names of query parameters,
// the shape of the request's body, the status and the type of the answer are
// the same. The answer's example holds what every answer of its kind had. The
// order of the exchanges makes no difference to the result.
package record

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/seamtest/seam/contracts"
)

// Seen is one exchange. Route is the path with names in braces for what
// varies, such as /orders/{id}; "" is the path itself.
type Seen struct {
	Request  *contracts.Request
	Response *contracts.Response
	Route    string
}

// Bounds on what a Recorder keeps.
const (
	maxKinds = 1000    // interactions
	maxBody  = 1 << 20 // bytes of a body that is looked into
)

// A Recorder gathers exchanges. It is not safe for use by several goroutines.
type Recorder struct {
	kinds  map[string]*kind
	ids    ids
	failed tally
	beyond tally
	unread tally
}

// Left tells what was left out, one line for each reason: how many exchanges,
// the first five kinds of them by name, and how many are of others.
func (r *Recorder) Left() []string {
	lines := r.failed.append(nil, "answered 5xx or 1xx")
	lines = r.beyond.append(lines, fmt.Sprintf("of kinds beyond the first %d", maxKinds))
	return r.unread.append(lines, "without an answer, or with a body that could not be read whole")
}

// Unread counts an exchange that cannot be added, as it has no answer or lacks
// a part of a body. The route has no secrets.
func (r *Recorder) Unread(method, route string) { r.unread.add(method + " " + route) }

// A kind is all exchanges that make one interaction.
type kind struct {
	method, route string
	status        int
	names         []string // of query parameters
	path          pathShape
	query         map[string]*shape
	accept        *shape
	asked         content
	answered      content
	location      *shape
}

// Add takes an exchange in. It keeps nothing of it but examples.
func (r *Recorder) Add(s Seen) {
	if s.Response.Status >= http.StatusInternalServerError || s.Response.Status < 200 {
		r.failed.add(s.name())
		return
	}
	if s.Route == "" || strings.Count(s.Route, "/") != strings.Count(s.Request.Path, "/") {
		s.Route = s.Request.Path
	}
	r.ids.learn(s.Response)
	s.Route = r.ids.route(s.Route)
	asked, answered := newContent(&s.Request.Body, s.Request.Headers), newContent(&s.Response.Body, s.Response.Headers)
	names := slices.Sorted(maps.Keys(s.Request.Query))
	k := &kind{method: s.Request.Method, route: s.Route, status: s.Response.Status, names: names, query: map[string]*shape{}}
	k.add(s, asked, answered)
	key := k.key()
	if had := r.kinds[key]; had != nil {
		had.merge(k)
		return
	}
	if len(r.kinds) == maxKinds {
		r.beyond.add(s.name())
		return
	}
	if r.kinds == nil {
		r.kinds = map[string]*kind{}
	}
	r.kinds[key] = k
}

// name is how a report calls an exchange that was left out.
func (s *Seen) name() string {
	route := s.Route
	if route == "" {
		route = s.Request.Path
	}
	return fmt.Sprintf("%s %s: %d", s.Request.Method, route, s.Response.Status)
}

// key is the same for all that is one interaction.
func (k *kind) key() string {
	return fmt.Sprintf("%q %q %q %03d %q %q %s", k.route, k.method, k.names, k.status, k.asked.media, k.answered.media, k.asked.shape.signature())
}

// merge takes in what was seen of another with the same key.
func (k *kind) merge(other *kind) {
	for n, segment := range other.path.segments {
		k.path.segments[n] = merge(k.path.segments[n], segment)
	}
	for name, values := range other.query {
		k.query[name] = merge(k.query[name], values)
	}
	k.accept, k.location = merge(k.accept, other.accept), merge(k.location, other.location)
	k.asked.add(other.asked)
	k.answered.add(other.answered)
}

func (k *kind) add(s Seen, asked, answered content) {
	k.path.add(s.Request.Path)
	for name, values := range s.Request.Query {
		k.query[name] = merge(k.query[name], textsOf(values))
	}
	if accept := s.Request.Headers["Accept"]; len(accept) > 0 {
		k.accept = merge(k.accept, textOf(strings.Join(accept, ", ")))
	}
	if location := s.Response.Headers["Location"]; len(location) > 0 {
		k.location = merge(k.location, textOf(location[0]))
	}
	k.asked.add(asked)
	k.answered.add(answered)
}

// Pact is what was recorded so far, of version 4.
func (r *Recorder) Pact(consumer, provider string) *contracts.Pact {
	p := &contracts.Pact{Consumer: consumer, Provider: provider, Version: contracts.V4}
	r.routes()
	named := map[string]int{}
	for _, key := range slices.Sorted(maps.Keys(r.kinds)) {
		i := r.kinds[key].interaction()
		if named[i.Description]++; named[i.Description] > 1 {
			i.Description += fmt.Sprintf(" (%d)", named[i.Description])
		}
		p.Interactions = append(p.Interactions, i)
	}
	slices.SortStableFunc(p.Interactions, func(a, b contracts.Interaction) int { return cmp.Compare(a.Description, b.Description) })
	return p
}

// routes puts together what differs by identifiers alone that were not known
// yet when it was seen.
func (r *Recorder) routes() {
	kinds := map[string]*kind{}
	for _, before := range slices.Sorted(maps.Keys(r.kinds)) {
		k := r.kinds[before]
		k.route = r.ids.route(k.route)
		key := k.key()
		if had := kinds[key]; had != nil {
			had.merge(k)
			continue
		}
		kinds[key] = k
	}
	r.kinds = kinds
}

func (k *kind) interaction() contracts.Interaction {
	description := fmt.Sprintf("%s %s", k.method, k.route)
	if len(k.names) > 0 {
		description += " with " + strings.Join(k.names, ", ")
	}
	return contracts.Interaction{
		Description: fmt.Sprintf("%s: %d", description, k.status),
		Comments:    map[string]json.RawMessage{"text": json.RawMessage(`["recorded by seam"]`)},
		Request:     k.request(),
		Response:    k.response(),
	}
}

func (k *kind) request() *contracts.Request {
	q := &contracts.Request{Method: k.method, Headers: map[string][]string{}, Rules: contracts.Rules{}}
	var rule *contracts.Rule
	if q.Path, rule = k.path.example(k.route); rule != nil {
		put(q.Rules, "path", "", *rule)
	}
	for _, name := range k.names {
		if q.Query == nil {
			q.Query = map[string][]string{}
		}
		q.Query[name] = []string{k.query[name].text}
		put(q.Rules, "query", name, k.query[name].textRule())
	}
	if k.accept != nil && k.accept.same {
		q.Headers["Accept"] = contracts.SplitHeader("Accept", k.accept.text)
	}
	q.Body = k.asked.body(q.Rules, false)
	k.asked.declare(q.Headers, q.Rules)
	return q
}

func (k *kind) response() *contracts.Response {
	p := &contracts.Response{Status: k.status, Headers: map[string][]string{}, Rules: contracts.Rules{}}
	if k.location != nil {
		p.Headers["Location"] = []string{k.location.text}
		put(p.Rules, "header", "Location", contracts.Rule{Match: "type"})
	}
	p.Body = k.answered.body(p.Rules, true)
	k.answered.declare(p.Headers, p.Rules)
	return p
}

func put(rules contracts.Rules, category, at string, rule contracts.Rule) {
	if rules[category] == nil {
		rules[category] = map[string]contracts.RuleList{}
	}
	rules[category][at] = contracts.RuleList{Rules: []contracts.Rule{rule}}
}
