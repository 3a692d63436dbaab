package compat

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/seamtest/seam/contracts"
)

// A document is a pact file as JSON.
type document struct {
	Interactions []entry
	Messages     []entry
}

type entry struct {
	Type           string
	Key            string
	Pending        bool
	Comments       json.RawMessage
	ProviderStates []struct {
		Name   string
		Params json.RawMessage
	}
	Request, Response struct {
		Method  string
		Query   any
		Headers map[string]any
		Body    json.RawMessage
	}
	Contents json.RawMessage
	MetaData map[string]json.RawMessage
}

func (w *world) document() (*document, error) {
	text := w.saved()
	if text == nil {
		return nil, errors.New("no pact file was written")
	}
	d := &document{}
	return d, json.Unmarshal(text, d)
}

// entry is the n-th interaction or message in the file, from 1.
func (w *world) entry(n int) (*entry, error) {
	d, err := w.document()
	if err != nil {
		return nil, err
	}
	all := slices.Concat(d.Interactions, d.Messages)
	if n > len(all) {
		return nil, fmt.Errorf("the file has %d entries", len(all))
	}
	return &all[n-1], nil
}

// inEntry makes a step out of a function that looks at one entry.
func inEntry(n int, look func(w *world, e *entry, want string) error) func(w *world, want string) error {
	return func(w *world, want string) error {
		e, err := w.entry(n)
		if err != nil {
			return err
		}
		return look(w, e, want)
	}
}

var writtenSteps = []definition{
	{`the mock server will write out a Pact file for the interactions? when done`, (*world).wasWritten},
	{`the mock server will NOT write out a Pact file for the interactions? when done`, (*world).wasNotWritten},
	{`a Pact file for the message interaction will have been written`, (*world).wasWritten},
	{`a Pact file for the message interaction will NOT have been written`, (*world).wasNotWritten},
	{`the pact file will contain (\S+) (?:message )?interaction`, func(w *world, n int) error {
		d, err := w.document()
		if err != nil {
			return err
		}
		return same(n, len(d.Interactions)+len(d.Messages))
	}},
	{`the \{first\} interaction request will be for a "(\w+)"`, inEntry(1, func(_ *world, e *entry, want string) error { return same(want, e.Request.Method) })},
	{`the \{first\} interaction response will contain the "([^"]+)" document`, inEntry(1, func(w *world, e *entry, want string) error { return w.sameJSON(want, e.Response.Body) })},
	{`the \{first\} interaction request will contain the "([^"]+)" document`, inEntry(1, func(w *world, e *entry, want string) error { return w.sameJSON(want, e.Request.Body) })},
	{`the \{first\} interaction request content type will be "([^"]+)"`, inEntry(1, func(_ *world, e *entry, want string) error { return same(any(want), e.Request.Headers["Content-Type"]) })},
	{`the \{first\} interaction request query parameters will be "([^"]+)"`, inEntry(1, func(_ *world, e *entry, want string) error { return same(any(want), e.Request.Query) })},
	{`the \{first\} interaction request will contain the header "([^"]+)" with value "([^"]+)"`, func(w *world, name, want string) error {
		e, err := w.entry(1)
		if err != nil {
			return err
		}
		return same(any(want), e.Request.Headers[name])
	}},
}

// definedSteps describe an interaction from nothing.
var definedSteps = []definition{
	{`an? (HTTP |message |)(?:integration|interaction) is being defined for a consumer test`, func(w *world, kind string) error {
		i := &contracts.Interaction{Description: "interaction for a consumer test"}
		if strings.TrimSpace(kind) == "message" {
			i.Kind, i.Description = contracts.AsyncMessage, "message for a consumer test"
			i.Messages = []contracts.Message{{}}
		} else {
			i.Request, i.Response = &contracts.Request{Method: "GET", Path: "/"}, &contracts.Response{Status: 200}
		}
		w.defined = append(w.defined, i)
		return nil
	}},
	{`a provider state "([^"]+)" (?:for the message )?is specified`, func(w *world, name string) error { return w.giveState(name, nil) }},
	{`a provider state "([^"]+)" (?:for the message )?is specified with the following data`, (*world).giveState},
	{`a key of "([^"]+)" is specified for the (?:HTTP|message) interaction`, func(w *world, key string) error {
		w.last().Key = key
		return nil
	}},
	{`the (?:HTTP|message) interaction is marked as pending`, func(w *world) error {
		w.last().Pending = true
		return nil
	}},
	{`a comment "([^"]+)" is added to the (?:HTTP|message) interaction`, func(w *world, text string) error {
		raw, err := json.Marshal([]string{text})
		w.last().Comments = map[string]json.RawMessage{"text": raw}
		return err
	}},
	{`the Pact file for the test is generated`, func(w *world) error { return w.save(w.pact(w.defined...)) }},
}

// fileSteps look at an entry of the file that was generated.
var fileSteps = []definition{
	{`the (?:interaction|first message) in the (?:P|p)act file will contain (\d+) provider states?`, func(w *world, n int) error {
		e, err := w.entry(1)
		if err != nil {
			return err
		}
		return same(n, len(e.ProviderStates))
	}},
	{`the (?:interaction|first message) in the Pact file will contain provider state "([^"]+)"`, func(w *world, name string) error {
		_, err := w.stateParams(name)
		return err
	}},
	{`the provider state "([^"]+)" (?:in the Pact file|for the message) will contain the following parameters`, func(w *world, name string, rows table) error {
		params, err := w.stateParams(name)
		if err != nil {
			return err
		}
		return sameValue([]byte(rows[0]["parameters"]), params)
	}},
	{`the first interaction in the Pact file will have a type of "([^"]+)"`, inEntry(1, func(_ *world, e *entry, want string) error { return same(want, e.Type) })},
	{`there will be an interaction in the Pact file with a type of "([^"]+)"`, func(w *world, want string) error {
		d, err := w.document()
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(d.Interactions, func(e entry) bool { return e.Type == want }) {
			return errors.New("there is none")
		}
		return nil
	}},
	{`the first interaction in the Pact file will have "key" = '(.*)'`, inEntry(1, func(_ *world, e *entry, want string) error { return same(want, fmt.Sprintf("%q", e.Key)) })},
	{`the first interaction in the Pact file will have "pending" = '(.*)'`, inEntry(1, func(_ *world, e *entry, want string) error { return same(want, fmt.Sprint(e.Pending)) })},
	{`the first interaction in the Pact file will have "comments" = '(.*)'`, inEntry(1, func(_ *world, e *entry, want string) error { return sameValue([]byte(want), e.Comments) })},
}
