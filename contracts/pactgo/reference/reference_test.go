//go:build pactffi

package reference_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/seamtest/seam/contracts/pactgo/reference"
)

func TestTheReferenceAnswers(t *testing.T) {
	if v := reference.Version(); !strings.HasPrefix(v, "0.4.") {
		t.Fatalf("libpact_ffi %s; pact-go needs 0.4; run make tools", v)
	}
	message := func(contents string) string {
		return `{"description": "x", "contents": ` + contents + `, "metaData": {"contentType": "application/json"}}`
	}
	found, err := reference.MatchMessage(message(`{"a": 1}`), message(`{"a": 2}`))
	if err != nil || len(found) != 1 || found[0].Path != "$.a" {
		t.Errorf("got %+v, %v; want one mismatch at $.a", found, err)
	}
	if found, err = reference.MatchMessage(message(`{"a": 1}`), message(`{"a": 1, "b": 2}`)); err != nil || len(found) != 0 {
		t.Errorf("got %+v, %v; want a match", found, err)
	}
	if _, err = reference.MatchMessage("{", message("1")); err == nil {
		t.Error("what is no JSON was read")
	}
}

func TestTheReferencesMockServer(t *testing.T) {
	mock, err := reference.NewMock(`{"consumer": {"name": "c"}, "provider": {"name": "p"}, "metadata": {"pactSpecification": {"version": "3.0.0"}},
		"interactions": [{"description": "x", "request": {"method": "GET", "path": "/a"}, "response": {"status": 204}}]}`)
	if err != nil {
		t.Fatal(err)
	}
	defer mock.Close()
	answer, err := http.Get("http://" + mock.Address() + "/b")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if answer.StatusCode != http.StatusInternalServerError || err != nil || mock.Matched() || !strings.Contains(mock.Mismatches(), "request-not-found") {
		t.Errorf("got %d %s %v, mismatches %s", answer.StatusCode, body, err, mock.Mismatches())
	}
	if _, err := reference.NewMock("{"); err == nil {
		t.Error("a mock server without a pact")
	}
}
