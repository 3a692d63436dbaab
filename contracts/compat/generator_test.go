package compat

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/seamtest/seam/contracts"
)

// generated is a request or a response whose generators are tried.
type generated struct {
	draft contracts.Generation

	asked    contracts.Request
	answer   contracts.Response
	answered bool // the response was prepared last
}

// generators reads a fixture, or "JSON: ..." in place of one.
func (w *world) generators(text string) (contracts.Generators, error) {
	if !strings.Contains(text, ":") {
		text = "file: " + text
	}
	content, _, err := w.content(text)
	if err != nil {
		return nil, err
	}
	q, err := w.messageWith(content)
	return q, err
}

// messageWith reads generators by way of a pact with a message, which knows
// all categories.
func (w *world) messageWith(generators json.RawMessage) (contracts.Generators, error) {
	q, err := w.requestWith("generators", generators)
	if err != nil {
		return nil, err
	}
	return q.Generators, nil
}

func (w *world) configureHTTP(rows table) error {
	row := rows[0]
	generators, err := w.generators(row["generators"])
	if err != nil {
		return err
	}
	example := map[string][]string{"X-TEST": {"a"}}
	w.asked = contracts.Request{Method: "PUT", Path: "/path/one", Query: map[string][]string{"v1": {"a"}}, Headers: example, Generators: generators}
	w.answer = contracts.Response{Status: 200, Headers: example, Generators: generators}
	return errors.Join(w.setBody(row["body"], &w.asked.Body, &w.asked.Headers), w.setBody(row["body"], &w.answer.Body, &w.answer.Headers))
}

func (w *world) prepareRequest() error {
	q, errs := w.draft.Request(&w.asked)
	w.asked, w.answered = *q, false
	return errors.Join(errs...)
}

func (w *world) prepareResponse() error {
	p, errs := w.draft.Response(&w.answer)
	w.answer, w.answered = *p, true
	return errors.Join(errs...)
}

var generatorSteps = []definition{
	{`a (?:request|response) configured with the following generators`, (*world).configureHTTP},
	{`the generator test mode is set as "(Provider|Consumer)"`, func(w *world, mode string) error {
		w.draft.Mode = map[string]contracts.Mode{"Provider": contracts.ForProvider, "Consumer": contracts.ForConsumer}[mode]
		return nil
	}},
	{`the request is prepared for use`, (*world).prepareRequest},
	{`the response is prepared for use`, (*world).prepareResponse},
	{`the request is prepared for use with a "(providerState|mockServer)" context`, func(w *world, kind string, rows table) error {
		v, err := jsonValue(rows[0][""])
		if err != nil {
			return err
		}
		values := v.(map[string]any)
		if kind == "mockServer" {
			w.draft.Server, _ = values["href"].(string)
		} else {
			w.draft.Values = values
		}
		return w.prepareRequest()
	}},
	{`the body value for "([^"]+)" will have been replaced with an? "([^"]+)"`, func(w *world, path, kind string) error {
		return bodyGenerated(w.body0(), path, kind)
	}},
	{`the body value for "([^"]+)" will have been replaced with "([^"]+)"`, func(w *world, path, want string) error {
		v, err := valueAt(w.body0(), path)
		if err != nil {
			return err
		}
		return same(want, fmt.Sprint(v))
	}},
	{`the (?:request|response) "([^"]+)" will be set as "([^"]+)"`, func(w *world, part, want string) error { return same(want, w.part(part)) }},
	{`the (?:request|response) "([^"]+)" will not be "([^"]+)"`, func(w *world, part, unwanted string) error {
		if w.part(part) == unwanted {
			return errors.New("it is")
		}
		return nil
	}},
	{`the (?:request|response) "([^"]+)" will match "([^"]+)"`, func(w *world, part, pattern string) error {
		if got := w.part(part); !regexp.MustCompile("^(?:" + pattern + ")$").MatchString(got) {
			return fmt.Errorf("%q does not", got)
		}
		return nil
	}},
}

// body0 is the body of what was prepared last.
func (w *world) body0() contracts.Body {
	if w.answered {
		return w.answer.Body
	}
	return w.asked.Body
}

// part is path, status, header[NAME] or queryParameter[NAME].
func (w *world) part(part string) string {
	kind, name, _ := strings.Cut(strings.TrimSuffix(part, "]"), "[")
	fields := map[string][]string{}
	switch kind {
	case "path":
		return w.asked.Path
	case "status":
		return strconv.Itoa(w.answer.Status)
	case "queryParameter":
		fields = w.asked.Query
	case "header":
		fields = w.asked.Headers
		if w.answered {
			fields = w.answer.Headers
		}
	}
	if len(fields[name]) == 0 {
		w.Fatalf("%s is not there", part)
	}
	return fields[name][0]
}

func valueAt(b contracts.Body, path string) (any, error) {
	v, err := jsonValue(string(b.Content))
	if err != nil {
		return nil, err
	}
	member, has := v.(map[string]any)[strings.TrimPrefix(path, "$.")]
	if !has {
		return nil, fmt.Errorf("nothing at %s in %s", path, b.Content)
	}
	return member, nil
}

func bodyGenerated(b contracts.Body, path, kind string) error {
	v, err := valueAt(b, path)
	if err != nil {
		return err
	}
	return generatedAs(kind, v)
}

// shapes are the suite's words for what generators make.
var shapes = map[string]string{
	"integer":                    `\d+`,
	"decimal number":             `\d+\.\d+`,
	"hexadecimal number":         `[0-9a-fA-F]+`,
	"random string":              `[a-zA-Z0-9]+`,
	"string from the regex":      `\d{1,8}`,
	"date":                       `\d{4}-\d{2}-\d{2}`,
	"time":                       `\d{2}:\d{2}:\d{2}`,
	"date-time":                  `\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{1,9}([+-]\d{4})?`,
	"UUID":                       `[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`,
	"simple UUID":                `[0-9a-f]{32}`,
	"lower-case-hyphenated UUID": `[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`,
	"upper-case-hyphenated UUID": `[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}`,
	"URN UUID":                   `urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`,
	"boolean":                    `true|false`,
}

// generatedAs holds a value to its shape; the example was "a", which has none
// of them but that of a random string.
func generatedAs(kind string, v any) error {
	pattern, known := shapes[kind]
	if !known {
		return fmt.Errorf("%q is no kind of value", kind)
	}
	if text := fmt.Sprint(v); text == "a" || !regexp.MustCompile("^(?:"+pattern+")$").MatchString(text) {
		return fmt.Errorf("%q is no %s", text, kind)
	}
	return nil
}
