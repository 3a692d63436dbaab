package report

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// env answers from a map.
func env(of map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		value, ok := of[name]
		return value, ok
	}
}

func TestParseTargets(t *testing.T) {
	dir := t.TempDir()
	file, summary := filepath.Join(dir, "out"), filepath.Join(dir, "summary")
	if err := os.WriteFile(summary, []byte("before\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		reason  string
		written []string
		want    []Target
		wrong   string
	}{
		{"nothing is text", nil, []Target{{"text", ""}}, ""},
		{"a format alone goes to stdout", []string{"json"}, []Target{{"json", ""}}, ""},
		{"a dash is stdout", []string{"json=-"}, []Target{{"json", ""}}, ""},
		{"several at once", []string{"text", "junit=" + file, "github"}, []Target{{"text", ""}, {"junit", file}, {"github", summary}}, ""},
		{"a path for the summary", []string{"github=" + file}, []Target{{"github", file}}, ""},
		{"a device is not tried", []string{"json=/dev/null"}, []Target{{"json", "/dev/null"}}, ""},
		{"a format that is none", []string{"yaml"}, nil, `unknown format "yaml"; choose from github, hdr, hgrm, html`},
		{"a path that is missing", []string{"json="}, nil, "there is no path after the ="},
		{"two on stdout", []string{"json", "text"}, nil, "json already goes to stdout"},
		{"two in one file", []string{"json=" + file, "junit=" + file}, nil, "json already goes to " + file},
		{"a folder that is not there", []string{"json=" + dir + "/none/out"}, nil, "there is no folder"},
		{"a folder in place of a file", []string{"json=" + dir}, nil, "is a folder; name a file in it"},
	} {
		got, err := ParseTargets(c.written, env(map[string]string{"GITHUB_STEP_SUMMARY": summary}))
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.reason, diff)
		}
		if (err == nil) != (c.wrong == "") || err != nil && !strings.Contains(err.Error(), c.wrong) {
			t.Errorf("%s: error %v, want %q", c.reason, err, c.wrong)
		}
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(left) != 1 {
		t.Errorf("trying left %v, %v", left, err)
	}
	if text, err := os.ReadFile(summary); err != nil || string(text) != "before\n" {
		t.Errorf("trying changed the summary: %q, %v", text, err)
	}
}

func TestWriteAll(t *testing.T) {
	dir := t.TempDir()
	file, summary := filepath.Join(dir, "out.json"), filepath.Join(dir, "summary.md")
	vars := env(map[string]string{"GITHUB_WORKSPACE": "/repo"})
	for _, c := range []struct {
		reason  string
		targets []Target
		want    []string // on stdout, in this order
		never   string
	}{
		{"text beside files", []Target{{"text", ""}, {"json", file}}, []string{"seam test shop: FAILED"}, "\n::error"},
		{"annotations beside text", []Target{{"text", ""}, {"github", summary}}, []string{"seam test shop: FAILED", "::error file=shop/pacts/gateway-orders.json,line=7,"}, ""},
		{"annotations alone", []Target{{"github", summary}}, []string{"::error file=shop/seam.yaml,line=41,"}, "FAILED"},
		{"no annotations within JSON", []Target{{"json", ""}, {"github", summary}}, []string{`"verdict": "failed"`}, "::error file"},
		{"text where a file cannot be written", []Target{{"json", filepath.Join(dir, "none", "x")}}, []string{"seam test shop: FAILED"}, ""},
	} {
		var b bytes.Buffer
		err := WriteAll(rich(), c.targets, &b, vars)
		if (err != nil) != strings.HasPrefix(c.reason, "text where") {
			t.Errorf("%s: %v", c.reason, err)
		}
		rest := b.String()
		for _, want := range c.want {
			_, after, found := strings.Cut(rest, want)
			if !found {
				t.Errorf("%s: stdout lacks %q", c.reason, want)
			}
			rest = after
		}
		if c.never != "" && strings.Contains(b.String(), c.never) {
			t.Errorf("%s: stdout has %q", c.reason, c.never)
		}
	}
	if text, err := os.ReadFile(summary); err != nil || strings.Count(string(text), "seam test shop: failed") != 3 {
		t.Errorf("the summary was not appended to: %v", err)
	}
}

func TestALinkAndADeviceStayWhatTheyAre(t *testing.T) {
	dir := t.TempDir()
	link, behind := filepath.Join(dir, "link.json"), filepath.Join(dir, "behind.json")
	if err := os.WriteFile(behind, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("behind.json", link); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{link, os.DevNull} {
		if err := Write(rich(), "json", path, nil); err != nil {
			t.Fatal(err)
		}
	}
	if text, err := os.ReadFile(behind); err != nil || !bytes.HasPrefix(text, []byte("{")) {
		t.Errorf("what the link leads to has %q, %v", text, err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is %v, %v", info.Mode(), err)
	}
	if info, err := os.Stat(os.DevNull); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		t.Errorf("%s is %v, %v", os.DevNull, info.Mode(), err)
	}
}
