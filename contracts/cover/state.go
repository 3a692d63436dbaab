package cover

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/seamtest/seam/contracts"
	"github.com/seamtest/seam/contracts/match"
)

// The reasons of rules 3 and 4.
const (
	otherStatus = "no interaction describes this status; the provider may be in another state"
	otherValues = "only values differ that no rule asks for; the provider may be in another state"
	unsettled   = "the interaction is pending"
)

// excused says why a response that matches none of the interactions breaks
// none of them either, or "".
func excused(described []*entry, resp *contracts.Response, found []match.Mismatch) string {
	stateful, errors := true, true
	agreed := described[:0:0]
	for _, e := range described {
		if e.of.Pending {
			continue
		}
		agreed = append(agreed, e)
		stateful = stateful && len(e.of.States) > 0
		errors = errors && e.of.Response.Status >= http.StatusBadRequest
	}
	wrongStatus := slices.ContainsFunc(found, func(m match.Mismatch) bool { return m.Part == match.PartStatus })
	switch {
	case len(agreed) == 0:
		return unsettled
	case !stateful:
		return ""
	case wrongStatus && (resp.Status/100 == 4 || errors && resp.Status < http.StatusBadRequest):
		return otherStatus
	case slices.ContainsFunc(agreed, func(e *entry) bool { return e.sameKind(resp) }):
		return otherValues
	}
	return ""
}

// sameKind reports whether nothing but values differs that no rule asks for.
func (e *entry) sameKind(resp *contracts.Response) bool {
	e.loose.Do(e.loosen)
	return e.other != nil && len(e.other.Response(resp)) == 0
}

// loosen compiles the interaction with a type rule at the top of its body and
// for each header that has none; rules below it are stronger and stay.
func (e *entry) loosen() {
	response := *e.of.Response
	response.Rules = maps.Clone(response.Rules)
	if response.Rules == nil {
		response.Rules = contracts.Rules{}
	}
	byType := contracts.RuleList{Rules: []contracts.Rule{{Match: "type"}}}
	body := maps.Clone(response.Rules["body"])
	if body == nil {
		body = map[string]contracts.RuleList{}
	}
	if len(body["$"].Rules) == 0 {
		body["$"] = byType
	}
	header := maps.Clone(response.Rules["header"])
	if header == nil {
		header = map[string]contracts.RuleList{}
	}
	for name := range response.Headers {
		if _, ruled := header[name]; !ruled && !strings.EqualFold(name, "Content-Type") {
			header[name] = byType
		}
	}
	response.Rules["body"], response.Rules["header"] = body, header
	loose := *e.of
	loose.Response = &response
	if plan, err := match.Compile(&loose); err == nil {
		e.other = plan
	}
}

// shapeOf takes the example's path apart where the rules accept any text.
func shapeOf(q *contracts.Request) []string {
	list := q.Rules["path"][""]
	if len(list.Rules) == 0 || slices.ContainsFunc(list.Rules, func(r contracts.Rule) bool { return r.Match != "type" && r.Match != "notEmpty" }) {
		return nil
	}
	return strings.Split(q.Path, "/")
}

// fits is the second half of rule 1.
func (e *entry) fits(path string) bool {
	for i, segment := range e.shape {
		got, rest, more := strings.Cut(path, "/")
		if last := i == len(e.shape)-1; last == more {
			return false
		}
		if segment != got && (got == "" || !strings.ContainsAny(segment, "0123456789")) {
			return false
		}
		path = rest
	}
	return true
}
