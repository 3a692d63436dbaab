package record_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seamtest/seam/contracts"
	"github.com/seamtest/seam/contracts/match"
	"github.com/seamtest/seam/contracts/record"
)

// seen is an exchange: "GET /orders/7?x=1 BODY" and "200 BODY", bodies of JSON.
func seen(route, request, response string) record.Seen {
	method, rest, _ := strings.Cut(request, " ")
	target, sent, _ := strings.Cut(rest, " ")
	path, query, _ := strings.Cut(target, "?")
	var status int
	code, answer, _ := strings.Cut(response, " ")
	_, _ = fmt.Sscan(code, &status)
	s := record.Seen{
		Request:  &contracts.Request{Method: method, Path: path, Query: contracts.ParseQuery(query), Headers: map[string][]string{"Accept": {"application/json"}, "User-Agent": {"x"}}},
		Response: &contracts.Response{Status: status, Headers: map[string][]string{"Date": {"today"}}},
		Route:    route,
	}
	if sent != "" {
		s.Request.Headers["Content-Type"] = []string{"application/json"}
		s.Request.Body = contracts.NewBody([]byte(sent), "application/json")
	}
	if answer != "" {
		s.Response.Headers["Content-Type"] = []string{"application/json; charset=utf-8"}
		s.Response.Body = contracts.NewBody([]byte(answer), "application/json; charset=utf-8")
	}
	return s
}

var traffic = []record.Seen{
	seen("/orders/{id}", "GET /orders/42", `200 {"id": 42, "total": 12.50, "note": null, "sent": "2026-01-31T10:00:00Z", "items": [{"sku": "b-1", "n": 2}, {"sku": "b-2", "n": 1, "gift": true}]}`),
	seen("/orders/{id}", "GET /orders/7", `200 {"id": 7, "total": 3, "note": "soon", "sent": "2026-02-01T10:00:00+01:00", "items": [{"sku": "a", "n": 5}], "coupon": "x"}`),
	seen("/orders/{id}", "GET /orders/8", `404 {"error": "unknown"}`),
	seen("/orders", "GET /orders?page=2&open=true", `200 {"orders": [], "next": "0b0c0d0e-1a1b-4c1d-9e1f-2a2b2c2d2e2f"}`),
	seen("/orders", `POST /orders {"card": "REDACTED", "items": [{"sku": "b-1", "n": 2}]}`, `201 {"id": 43}`),
	seen("/orders", `POST /orders {"card": "REDACTED", "items": []}`, `400 {"error": "empty"}`),
	seen("/health", "GET /health", "500"),
}

func recorded(t *testing.T, traffic []record.Seen) *contracts.Pact {
	t.Helper()
	var r record.Recorder
	for _, s := range traffic {
		r.Add(s)
	}
	return r.Pact("web", "orders")
}

