package contracts_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seamtest/seam/contracts"
)

const orderXML = `<?xml version="1.0"?>
<o:order xmlns:o="urn:o" id='1'><!-- kept -->
  <item sku="a&amp;b">  tea </item><item sku="c">milk</item>
  <note><![CDATA[<x>]]></note><none/></o:order>`

func TestGeneratorsReplaceTextAndAttributesOfXML(t *testing.T) {
	tests := []struct {
		at, from, to string
		reason       string
	}{
		{"$.order['@id']", `id='1'`, `id='42'`, "an attribute; the quotes stay"},
		{"$.order.note['#text']", `<![CDATA[<x>]]>`, `42`, "a text that was written as CDATA"},
		{"$.order.note", `<![CDATA[<x>]]>`, `42`, "an element means its text"},
		{"$.order.*['@sku']", `sku="a&amp;b">  tea </item><item sku="c"`, `sku="42">  tea </item><item sku="42"`, "a wildcard"},
		{"$.order.item[*]", `  tea </item><item sku="c">milk`, `42</item><item sku="c">42`, "an index is passed over"},
		{"$.order.absent", ``, ``, "nothing is there"},
		{"$.order.none", ``, ``, "an empty element has no text to replace"},
	}
	for _, tt := range tests {
		p := &contracts.Response{Status: 200, Body: contracts.NewBody([]byte(orderXML), "application/xml"),
			Generators: contracts.Generators{"body": {tt.at: generator(t, "ProviderState", `{"expression": "${id}"}`)}}}
		got, errs := generation(contracts.ForProvider).Response(p)
		want := orderXML
		if tt.from != "" {
			want = strings.Replace(orderXML, tt.from, tt.to, 1)
			if want == orderXML {
				t.Fatalf("%s: nothing to replace", tt.at)
			}
		}
		if diff := cmp.Diff(want, string(got.Body.Content)); diff != "" || errs != nil {
			t.Errorf("%s: errors %v, %s:\n%s", tt.at, errs, tt.reason, diff)
		}
	}
}

func TestWhatIsPutIntoXMLIsEscaped(t *testing.T) {
	g := generation(contracts.ForProvider)
	g.Values["v"] = `"<&>`
	p := &contracts.Response{Body: contracts.NewBody([]byte(`<a b="1">2</a>`), "text/xml"), Generators: contracts.Generators{"body": {
		"$.a": {Type: "ProviderState", Args: map[string]any{"expression": "v"}}, "$.a['@b']": {Type: "ProviderState", Args: map[string]any{"expression": "v"}}}}}
	got, errs := g.Response(p)
	if diff := cmp.Diff(`<a b="&#34;&lt;&amp;&gt;">&#34;&lt;&amp;&gt;</a>`, string(got.Body.Content)); diff != "" || errs != nil {
		t.Errorf("errors %v:\n%s", errs, diff)
	}
}

func FuzzXMLGenerators(f *testing.F) {
	f.Add([]byte(orderXML), "$.order.item")
	f.Add([]byte(`<a b=c d='`), "$.a['@b']")
	f.Add([]byte(`<a></b></a>`), "$[*].*")
	f.Fuzz(func(_ *testing.T, content []byte, at string) {
		p := &contracts.Response{Body: contracts.Body{Presence: contracts.Present, Content: content, ContentType: "application/xml"},
			Generators: contracts.Generators{"body": {at: {Type: "RandomInt", Args: map[string]any{"min": json.Number("7")}}}}}
		_, _ = generation(contracts.ForProvider).Response(p)
	})
}
