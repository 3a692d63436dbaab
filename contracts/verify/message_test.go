package verify_test

import (
	"encoding/base64"
	"io"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seamtest/seam/contracts/match"
	"github.com/seamtest/seam/contracts/verify"
)

const asyncMessage = `{"type": "Asynchronous/Messages", "description": "order placed", "providerStates": [{"name": "an order", "params": {"id": 1}}],
	"contents": {"content": {"id": 1}, "contentType": "application/json", "encoded": false},
	"metadata": {"contentType": "application/json", "topic": "orders"},
	"matchingRules": {"body": {"$.id": {"matchers": [{"match": "integer"}]}}}}`

func TestMessages(t *testing.T) {
	tests := []struct {
		name, body, topic string
		want              []match.Part
	}{
		{"as agreed", `{"id": 77}`, "orders", nil},
		{"wrong contents", `{"id": "77"}`, "orders", []match.Part{match.PartBody}},
		{"wrong metadata", `{"id": 77}`, "payments", []match.Part{match.PartMetadata}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var asked string
			cfg := provider(t, func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				asked = r.Method + " " + string(body)
				w.Header().Set("Pact-Message-Metadata", base64.StdEncoding.EncodeToString([]byte(`{"topic": "`+tt.topic+`"}`)))
				sendJSON(w, 200, tt.body)
			})
			result := only(t, parse(t, "4.0", asyncMessage), cfg)
			if diff := cmp.Diff(`POST {"description":"order placed","providerStates":[{"name":"an order","params":{"id":1}}]}`, asked); diff != "" {
				t.Error(diff)
			}
			var got []match.Part
			for _, m := range result.Mismatches {
				got = append(got, m.Part)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" || result.Err != "" {
				t.Errorf("error %q, parts (-want +got):\n%s", result.Err, diff)
			}
		})
	}
}

func TestSynchronousMessageIsAskedForWithItsRequest(t *testing.T) {
	var asked string
	cfg := provider(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		asked = string(body)
		sendJSON(w, 200, `{"ok": true}`)
	})
	result := only(t, parse(t, "4.0", `{"type": "Synchronous/Messages", "description": "charge",
		"request": {"contents": {"content": {"sum": 1}, "contentType": "application/json", "encoded": false}},
		"response": [{"contents": {"content": {"ok": true}, "contentType": "application/json", "encoded": false}}]}`), cfg)
	want := `{"description":"charge","providerStates":[],"request":{"contents":{"content":{"sum":1},"contentType":"application/json","encoded":false}}}`
	if diff := cmp.Diff(want, asked); diff != "" {
		t.Error(diff)
	}
	if result.Outcome != verify.Passed {
		t.Errorf("outcome %s: %s %v", result.Outcome, result.Err, result.Mismatches)
	}
}

func TestARefusedMessageIsAnError(t *testing.T) {
	cfg := provider(t, func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "which message?", http.StatusNotFound) })
	if result := only(t, parse(t, "4.0", asyncMessage), cfg); result.Outcome != verify.Failed || result.Err == "" {
		t.Errorf("outcome %s, error %q; a refusal is no message", result.Outcome, result.Err)
	}
}