func TestOneInteractionForEachKindOfCall(t *testing.T) {
	var got []string
	for _, i := range recorded(t, traffic).Interactions {
		got = append(got, i.Description+" "+i.Request.Path+" "+string(i.Request.Body.Content)+" "+string(i.Response.Body.Content))
	}
	want := []string{
		`GET /orders with open, page: 200 /orders  {"next":"0b0c0d0e-1a1b-4c1d-9e1f-2a2b2c2d2e2f","orders":[]}`,
		`GET /orders/{id}: 200 /orders/7  {"id":7,"items":[{"n":1,"sku":"a"}],"sent":"2026-01-31T10:00:00Z","total":3}`,
		`GET /orders/{id}: 404 /orders/8  {"error":"unknown"}`,
		`POST /orders: 201 /orders {"card":"REDACTED","items":[{"n":2,"sku":"b-1"}]} {"id":43}`,
		`POST /orders: 400 /orders {"card":"REDACTED","items":[]} {"error":"empty"}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestMatchersFitWhatWasSeen(t *testing.T) {
	for _, i := range recorded(t, traffic).Interactions {
		if i.Description != "GET /orders/{id}: 200" {
			continue
		}
		want := map[string]string{
			"path ": "regex", "header Content-Type": "regex", "body $.id": "integer", "body $.total": "number", "body $.sent": "datetime",
			"body $.items": "type", "body $.items[*].sku": "type", "body $.items[*].n": "integer",
		}
		got := map[string]string{}
		for _, rules := range []contracts.Rules{i.Request.Rules, i.Response.Rules} {
			for category, keys := range rules {
				for at, list := range keys {
					got[category+" "+at] = list.Rules[0].Match
				}
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"application/json"}, i.Request.Headers["Accept"]); diff != "" || i.Request.Headers["User-Agent"] != nil {
			t.Errorf("headers %v", i.Request.Headers)
		}
	}
}

func written(t *testing.T, p *contracts.Pact) string {
	t.Helper()
	var b bytes.Buffer
	if err := contracts.Write(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// value is random JSON of few names and types, so that they meet.
func value(r *rand.Rand, depth int) any {
	switch n := r.IntN(9); {
	case depth > 0 && n < 2:
		list := []any{}
		for range r.IntN(3) {
			list = append(list, value(r, depth-1))
		}
		return list
	case depth > 0 && n < 6:
		object := map[string]any{}
		for range r.IntN(4) {
			object[[]string{"a", "b", "c d", "it's", "é"}[r.IntN(5)]] = value(r, depth-1)
		}
		return object
	case n == 6:
		return nil
	case n == 7:
		return []any{1, -20, 1.5, true, json.Number("1e3")}[r.IntN(5)]
	}
	return []string{"", "x", "12", "true", "2026-01-31", "2026-01-31T10:00:00.123Z", "0b0c0d0e-1a1b-4c1d-9e1f-2a2b2c2d2e2f", "<é>"}[r.IntN(8)]
}

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// TestARecordingDescribesWhatItSaw holds recordings of random traffic to it:
// some interaction matches each exchange, the order makes no difference, and
// the pact survives its file.
func TestARecordingDescribesWhatItSaw(t *testing.T) {
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 1))
		var traffic []record.Seen
		for range 1 + r.IntN(8) {
			id := r.IntN(30)
			request := fmt.Sprintf("GET /things/%d?q=%d", id, id)
			if r.IntN(2) == 0 {
				request = fmt.Sprintf("PUT /things/%d %s", id, text(value(r, 2)))
			}
			traffic = append(traffic, seen("/things/{id}", request, "200 "+text(value(r, 3))))
		}
		p := recorded(t, traffic)
		back, warnings, err := contracts.Read(strings.NewReader(written(t, p)))
		if err != nil || len(warnings) > 0 {
			t.Fatalf("seed %d: %v %v", seed, err, warnings)
		}
		for _, s := range traffic {
			if why := described(t, back, s); why != "" {
				t.Fatalf("seed %d: %s %s %s -> %s: %s", seed, s.Request.Method, s.Request.Path, s.Request.Body.Content, s.Response.Body.Content, why)
			}
		}
		r.Shuffle(len(traffic), func(i, j int) { traffic[i], traffic[j] = traffic[j], traffic[i] })
		if diff := cmp.Diff(written(t, p), written(t, recorded(t, traffic))); diff != "" {
			t.Fatalf("seed %d: another order, another pact:\n%s", seed, diff)
		}
	}
}

func described(t *testing.T, p *contracts.Pact, s record.Seen) (why string) {
	t.Helper()
	for n := range p.Interactions {
		plan, err := match.Compile(&p.Interactions[n])
		if err != nil {
			t.Fatal(err)
		}
		asked, answered := plan.Request(s.Request), plan.Response(s.Response)
		if len(asked)+len(answered) == 0 {
			return ""
		}
		why += fmt.Sprintf("\n%s: %v %v", p.Interactions[n].Description, asked, answered)
	}
	return why
}

// A path may hold what only an answer tells to be an identifier, whichever
// comes first.
func TestIdentifiersAreLearntFromAnswers(t *testing.T) {
	made := seen("", `POST /places/here/holds {"n": 1}`, `201 {"hold": {"id": "res-uvbxhpmvejms"}, "kind": "holds", "paid": "places"}`)
	located := seen("", `POST /places/here/holds {"n": 1}`, `201 {"hold": {"id": "resting"}}`)
	located.Response.Headers["Location"] = []string{"/places/here/holds/quick?x=1"}
	moved := seen("", "POST /places/here", "303") // to a page, whose name is no identifier
	moved.Response.Headers = map[string][]string{"Location": {"/places/here/kind"}}
	traffic := []record.Seen{
		made, located, moved, seen("", "GET /places/here/kind", "200 {}"), seen("", "DELETE /places/here/holds/res-uvbxhpmvejms", "204"), seen("", "DELETE /places/here/holds/quick", "204"),
		seen("", "DELETE /places/here/holds/resting", "204"),
	}
	var got []string
	for _, i := range recorded(t, traffic).Interactions {
		got = append(got, i.Description)
	}
	want := []string{"DELETE /places/here/holds/{id}: 204", "GET /places/here/kind: 200", "POST /places/here/holds: 201", "POST /places/here: 303"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	forwards := written(t, recorded(t, traffic))
	slices.Reverse(traffic)
	if diff := cmp.Diff(forwards, written(t, recorded(t, traffic))); diff != "" {
		t.Errorf("another order, another pact:\n%s", diff)
	}
}

func TestUpdateKeepsWhatStillHolds(t *testing.T) {
	before := recorded(t, traffic[:2])
	before.Interactions[0].States = []contracts.State{{Name: "order 7 exists"}}
	before.Interactions[0].Response.Body = contracts.NewBody([]byte(`{"id":1}`), "application/json")
	before.Interactions = append(before.Interactions, contracts.Interaction{Description: "by hand", Request: &contracts.Request{Method: "GET", Path: "/x"}, Response: &contracts.Response{Status: 200}})

	after, err := record.Update(before, recorded(t, traffic[:2]))
	if diff := cmp.Diff(written(t, before), written(t, after)); diff != "" || err != nil {
		t.Errorf("error %v; the same traffic changed the pact:\n%s", err, diff)
	}
	after, err = record.Update(before, recorded(t, []record.Seen{seen("/orders/{id}", "GET /orders/9", `200 {"id": "nine"}`)}))
	if err != nil {
		t.Fatal(err)
	}
	if got := after.Interactions[0]; string(got.Response.Body.Content) != `{"id":"nine"}` || len(got.States) != 1 {
		t.Errorf("got %+v, want the new answer under the old states", got)
	}
	before.Version = contracts.V2
	if _, err := record.Update(before, after); err == nil {
		t.Error("versions were mixed")
	}
}

func TestBoundsAndOtherBodies(t *testing.T) {
	var r record.Recorder
	for n := range 1200 {
		r.Add(seen("", fmt.Sprintf("GET /%d", n), "204"))
	}
	r.Add(seen("/things/{id}", "GET /things/7", "503"))
	r.Add(seen("/things/{id}", "GET /things/8", "503"))
	r.Unread("PUT", "/"+strings.Repeat("é", 150))
	want := []string{
		"2 exchanges answered 5xx or 1xx: GET /things/{id}: 503",
		"200 exchanges of kinds beyond the first 1000: GET /1000: 204, GET /1001: 204, GET /1002: 204, GET /1003: 204, GET /1004: 204, and 195 of other kinds",
		"1 exchange without an answer, or with a body that could not be read whole: PUT /" + strings.Repeat("é", 97) + "…",
	}
	if diff := cmp.Diff(want, r.Left()); diff != "" {
		t.Errorf("left out (-want +got):\n%s", diff)
	}
	if got := len(r.Pact("a", "b").Interactions); got != 1000 {
		t.Errorf("%d interactions, want 1000", got)
	}
	for contentType, body := range map[string]string{"text/plain": "hello", "application/x-www-form-urlencoded": "a=1&b=x", "application/octet-stream": "\x00\xff", "application/json": "{", "application/xml": "<a/>"} {
		s := seen("", "POST /x", "200")
		s.Request.Headers["Content-Type"] = []string{contentType}
		s.Request.Body = contracts.NewBody([]byte(body), contentType)
		p := recorded(t, []record.Seen{s})
		if why := described(t, p, s); why != "" {
			t.Errorf("%s: %s", contentType, why)
		}
	}
}

// TestNoTypeIsMadeUp holds a recording to the provider that it came from: what
// was sent without a Content-Type is not agreed to have one.
func TestNoTypeIsMadeUp(t *testing.T) {
	bare := seen("", `POST /x {"a": 1}`, `200 {"b": 2}`)
	delete(bare.Request.Headers, "Content-Type")
	delete(bare.Response.Headers, "Content-Type")
	typed := seen("", `POST /x {"a": 1}`, `200 {"b": 2}`)
	for _, traffic := range [][]record.Seen{{bare}, {typed, bare}, {bare, typed}} {
		p := recorded(t, traffic)
		back, _, err := contracts.Read(strings.NewReader(written(t, p)))
		if err != nil {
			t.Fatal(err)
		}
		if why := described(t, back, bare); why != "" {
			t.Errorf("%d exchanges: %s", len(traffic), why)
		}
		i := back.Interactions[0]
		if i.Request.Headers["Content-Type"] != nil || i.Response.Headers["Content-Type"] != nil || string(i.Response.Body.Content) != `{"b":2}` {
			t.Errorf("%d exchanges: recorded %v and %v with %s", len(traffic), i.Request.Headers, i.Response.Headers, i.Response.Body.Content)
		}
	}
}

func FuzzRecord(f *testing.F) {
	f.Add("/orders/{id}", "/orders/7", "application/json", []byte(`{"id": 7, "list": [{"a": null}, 1]}`))
	f.Add("", "/", "application/x-www-form-urlencoded", []byte("a=1&b=%zz"))
	f.Add("/{a}/{b}", "/x", "text/plain", []byte("\xff"))
	f.Fuzz(func(t *testing.T, route, path, contentType string, body []byte) {
		s := seen(route, "POST /", "200")
		s.Request.Path, s.Request.Body = path, contracts.NewBody(body, contentType)
		s.Response.Body = s.Request.Body
		p := recorded(t, []record.Seen{s, s})
		if _, _, err := contracts.Read(strings.NewReader(written(t, p))); err != nil {
			t.Error(err)
		}
	})
}
