package contracts_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seamtest/seam/contracts"
)

func TestMerge(t *testing.T) {
	one := func(key, description, state, path string) string {
		return `{"type": "Synchronous/HTTP", "key": "` + key + `", "description": "` + description + `", "providerState": "` + state + `",
			"request": {"method": "GET", "path": "` + path + `"}, "response": {"status": 200}}`
	}
	v3 := func(description, state, path string) string {
		return strings.Replace(one("", description, state, path), `"type": "Synchronous/HTTP", "key": "", `, "", 1)
	}
	tests := []struct {
		name, a, b string
		want       []string
		fault      string
	}{
		{"different", file("3.0.0", v3("x", "s", "/1")), file("3.0.0", v3("y", "s", "/2")), []string{"x /1", "y /2"}, ""},
		{"equal", file("3.0.0", v3("x", "s", "/1")), file("3.0.0", v3("x", "s", "/1")), []string{"x /1"}, ""},
		{"other state", file("3.0.0", v3("x", "s", "/1")), file("3.0.0", v3("x", "t", "/2")), []string{"x /1", "x /2"}, ""},
		{"conflict", file("3.0.0", v3("x", "s", "/1")), file("3.0.0", v3("x", "s", "/2")), nil, `both describe "x"`},
		{"V4 replaces", file("4.0", one("", "x", "s", "/1")), file("4.0", one("", "x", "s", "/2")), []string{"x /2"}, ""},
		{"V4 by key", file("4.0", one("k", "x", "s", "/1")), file("4.0", one("k", "renamed", "", "/2")), []string{"renamed /2"}, ""},
		{"V4 added", file("4.0", one("k", "x", "s", "/1")), file("4.0", one("l", "y", "s", "/2")), []string{"x /1", "y /2"}, ""},
		{"versions", file("3.0.0", v3("x", "s", "/1")), file("4.0", one("", "x", "s", "/1")), nil, "version"},
		{"parties", file("3.0.0", ""), strings.Replace(file("3.0.0", ""), "web", "app", 1), nil, "between web and orders"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, _ := read(t, tt.a)
			b, _ := read(t, tt.b)
			before := len(a.Interactions)
			merged, err := contracts.Merge(a, b)
			if tt.fault != "" {
				if err == nil || !strings.Contains(err.Error(), tt.fault) {
					t.Errorf("error %v does not say %q", err, tt.fault)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, i := range merged.Interactions {
				got = append(got, i.Description+" "+i.Request.Path)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" || len(a.Interactions) != before {
				t.Error(diff)
			}
		})
	}
}
