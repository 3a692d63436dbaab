package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func example() *Document {
	doc := &Document{
		Seam: Format, Verb: "test", System: "shop", Started: time.Unix(1_700_000_000, 0),
		Drive: []Step{{Name: "GET /", Result: CasePassed, Count: 2}},
		Contracts: []Contract{{Consumer: "web", Provider: "api", Source: "web-api.json", Interactions: []Interaction{
			{Description: "an <item>", States: []string{"it | exists"}, Result: CaseFailed, TraceID: "abc",
				Mismatches: []Mismatch{{Part: "body", Pointer: "/id", Expected: "1", Actual: "\"1\"", Message: "Expected \"1\" (String) to be an integer", Rule: "integer at $.id"}}},
			{Description: "later", Result: CasePending},
		}}},
		Expectations: []Expectation{{Name: "once", Result: CasePassed}},
		Load: []Load{{Scenario: "steady", Requests: 10, Valid: true, Latency: map[string]float64{"p50": 1, "p99": 2},
			Objectives: []Objective{{Text: "p99<1ms", Result: CaseFailed, Measured: "2ms"}}}},
		Findings: []Finding{{Kind: "context-lost", Edge: "web->api", Message: "```\ncalls carried no context", Evidence: []string{"def"}}},
	}
	doc.Close()
	return doc
}

func TestEveryFormatTellsTheSameStory(t *testing.T) {
	for _, format := range Formats() {
		if format == "hdr" || format == "hgrm" {
			continue // figures of a load only: see hdr_test.go
		}
		t.Run(format, func(t *testing.T) {
			var b bytes.Buffer
			if err := renderers[format](&b, example()); err != nil {
				t.Fatal(err)
			}
			for _, want := range []string{"/id", "context-lost", "p99"} {
				if !strings.Contains(b.String(), want) {
					t.Errorf("%s lacks %q:\n%s", format, want, b.String())
				}
			}
			if format != "json" && format != "text" && strings.Contains(b.String(), "<item>") {
				t.Errorf("%s lets markup through", format)
			}
		})
	}
}

func TestTheVerdictFollowsFromTheParts(t *testing.T) {
	for _, test := range []struct {
		reason string
		change func(*Document)
		want   Verdict
	}{
		{"a failed interaction", func(*Document) {}, Failed},
		{"only a pending one", func(d *Document) {
			d.Contracts[0].Interactions = d.Contracts[0].Interactions[1:]
			d.Load, d.Findings = nil, nil
		}, Passed},
		{"a warning", func(d *Document) { d.Contracts, d.Load, d.Findings[0].Warning = nil, nil, true }, Passed},
		{"a finding", func(d *Document) { d.Contracts, d.Load = nil, nil }, Failed},
		{"a figure that cannot be trusted", func(d *Document) { d.Load[0].Valid = false }, Invalid},
	} {
		doc := example()
		test.change(doc)
		doc.Close()
		if doc.Verdict != test.want {
			t.Errorf("%s: %s, want %s", test.reason, doc.Verdict, test.want)
		}
	}
}

func TestJUnitCountsWhatItLists(t *testing.T) {
	var b bytes.Buffer
	if err := JUnit(&b, example()); err != nil {
		t.Fatal(err)
	}
	var got junitSuites
	if err := xml.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.Tests != 7 || got.Failures != 3 || got.Errors != 0 || len(got.Suites) != 5 || got.Suites[1].Skipped != 1 {
		t.Errorf("%d tests, %d failures\n%s", got.Tests, got.Failures, b.String())
	}
}

func TestAFileIsWrittenWholeOrNotAtAll(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "out.json")
	if err := Write(example(), "json", path, nil); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var back Document
	if err := json.Unmarshal(text, &back); err != nil || back.Verdict != Failed {
		t.Errorf("read back %v, %v", back.Verdict, err)
	}
	if err := Write(example(), "json", filepath.Join(folder, "none", "out.json"), nil); err == nil || !strings.Contains(err.Error(), "folder") {
		t.Errorf("error %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(folder, ".seam-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if err := Write(example(), "yaml", "", nil); err == nil || errors.Is(err, os.ErrNotExist) {
		t.Errorf("an unknown format: %v", err)
	}
}

func TestGitHubsSummaryIsAppendedTo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "summary.md")
	for range 2 {
		if err := Write(example(), "github", path, nil); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil || strings.Count(string(text), "seam test shop: failed") != 2 {
		t.Errorf("%v\n%s", err, text)
	}
}
