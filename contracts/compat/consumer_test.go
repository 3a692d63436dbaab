package compat

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/seamtest/seam/contracts"
	"github.com/seamtest/seam/contracts/match"
	"github.com/seamtest/seam/mocks"
)

// consumer is a consumer test under way.
type consumer struct {
	mock   *mocks.Mock
	url    string
	agreed *contracts.Pact
	dir    string // the pact is saved here

	status int
	header http.Header
	body   []byte
}

var consumerSteps = []definition{
	{`the mock server is started with interaction (\d+)`, func(w *world, n int) error { return w.startMock(w.interactions[n]) }},
	{`the mock server is started with interactions "(\d+), (\d+)"`, func(w *world, a, b int) error {
		return w.startMock(w.interactions[a], w.interactions[b])
	}},
	{`the mock server is started with interaction (\d+) but with the following changes`, func(w *world, n int, rows table) error {
		i, err := w.changed(n, rows)
		if err != nil {
			return err
		}
		return w.startMock(i)
	}},
	{`request (\d+) is made to the mock server`, func(w *world, n int) error { return w.request(n, nil) }},
	{`request (\d+) is made to the mock server with the following changes`, (*world).request},
	{`the pact test is done`, (*world).finish},
}

// startMock plays interactions as they come out of a pact file, so that the
// mock is held to what a file can say.
func (w *world) startMock(interactions ...*contracts.Interaction) error {
	pact, _, err := w.reread(w.pact(interactions...))
	if err != nil {
		return err
	}
	w.agreed = pact
	if w.mock, err = mocks.NewMock(pact); err != nil {
		return err
	}
	server := httptest.NewServer(w.mock)
	w.Cleanup(server.Close)
	w.url, w.dir = server.URL, w.TempDir()
	return nil
}

func (w *world) request(n int, rows table) error {
	i, err := w.changed(n, rows)
	if err != nil {
		return err
	}
	target := w.url + i.Request.Path
	if len(i.Request.Query) > 0 {
		target += "?" + contracts.EncodeQuery(i.Request.Query)
	}
	request, err := http.NewRequestWithContext(w.Context(), i.Request.Method, target, bytes.NewReader(i.Request.Body.Content))
	if err != nil {
		return err
	}
	for name, values := range i.Request.Headers {
		for _, value := range values {
			request.Header.Add(name, value)
		}
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	w.status, w.header = answer.StatusCode, answer.Header
	w.body, err = io.ReadAll(answer.Body)
	return err
}

// finish saves the pact where all went well, as mocks.Record does.
func (w *world) finish() error {
	if len(w.mock.Faults()) > 0 {
		return nil
	}
	_, err := mocks.Save(w.dir, w.agreed)
	return err
}

// saved is the text of the pact that the test wrote, nil for none.
func (w *world) saved() []byte {
	files, err := filepath.Glob(filepath.Join(w.dir, "*.json"))
	if err != nil || len(files) == 0 {
		return nil
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		w.Fatal(err)
	}
	return text
}

var resultSteps = []definition{
	{`a (\d+) (?:success|error) response is returned`, func(w *world, status int) error { return same(status, w.status) }},
	{`the payload will contain the "([^"]+)" JSON document`, func(w *world, name string) error { return w.sameJSON(name+".json", w.body) }},
	{`the content type will be set as "([^"]+)"`, func(w *world, want string) error { return same(want, w.header.Get("Content-Type")) }},
	{`the mock server status will be OK`, func(w *world) error { return same(0, len(w.mock.Faults())) }},
	{`the mock server status will NOT be OK`, func(w *world) error {
		if len(w.mock.Faults()) == 0 {
			return errors.New("there is no fault")
		}
		return nil
	}},
	{`the mock server status will be mismatches`, func(w *world) error { return w.hasFault(mocks.Mismatched, func(mocks.Fault) bool { return true }) }},
	{`the mock server status will be an expected but not received error for interaction (\S+)`, func(w *world, n int) error {
		return w.hasFault(mocks.Missing, func(f mocks.Fault) bool {
			return f.Interaction.Description == w.interactions[n].Description
		})
	}},
	{`the mock server status will be an unexpected "(\w+)" request received error for interaction (\S+)`, func(w *world, method string, n int) error {
		return w.hasFault(mocks.Unexpected, func(f mocks.Fault) bool { return f.Method == method && f.Path == w.interactions[n].Request.Path })
	}},
	{`the mock server status will be an unexpected "(\w+)" request received error for path "([^"]+)"`, func(w *world, method, path string) error {
		return w.hasFault(mocks.Unexpected, func(f mocks.Fault) bool { return f.Method == method && f.Path == path })
	}},
	{`the mismatches will contain a "([^"]+)" mismatch with error "(.+)"`, func(w *world, kind, message string) error {
		return w.hasMismatch(kind, "", message)
	}},
	{`the mismatches will contain a "([^"]+)" mismatch with path "([^"]+)" with error "(.+)"`, (*world).hasMismatch},
}

func same(want, got any) error {
	if !reflect.DeepEqual(want, got) {
		return fmt.Errorf("(-want +got):\n%s", cmp.Diff(want, got))
	}
	return nil
}

// sameJSON compares a value with a fixture, whatever the order of members.
func (w *world) sameJSON(file string, got []byte) error {
	text, err := os.ReadFile(filepath.Join(w.fixtures, file))
	if err != nil {
		return err
	}
	return sameValue(text, got)
}

func sameValue(want, got []byte) error {
	var a, b any
	if err := errors.Join(json.Unmarshal(want, &a), json.Unmarshal(got, &b)); err != nil {
		return err
	}
	return same(a, b)
}

func (w *world) hasFault(kind mocks.FaultKind, fits func(mocks.Fault) bool) error {
	faults := w.mock.Faults()
	if !slices.ContainsFunc(faults, func(f mocks.Fault) bool { return f.Kind == kind && fits(f) }) {
		return fmt.Errorf("no such fault among %v", faults)
	}
	return nil
}

func (w *world) hasMismatch(kind, path, message string) error {
	for _, f := range w.mock.Faults() {
		for _, m := range f.Mismatches {
			// A header's message begins with its name; the suite leaves that out.
			if kindOf(m) == kind && strings.HasSuffix(m.Message, message) && (path == "" || m.Path == path) {
				return nil
			}
		}
	}
	return fmt.Errorf("not among %v", w.mock.Faults())
}

// kindOf is the suite's name for what a mismatch is about.
func kindOf(m match.Mismatch) string {
	if strings.HasPrefix(m.Message, "Expected a body of '") {
		return "body-content-type"
	}
	return string(m.Part)
}
