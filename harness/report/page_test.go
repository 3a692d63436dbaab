package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// elements are those that the page is made of; nothing else may come of data.
var elements = strings.Fields(`html head meta title style body header main footer section div p h1 h2 h3 span b i small code pre br
	table tbody tr th td ul li details summary svg g rect line text figure figcaption path`)

func TestThePageIsInertWhateverItShows(t *testing.T) {
	var b bytes.Buffer
	if err := HTML(&b, rich()); err != nil {
		t.Fatal(err)
	}
	for _, never := range []string{"http://", "https://", "<script", "url(", "@import"} {
		for line := range strings.Lines(b.String()) {
			if strings.Contains(line, never) && !strings.Contains(line, "127.0.0.1") {
				t.Errorf("the page has %q: %.200s", never, line)
			}
		}
	}
	tokens := html.NewTokenizer(&b)
	var open []string
	for {
		kind := tokens.Next()
		if kind == html.ErrorToken {
			if err := tokens.Err(); !errors.Is(err, io.EOF) {
				t.Fatal(err)
			}
			break
		}
		token := tokens.Token()
		switch kind {
		case html.StartTagToken, html.SelfClosingTagToken:
			if !slices.Contains(elements, token.Data) {
				t.Errorf("an element %s", token.Data)
			}
			for _, a := range token.Attr {
				if strings.HasPrefix(a.Key, "on") || slices.Contains([]string{"src", "href", "action", "style", "srcset", "xlink:href"}, a.Key) {
					t.Errorf("%s has the attribute %s", token.Data, a.Key)
				}
			}
			if !slices.Contains([]string{"meta", "br"}, token.Data) {
				open = append(open, token.Data)
			}
		case html.EndTagToken:
			if n := len(open); n == 0 || open[n-1] != token.Data {
				t.Fatalf("</%s> closes %v", token.Data, open)
			}
			open = open[:len(open)-1]
		case html.TextToken:
			if strings.ContainsAny(token.Data, "\x1b\x00\u202e") {
				t.Errorf("control characters in %q", token.Data)
			}
		}
	}
	if len(open) > 0 {
		t.Errorf("%v are not closed", open)
	}
}

func TestThePolicyAllowsThePagesOwnStylesOnly(t *testing.T) {
	var b bytes.Buffer
	if err := HTML(&b, rich()); err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(b.String(), "<style>")
	inside, _, _ := strings.Cut(after, "</style>")
	sum := sha256.Sum256([]byte(inside))
	want := "style-src &#39;sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "&#39;"
	policy := strings.ReplaceAll(b.String(), "&#43;", "+")
	if !strings.Contains(policy, want) || !strings.Contains(policy, "default-src &#39;none&#39;") {
		t.Errorf("the policy does not name the styles as they stand in the page: want %s in %.600s", want, b.String())
	}
}

func TestATraceIsDrawnWithinItsPicture(t *testing.T) {
	trace := &Trace{Millis: 10, Spans: []Span{
		{Service: "a", Name: "x", Millis: 10}, {Depth: 1, Service: "b", Offset: 9.99, Millis: 0.001}, {Depth: 90, Offset: 5, Millis: 20}, {Millis: 0},
	}}
	w := lay(trace)
	for _, r := range w.Rows {
		if r.X < barStart || r.X+r.Width > barStart+barWidth+2.001 || r.Y+rowHeight > w.Height || r.TimeX < barStart-1 || r.TimeX > 960 || r.Indent > labelWidth/2 {
			t.Errorf("%+v", r)
		}
	}
	if w := lay(&Trace{}); len(w.Rows) != 0 || w.Height <= 0 {
		t.Errorf("an empty trace: %+v", w)
	}
}

// Of hundreds of failures the first are laid open; the others are a list, of
// which each opens by itself.
func TestManyFailuresStayAListToRead(t *testing.T) {
	doc := example()
	one := doc.Contracts[0].Interactions[0]
	for range 500 {
		doc.Contracts[0].Interactions = append(doc.Contracts[0].Interactions, one)
	}
	var b bytes.Buffer
	if err := HTML(&b, doc); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(b.String(), `<section class="card failed">`); n != mostOpened {
		t.Errorf("%d failures are open, want %d", n, mostOpened)
	}
	if n := strings.Count(b.String(), `<details class="card failed">`); n != 503-mostOpened {
		t.Errorf("%d failures open by themselves, want %d", n, 503-mostOpened)
	}
	if n := strings.Count(b.String(), "Expected &#34;1&#34; (String) to be an integer"); n != 501 {
		t.Errorf("%d differences are told, want 501", n)
	}
}
