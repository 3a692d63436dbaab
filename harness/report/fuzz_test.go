package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// FuzzFormats puts one text wherever a service, a pact or a seam.yaml may put
// one, and holds every format to what its readers demand.
func FuzzFormats(f *testing.F) {
	for _, seed := range []string{hostile, "", "\n::error::x", "```\n</details>", "\xff\xfe", "{\"a\":", "'\" onload=x", strings.Repeat("[", 70), "]]>\x0b", "a\r\nb"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		doc := everywhere(text)
		var b bytes.Buffer
		for _, format := range Formats() {
			b.Reset()
			if err := Write(doc, format, "", &b); err != nil {
				t.Fatalf("%s: %v", format, err)
			}
			switch format {
			case "json":
				if !json.Valid(b.Bytes()) {
					t.Error("no JSON")
				}
			case "junit":
				parseXML(t, &b)
			case "html":
				parsePage(t, &b)
			case "text":
				inertText(t, b.String())
			}
		}
		b.Reset()
		if err := Annotations(&b, doc, Style{}); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			if !strings.HasPrefix(line, "::error ") && !strings.HasPrefix(line, "::warning ") {
				t.Errorf("not a command of ours: %q", line)
			}
		}
	})
}

// everywhere is the rich document with the text in all of its places.
func everywhere(text string) *Document {
	doc := rich()
	doc.System, doc.Drive[1].Name, doc.Drive[1].Message = text, text, text
	doc.Contracts[0].Consumer, doc.Contracts[0].Source = text, text
	i := &doc.Contracts[0].Interactions[0]
	i.Description, i.States, i.Error, i.Notes, i.TestName = text, []string{text}, text, []string{text}, text
	for n := range i.Mismatches {
		i.Mismatches[n] = Mismatch{Part: "body", Pointer: text, Expected: text, Actual: "{" + text, Message: text, Rule: text}
	}
	c := &doc.Coverage[1]
	c.Edge, c.NeverShown, c.WhyUnjudged = text, []string{text}, map[string]int{text: 1}
	c.Undescribed[0].Route, c.Undescribed[0].Why, c.Undescribed[0].Nearest, c.Undescribed[0].TraceID = text, text, text, text
	doc.Expectations[1].Name, doc.Expectations[1].Message, doc.Expectations[1].Drawing = text, text, text
	doc.Load[0].Scenario, doc.Load[0].Objectives[0].Text, doc.Load[0].Objectives[0].Measured = text, text, text
	doc.Load[0].ErrorsByClass = map[string]int64{text: 1}
	doc.Findings[0].Kind, doc.Findings[0].Edge, doc.Findings[0].Message = text, text, text
	s := &doc.Shown[0]
	s.Drawing, s.Spans[0].Name, s.Spans[0].Edge, s.Spans[0].Status, s.Spans[1].Service, s.Spans[1].Note = text, text, text, text, text, text
	return doc
}

func parseXML(t *testing.T, from io.Reader) {
	t.Helper()
	for decoder := xml.NewDecoder(from); ; {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Errorf("no XML: %v", err)
			return
		}
	}
}

func parsePage(t *testing.T, from io.Reader) {
	t.Helper()
	for tokens := html.NewTokenizer(from); ; {
		switch tokens.Next() {
		case html.ErrorToken:
			return
		case html.StartTagToken, html.SelfClosingTagToken:
			token := tokens.Token()
			if !slices.Contains(elements, token.Data) {
				t.Errorf("an element %q", token.Data)
			}
			for _, a := range token.Attr {
				if strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "href" || a.Key == "src" {
					t.Errorf("%s has the attribute %s", token.Data, a.Key)
				}
			}
		}
	}
}

func inertText(t *testing.T, text string) {
	t.Helper()
	if strings.ContainsAny(text, "\x1b\x00\x07\r\u202e") {
		t.Errorf("control characters: %q", text)
	}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "::") {
			t.Errorf("a command: %q", line)
		}
	}
}
