package system

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// The files of every script are taken by reader and schema alike, or refused
// by the reader.
func TestTheFixturesOfScriptsSuitTheSchema(t *testing.T) {
	schema := validator(t)
	scripts, err := filepath.Glob("../../cmd/seam/testdata/script/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	set := func(string) (string, bool) { return "9999", true }
	taken, refused := 0, 0
	for _, script := range scripts {
		archive, err := txtar.ParseFile(script)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range archive.Files {
			if !bytes.HasPrefix(file.Data, []byte("seam: 1\n")) {
				continue
			}
			if _, err := Parse(file.Name, file.Data, set); err != nil {
				refused++ // among them aliases that would fill all memory
				continue
			}
			if invalid := schema.Validate(document(t, file.Data)); invalid != nil {
				t.Errorf("%s: %s: the reader takes what the schema refuses: %v", script, file.Name, invalid)
			}
			taken++
		}
	}
	if taken < 5 || refused < 1 {
		t.Errorf("%d fixtures were taken and %d refused: too few to tell anything", taken, refused)
	}
	t.Logf("%d fixtures taken, %d refused", taken, refused)
}
