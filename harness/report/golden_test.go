package report

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the files of testdata and the schema anew")

// golden holds text to a file of testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; go test ./harness/report -update writes it", err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs (- is the file; -update writes it anew):\n%s", path, diff)
	}
}

func TestEveryFormatOfOneDocument(t *testing.T) {
	for name, render := range map[string]func(io.Writer, *Document) error{
		"rich.txt.golden": Text, "rich.json.golden": JSON, "rich.xml.golden": JUnit, "rich.html.golden": HTML, "rich.md.golden": Markdown,
		"rich.summary.golden":     GitHub,
		"rich.annotations.golden": func(w io.Writer, d *Document) error { return Annotations(w, d, Style{Root: "/repo"}) },
		"rich.color.golden": func(w io.Writer, d *Document) error {
			return TextIn(w, d, Style{Color: true, Width: 80, Root: "/repo"})
		},
		"clean.txt.golden": func(w io.Writer, d *Document) error {
			*d = Document{Seam: Format, Verb: "verify", Verdict: Passed, Duration: 0.5, Started: d.Started, Contracts: d.Contracts}
			d.Contracts[0].Interactions = d.Contracts[0].Interactions[1:2]
			return Text(w, d)
		},
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := render(&b, rich()); err != nil {
				t.Fatal(err)
			}
			golden(t, name, b.Bytes())
		})
	}
}
