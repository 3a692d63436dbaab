package compat

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/seamtest/seam/contracts"
	"github.com/seamtest/seam/contracts/match"
	"github.com/seamtest/seam/contracts/verify"
	"github.com/seamtest/seam/harness/report"
	"github.com/seamtest/seam/mocks"
)

// provider is a verification under way.
type provider struct {
	target  verify.Config
	pacts   []*contracts.Pact
	results []verify.Result
	console bytes.Buffer

	mu    sync.Mutex
	calls []call // guarded by mu
}

// A call is what the provider or its state handler was asked.
type call struct {
	State, Action string
	Params        map[string]any
	request       bool // it was the request of the interaction
}

var providerSteps = []definition{
	{`a provider is started that returns the response from interaction (\d+)`, func(w *world, n int) error { return w.startProvider(n, nil) }},
	{`a provider is started that returns the response from interaction (\d+), with the following changes`, (*world).startProvider},
	{`a provider is started that can generate the "([^"]+)" message with "([^"]+)"`, (*world).startMessages},
	{`a provider state callback is configured`, (*world).startStates},
	{`a Pact file for interaction (\d+) is to be verified`, func(w *world, n int) error {
		return w.toVerify(n, func(*contracts.Interaction) error { return nil })
	}},
	{`a Pact file for interaction (\d+) is to be verified, but is marked pending`, func(w *world, n int) error { return w.toVerify(n, markPending) }},
	{`a Pact file for interaction (\d+) is to be verified with the following comments`, func(w *world, n int, rows table) error {
		return w.toVerify(n, commented(rows))
	}},
	{`a Pact file for interaction (\d+) is to be verified with the following provider states defined`, func(w *world, n int, rows table) error {
		return w.toVerify(n, func(i *contracts.Interaction) error {
			w.defined = []*contracts.Interaction{i}
			for _, row := range rows {
				params := table{}
				if text := row["Parameters"]; text != "" {
					params = table{rawMembers(text)}
				}
				if err := w.giveState(row["State Name"], params); err != nil {
					return err
				}
			}
			return nil
		})
	}},
	{`a Pact file for "([^"]+)":"([^"]+)" is to be verified, but is marked pending`, func(w *world, name, body string) error {
		return w.messageToVerify(name, body, markPending)
	}},
	{`a Pact file for "([^"]+)":"([^"]+)" is to be verified with the following comments`, func(w *world, name, body string, rows table) error {
		return w.messageToVerify(name, body, commented(rows))
	}},
	{`the verification is run`, (*world).verify},
	{`the verification will be successful`, func(w *world) error { return same(false, w.failed()) }},
	{`the verification will NOT be successful`, func(w *world) error { return same(true, w.failed()) }},
	{`the verification results will contain a "([^"]+)" error`, func(w *world, text string) error { return w.hasError(verify.Failed, text) }},
	{`there will be a pending "([^"]+)" error`, func(w *world, text string) error { return w.hasError(verify.Pending, text) }},
	{`the comment "([^"]+)" will have been printed to the console`, (*world).printed},
	{`the "([^"]+)" will displayed as the original test name`, func(w *world, name string) error { return w.printed("test name: " + name) }},
	{`the provider state callback will be called before the verification is run`, func(w *world) error { return w.order("setup", true) }},
	{`the provider state callback will be called after the verification is run`, func(w *world) error { return w.order("teardown", false) }},
	{`the provider state callback will receive a (setup|teardown) call (?:with )?"([^"]+)" as the provider state parameter`, func(w *world, action, state string) error {
		return w.called(action, state, nil)
	}},
	{`the provider state callback will receive a (setup|teardown) call (?:with )?"([^"]+)" and the following parameters`, (*world).called},
}

func markPending(i *contracts.Interaction) error {
	i.Pending = true
	return nil
}

func commented(rows table) func(*contracts.Interaction) error {
	return func(i *contracts.Interaction) error {
		var text []string
		i.Comments = map[string]json.RawMessage{}
		for _, row := range rows {
			if row["type"] == "testname" {
				i.Comments["testname"] = json.RawMessage(fmt.Sprintf("%q", row["comment"]))
				continue
			}
			text = append(text, row["comment"])
		}
		var err error
		i.Comments["text"], err = json.Marshal(text)
		return err
	}
}

// rawMembers are the members of a JSON object, each as its text.
func rawMembers(text string) map[string]string {
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &members); err != nil {
		panic(err)
	}
	out := map[string]string{}
	for name, value := range members {
		out[name] = string(value)
	}
	return out
}

// serve starts a server for the rest of the scenario and notes its address.
func (w *world) serve(into **url.URL, handler http.Handler) error {
	server := httptest.NewServer(handler)
	w.Cleanup(server.Close)
	u, err := url.Parse(server.URL)
	*into = u
	return err
}

