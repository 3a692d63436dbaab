package match_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seamtest/seam/contracts"
	"github.com/seamtest/seam/contracts/match"
)

type oracleMessage struct {
	Contents json.RawMessage `json:"contents"`
	Rules    json.RawMessage `json:"matchingRules"`
}

func (m oracleMessage) read(t *testing.T) *contracts.Message {
	t.Helper()
	part := map[string]any{"description": "x", "contents": m.Contents, "metaData": map[string]string{"contentType": "application/json"}}
	if m.Rules != nil {
		part["matchingRules"] = m.Rules
	}
	i, err := interaction("3.0.0", "messages", part)
	if err != nil {
		t.Fatal(err)
	}
	return &i.Messages[0]
}

// TestJSONOracle holds JSON bodies to 2,000 verdicts of the reference
// implementation, and the mismatching paths to 95 in 100 of them.
func TestJSONOracle(t *testing.T) {
	var oracle struct {
		Cases []struct {
			ID               string
			Expected, Actual oracleMessage
			Match            bool
			Mismatches       []struct{ Path, Mismatch string }
		}
	}
	readJSON(t, casesDir(t, "oracle", "json-body-dev.json"), &oracle)
	verdicts, paths := 0, 0
	for _, c := range oracle.Cases {
		found := match.Message(c.Expected.read(t), c.Actual.read(t))
		if (len(found) == 0) == c.Match {
			verdicts++
		} else {
			t.Errorf("%s: match %v, found %v\nexpected %s\nrules %s\nactual %s\nreference %v", c.ID, c.Match, found, flat(c.Expected.Contents), flat(c.Expected.Rules), flat(c.Actual.Contents), c.Mismatches)
		}
		want, got := map[string]bool{}, map[string]bool{}
		for _, m := range c.Mismatches {
			want[m.Path] = true
		}
		for _, m := range found {
			got[m.Path] = true
		}
		if maps.Equal(want, got) {
			paths++
		} else if os.Getenv("VERBOSE") != "" {
			t.Logf("%s: paths %s\nexpected %s\nrules %s\nactual %s\nreference %v\nfound %v", c.ID, cmp.Diff(slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(got))), flat(c.Expected.Contents), flat(c.Expected.Rules), flat(c.Actual.Contents), c.Mismatches, found)
		}
	}
	t.Logf("oracle: %d of %d verdicts, %d the same paths", verdicts, len(oracle.Cases), paths)
	if len(oracle.Cases) < 2000 || paths*100 < len(oracle.Cases)*95 {
		t.Errorf("%d of %d cases with the same paths; want 95 in 100 of at least 2000", paths, len(oracle.Cases))
	}
}

// TestBodyProbes holds named edge cases to the reference implementation.
func TestBodyProbes(t *testing.T) {
	var probes struct {
		Cases []struct {
			Name             string
			Expected, Actual json.RawMessage
			Rules            json.RawMessage
			ContentType      string
			Result           string
			Mismatches       []struct{ Path, Mismatch string }
		}
	}
	readJSON(t, casesDir(t, "oracle", "probes-body.json"), &probes)
	ran := 0
	for _, c := range probes.Cases {
		if c.Result != "match" && c.Result != "mismatch" {
			t.Logf("%s: the reference answered %q; not compared", c.Name, c.Result)
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			part := func(contents, rules json.RawMessage) *contracts.Message {
				m := map[string]any{"description": "x", "contents": contents, "metaData": map[string]string{"contentType": c.ContentType}}
				if rules != nil {
					m["matchingRules"] = map[string]any{"body": rules}
				}
				i, err := interaction("3.0.0", "messages", m)
				if err != nil {
					t.Fatal(err)
				}
				return &i.Messages[0]
			}
			found := match.Message(part(c.Expected, c.Rules), part(c.Actual, nil))
			if (len(found) == 0) != (c.Result == "match") {
				t.Errorf("found %v; the reference: %s %v\nexpected %s\nrules %s\nactual %s", found, c.Result, c.Mismatches, c.Expected, c.Rules, c.Actual)
			}
			ran++
		})
	}
	t.Logf("%d probes of bodies ran", ran)
	if !strings.Contains(t.Name(), "Probes") || ran < 30 {
		t.Errorf("only %d probes ran", ran)
	}
}

func flat(text json.RawMessage) string {
	var b bytes.Buffer
	_ = json.Compact(&b, text)
	return b.String()
}
