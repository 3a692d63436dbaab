//go:build pactffi

package match_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/seamtest/seam/contracts/match"
	"github.com/seamtest/seam/contracts/pactgo/reference"
)

// An element is a small XML tree.
type element struct {
	name     string
	attrs    map[string]string
	text     string
	children []*element
}

func newElement(r *rand.Rand, depth int) *element {
	e := &element{name: pick(r, []string{"a", "b", "c"}), attrs: map[string]string{}}
	for range r.IntN(3) * r.IntN(2) {
		e.attrs[pick(r, []string{"x", "id"})] = pick(r, []string{"1", "a", "2.5", ""})
	}
	if depth > 0 {
		for range r.IntN(4) {
			e.children = append(e.children, newElement(r, depth-1))
		}
	}
	if len(e.children) == 0 {
		e.text = pick(r, []string{"", "a", "1", "12.5", " a ", "2020-01-31", "&lt;a&gt;"})
	}
	return e
}

func (e *element) clone() *element {
	out := &element{name: e.name, attrs: map[string]string{}, text: e.text}
	for k, v := range e.attrs {
		out.attrs[k] = v
	}
	for _, c := range e.children {
		out.children = append(out.children, c.clone())
	}
	return out
}

func (e *element) mutate(r *rand.Rand) {
	if len(e.children) > 0 && r.IntN(3) > 0 {
		at := r.IntN(len(e.children))
		switch r.IntN(6) {
		case 0:
			e.children = append(e.children, e.children[at].clone())
		case 1:
			e.children = append(e.children[:at:at], e.children[at+1:]...)
		case 2:
			e.children = append(e.children, newElement(r, 1))
		default:
			e.children[at].mutate(r)
		}
		return
	}
	switch r.IntN(4) {
	case 0:
		e.name = pick(r, []string{"a", "b", "c"})
	case 1:
		e.attrs["id"] = pick(r, []string{"1", "b"})
	case 2:
		delete(e.attrs, "x")
	case 3:
		if len(e.children) == 0 {
			e.text = pick(r, []string{"", "a", "b", "1", "x"})
		}
	}
}

func (e *element) String() string {
	var b strings.Builder
	b.WriteString("<" + e.name)
	for _, k := range []string{"id", "x"} {
		if v, has := e.attrs[k]; has {
			fmt.Fprintf(&b, " %s=%q", k, v)
		}
	}
	b.WriteString(">" + e.text)
	for _, c := range e.children {
		b.WriteString(c.String())
	}
	return b.String() + "</" + e.name + ">"
}

// places are the expressions of the elements, attributes and texts below at.
func (e *element) places(at string) []string {
	here := at + "." + e.name
	out := []string{here, here + "['#text']"}
	for k := range map[string]bool{"id": true} {
		out = append(out, here+"['@"+k+"']")
	}
	for _, c := range e.children {
		out = append(out, c.places(here)...)
	}
	return out
}

// excludedXML names what differs on purpose.
var excludedXML = []exclusion[string]{
	{"escaped characters in the text of XML: the reference counts each as a child", func(text string) bool { return strings.Contains(text, "&lt;") }},
}

func TestDifferentialXML(t *testing.T) {
	b := newBudget(t, 0.1)
	random := rand.New(rand.NewPCG(b.seed, 3))
	ran, compared := 0, 0
	var places places
	for ; ran < b.count && time.Now().Before(b.until); ran++ {
		want := newElement(random, 2)
		got := want.clone()
		for range random.IntN(3) {
			got.mutate(random)
		}
		rules := map[string]any{}
		for range random.IntN(3) {
			rules[pick(random, append(want.places("$"), got.places("$")...))] = newRules(random, 1)
		}
		message := func(e *element, withRules bool) string {
			m := map[string]any{"description": "x", "contents": e.String(), "metaData": map[string]string{"contentType": "application/xml"}}
			if withRules {
				m["matchingRules"] = map[string]any{"body": rules}
			}
			text, err := json.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		}
		theirs, err := reference.MatchMessage(message(want, true), message(got, false))
		if err != nil {
			continue
		}
		one, err := ourMessage(message(want, true))
		if err != nil {
			continue
		}
		two, err := ourMessage(message(got, false))
		if err != nil {
			continue
		}
		compared++
		mine := match.Message(one, two)
		places.compare(t, mine, theirs)
		if (len(mine) == 0) == (len(theirs) == 0) {
			continue
		}
		if excludes(excludedXML, got.String()) {
			continue
		}
		shown, _ := json.Marshal(rules)
		t.Errorf("seed %d, case %d: the verdicts differ:\nexpected %s\nrules    %s\nactual   %s\nseam      %v\nreference %v", b.seed, ran, want, shown, got, mine, theirs)
		if os.Getenv("SEAM_DIFF_ALL") == "" {
			break
		}
	}
	t.Logf("differential, XML: %d cases compared of %d made (seed %d)", compared, ran, b.seed)
	if compared*10 < ran*8 || compared == 0 {
		t.Errorf("only %d of %d cases could be compared", compared, ran)
	}
	places.hold(t)
}