func (w *world) startProvider(n int, rows table) error {
	i, err := w.changed(n, rows)
	if err != nil {
		return err
	}
	stub, err := mocks.New(w.pact(i))
	if err != nil {
		return err
	}
	return w.serve(&w.target.Provider, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.noteCall(call{request: true})
		stub.ServeHTTP(rw, r)
	}))
}

func (w *world) startMessages(name, body string) error {
	content, contentType, err := w.content(body)
	if err != nil {
		return err
	}
	return w.serve(&w.target.Provider, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		var asked struct{ Description string }
		if err := json.NewDecoder(r.Body).Decode(&asked); err != nil || asked.Description != name {
			http.Error(rw, "no such message", http.StatusNotFound)
			return
		}
		rw.Header().Set("Content-Type", contentType)
		rw.Header().Set("Pact-Message-Metadata", base64.StdEncoding.EncodeToString([]byte(`{}`)))
		_, _ = rw.Write(content)
	}))
}

func (w *world) startStates() error {
	w.target.Teardown = true
	return w.serve(&w.target.States, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var got call
		if err = errors.Join(err, json.Unmarshal(body, &got)); err != nil {
			http.Error(rw, err.Error(), http.StatusBadRequest)
			return
		}
		w.noteCall(got)
	}))
}

func (w *world) noteCall(c call) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls = append(w.calls, c)
}

func (w *world) toVerify(n int, adapt func(*contracts.Interaction) error) error {
	i, err := w.changed(n, nil)
	if err != nil {
		return err
	}
	return w.add(i, adapt)
}

func (w *world) messageToVerify(name, body string, adapt func(*contracts.Interaction) error) error {
	content, contentType, err := w.content(body)
	if err != nil {
		return err
	}
	m := contracts.Message{Contents: contracts.NewBody(content, contentType), Metadata: map[string]any{"contentType": contentType}}
	return w.add(&contracts.Interaction{Kind: contracts.AsyncMessage, Description: name, Messages: []contracts.Message{m}}, adapt)
}

func (w *world) add(i *contracts.Interaction, adapt func(*contracts.Interaction) error) error {
	if err := adapt(i); err != nil {
		return err
	}
	pact, _, err := w.reread(w.pact(i))
	w.pacts = append(w.pacts, pact)
	return err
}

func (w *world) verify() error {
	doc := &report.Document{Verb: "verify"}
	for _, pact := range w.pacts {
		c := report.NewContract(pact, "a file")
		for result := range verify.Pact(w.Context(), pact, w.target) {
			w.results = append(w.results, result)
			c.Interactions = append(c.Interactions, report.NewInteraction(result))
		}
		doc.Contracts = append(doc.Contracts, c)
	}
	doc.Close()
	return report.Text(&w.console, doc)
}

func (w *world) failed() bool {
	return slices.ContainsFunc(w.results, func(r verify.Result) bool { return r.Outcome == verify.Failed })
}

// hasError looks for the suite's words for a part in which there are
// mismatches.
func (w *world) hasError(outcome verify.Outcome, text string) error {
	part := map[string]match.Part{"Headers had differences": match.PartHeader, "Body had differences": match.PartBody}[text]
	for _, r := range w.results {
		for _, m := range r.Mismatches {
			if r.Outcome == outcome && m.Part == part {
				return nil
			}
		}
	}
	return fmt.Errorf("not among %+v", w.results)
}

func (w *world) printed(text string) error {
	if !strings.Contains(strings.ToLower(w.console.String()), strings.ToLower(text)) {
		return fmt.Errorf("not in %s", &w.console)
	}
	return nil
}

// order says whether all calls with an action came before, or after, the
// request.
func (w *world) order(action string, before bool) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	at := slices.IndexFunc(w.calls, func(c call) bool { return c.request })
	found := 0
	for n, c := range w.calls {
		if c.Action != action {
			continue
		}
		if found++; (n < at) != before {
			return fmt.Errorf("%+v", w.calls)
		}
	}
	if at < 0 || found == 0 {
		return fmt.Errorf("no such calls: %+v", w.calls)
	}
	return nil
}

func (w *world) called(action, state string, rows table) error {
	want := map[string]any{}
	for _, row := range rows {
		for name, text := range row {
			var v any
			if err := json.Unmarshal([]byte(text), &v); err != nil {
				return err
			}
			want[name] = v
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if !slices.ContainsFunc(w.calls, func(c call) bool {
		return c.Action == action && c.State == state && reflect.DeepEqual(c.Params, want)
	}) {
		return fmt.Errorf("no such call among %+v", w.calls)
	}
	return nil
}
