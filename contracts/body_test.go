package contracts_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/seamtest/seam/contracts"
)

// anyJSON draws a JSON value; strings often hold JSON themselves.
func anyJSON(depth int) *rapid.Generator[any] {
	leaf := rapid.OneOf(
		rapid.Just[any](nil), rapid.Just[any](true), rapid.Just[any](""),
		rapid.Map(rapid.SampledFrom([]string{"0", "-1", "1.0", "1e400", "12345678901234567890", "1E+2"}), func(s string) any { return json.Number(s) }),
		rapid.Map(rapid.String(), func(s string) any { return s }),
		rapid.Map(rapid.SampledFrom([]string{"{}", `"x"`, `"\"x\""`, "null", "[1]", " {} ", "<a/>", "AAE=", "\u2028<&>"}), func(s string) any { return s }),
	)
	if depth == 0 {
		return leaf
	}
	return rapid.OneOf(leaf,
		rapid.Map(rapid.SliceOfN(anyJSON(depth-1), 0, 3), func(v []any) any { return v }),
		rapid.Map(rapid.MapOfN(rapid.String(), anyJSON(depth-1), 0, 3), func(v map[string]any) any { return v }))
}

// TestAnyBodySurvivesWriting draws files rather than values, because not
// every body can be written in every version.
func TestAnyBodySurvivesWriting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v4 := rapid.Bool().Draw(t, "v4")
		headers := map[string]any{}
		kinds := rapid.SampledFrom([]string{"", "application/json", "text/plain", "image/png", "application/xml", "application/vnd.a+json", "odd"})
		if kind := kinds.Draw(t, "header"); kind != "" {
			headers["Content-Type"] = kind
		}
		content := anyJSON(2).Draw(t, "content")
		if v4 && rapid.Bool().Draw(t, "wrapped") {
			wrapped := map[string]any{"content": content}
			if kind := kinds.Draw(t, "contentType"); kind != "" {
				wrapped["contentType"] = kind
			}
			wrapped["encoded"] = rapid.SampledFrom([]any{false, true, "base64", "JSON", "rot13"}).Draw(t, "encoded")
			wrapped["contentTypeHint"] = rapid.SampledFrom([]any{nil, "BINARY", "TEXT"}).Draw(t, "hint")
			content = wrapped
		}
		version := map[bool]string{false: "3.0.0", true: "4.0"}[v4]
		src, err := json.Marshal(map[string]any{
			"consumer": map[string]any{"name": "c"}, "provider": map[string]any{"name": "p"},
			"metadata": map[string]any{"pactSpecification": map[string]any{"version": version}},
			"interactions": []any{map[string]any{
				"type": "Synchronous/HTTP", "description": "d", "request": map[string]any{"method": "GET", "path": "/"},
				"response": map[string]any{"status": 200, "headers": headers, "body": content},
			}},
		})
		if err != nil {
			t.Fatal(err)
		}
		first, _, err := contracts.Read(bytes.NewReader(src))
		if err != nil {
			t.Fatalf("%v in %s", err, src)
		}
		var written bytes.Buffer
		if err := contracts.Write(&written, first); err != nil {
			t.Fatal(err)
		}
		again, _, err := contracts.Read(bytes.NewReader(written.Bytes()))
		if err != nil {
			t.Fatalf("%v in %s", err, written.Bytes())
		}
		if diff := cmp.Diff(first, again); diff != "" {
			t.Fatalf("%s\nwas written as\n%s\n%s", src, written.Bytes(), diff)
		}
	})
}
