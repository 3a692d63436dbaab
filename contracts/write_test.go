package contracts_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seamtest/seam/contracts"
)

func TestWrittenForm(t *testing.T) {
	p, _ := read(t, file("2.0.0", `{"description": "b", "providerState": "s", "request": {"method": "GET", "path": "/", "query": "z=1&a=%20", "headers": {"Accept": "a/b,c/d"},
		"matchingRules": {"$.body.x": {"match": "type"}, "$.header.X-A": {"regex": "<a>"}}}, "response": {"status": 200, "headers": {"X-A": ["a", "b"]}}}`))
	var got bytes.Buffer
	if err := contracts.Write(&got, p); err != nil {
		t.Fatal(err)
	}
	want := `{
  "consumer": {
    "name": "web"
  },
  "interactions": [
    {
      "description": "b",
      "providerState": "s",
      "request": {
        "headers": {
          "Accept": "a/b, c/d"
        },
        "matchingRules": {
          "$.body.x": {
            "match": "type"
          },
          "$.headers.X-A": {
            "match": "regex",
            "regex": "<a>"
          }
        },
        "method": "GET",
        "path": "/",
        "query": "a=+&z=1"
      },
      "response": {
        "headers": {
          "X-A": [
            "a",
            "b"
          ]
        },
        "status": 200
      }
    }
  ],
  "metadata": {
    "pactSpecification": {
      "version": "2.0.0"
    }
  },
  "provider": {
    "name": "orders"
  }
}
`
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Error(diff)
	}
}

func TestWhatAVersionCannotSayIsRefused(t *testing.T) {
	http := contracts.Interaction{Description: "d", Request: &contracts.Request{}, Response: &contracts.Response{}}
	tests := []struct {
		name    string
		version contracts.Version
		change  func(*contracts.Interaction)
		want    string
	}{
		{"half an interaction", contracts.V3, func(i *contracts.Interaction) { i.Response = nil }, "lacks its request or its response"},
		{"message in V2", contracts.V2, func(i *contracts.Interaction) {
			i.Kind, i.Messages = contracts.AsyncMessage, make([]contracts.Message, 1)
		}, "need version 3 or 4"},
		{"synchronous message in V3", contracts.V3, func(i *contracts.Interaction) {
			i.Kind, i.Messages = contracts.SyncMessage, make([]contracts.Message, 2)
		}, "need version 4"},
		{"two messages in one", contracts.V4, func(i *contracts.Interaction) {
			i.Kind, i.Messages = contracts.AsyncMessage, make([]contracts.Message, 2)
		}, "has 2 messages"},
	}
	for _, tt := range tests {
		i := http
		tt.change(&i)
		p := &contracts.Pact{Consumer: "web", Provider: "orders", Version: tt.version, Interactions: []contracts.Interaction{i}}
		err := contracts.Write(&bytes.Buffer{}, p)
		if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), `"d"`) {
			t.Errorf("%s: error %v does not say %q of the interaction", tt.name, err, tt.want)
		}
	}
}
