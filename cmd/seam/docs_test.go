package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

const docs = "../../docs"

// verbs are those that a user sees, beside help and completion.
func verbs() []*cobra.Command {
	var all []*cobra.Command
	for _, cmd := range rootCommand().Commands() {
		if cmd.IsAvailableCommand() && cmd.Name() != "completion" {
			all = append(all, cmd)
		}
	}
	return all
}

// A block is a fenced part of a page: its info string and its text.
type block struct{ info, text string }

var fence = regexp.MustCompile("(?ms)^```([^\n]*)\n(.*?)^```$")

func blocks(page string) []block {
	var all []block
	for _, m := range fence.FindAllStringSubmatch(page, -1) {
		all = append(all, block{m[1], m[2]})
	}
	return all
}

func readPage(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// follow runs a page from top to bottom: its console blocks are typed, and a
// block such as ```yaml seam.yaml writes that file.
func follow(t *testing.T, page, folder string) {
	t.Helper()
	c := newConsole(t, folder)
	for _, b := range blocks(page) {
		kind, file, named := strings.Cut(b.info, " ")
		switch {
		case kind == "console" && !strings.HasPrefix(b.text, "$ make "):
			c.run(b.text)
		case named:
			if err := os.WriteFile(filepath.Join(folder, file), []byte(b.text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if t.Failed() {
			return
		}
	}
}

func TestEveryVerbHasAPageThatRuns(t *testing.T) {
	for _, verb := range verbs() {
		t.Run(verb.Name(), func(t *testing.T) {
			page := readPage(t, filepath.Join(docs, "verbs", verb.Name()+".md"))
			if !strings.Contains(readPage(t, "../../README.md"), "docs/verbs/"+verb.Name()+".md") {
				t.Error("the README does not link the page")
			}
			if n := calls(page, verb.Name()); n < 3 {
				t.Errorf("the page shows %d calls of seam %s, want at least 3", n, verb.Name())
			}
			for _, title := range []string{"## Synopsis", "## Flags", "## Exit codes", "## Examples"} {
				if !strings.Contains(page, "\n"+title+"\n") {
					t.Errorf("the page has no part %q", title)
				}
			}
			if !strings.Contains(page, verb.UseLine()) {
				t.Errorf("the synopsis is not %q", verb.UseLine())
			}
			follow(t, page, prepared(t))
		})
	}
}

// The tour of the README runs in a folder that has the services and no seam.yaml.
func TestTheReadmeRuns(t *testing.T) {
	folder := prepared(t)
	if err := os.Remove(filepath.Join(folder, "seam.yaml")); err != nil {
		t.Fatal(err)
	}
	follow(t, readPage(t, "../../README.md"), folder)
}

func TestThePagesOfWhatASystemDoesRun(t *testing.T) {
	for _, page := range []string{"scenarios", "load-and-system", "faults"} {
		t.Run(page, func(t *testing.T) { follow(t, readPage(t, docs+"/"+page+".md"), prepared(t)) })
	}
}

// What the README calls of make is proven where the project is checked: by .ci/run.
func TestWhatTheReadmeMakesIsWhatTheCheckMakes(t *testing.T) {
	check := strings.Split(readPage(t, "../../.ci/run"), "\n")
	found := 0
	for _, b := range blocks(readPage(t, "../../README.md")) {
		for _, cmd := range commands(b.text) {
			line, _, _ := strings.Cut(cmd.line, " #")
			if !strings.HasPrefix(line, "make ") {
				continue
			}
			found++
			if !slices.Contains(check, strings.TrimSpace(line)) {
				t.Errorf("the README says %q, which .ci/run does not call", line)
			}
		}
	}
	if found < 2 {
		t.Errorf("the README calls make %d times, want make demo and make test", found)
	}
}

func TestLinksLeadSomewhere(t *testing.T) {
	pages, err := filepath.Glob(docs + "/*/*.md")
	if err != nil {
		t.Fatal(err)
	}
	above, err := filepath.Glob(docs + "/*.md")
	if err != nil {
		t.Fatal(err)
	}
	link := regexp.MustCompile(`\]\(([^)#]+)[^)]*\)`)
	for _, page := range slices.Concat(pages, above, []string{"../../README.md"}) {
		for _, m := range link.FindAllStringSubmatch(readPage(t, page), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), m[1])); err != nil {
				t.Errorf("%s links to %s, which is not there", page, m[1])
			}
		}
	}
}

func TestEveryPageIsThatOfAVerb(t *testing.T) {
	pages, err := filepath.Glob(docs + "/verbs/*.md")
	if err != nil || len(pages) == 0 {
		t.Fatalf("no pages in docs/verbs: %v", err)
	}
	for _, page := range pages {
		name := strings.TrimSuffix(filepath.Base(page), ".md")
		if !slices.ContainsFunc(verbs(), func(c *cobra.Command) bool { return c.Name() == name }) {
			t.Errorf("docs/verbs/%s.md: there is no such verb", name)
		}
	}
}

// calls counts the commands of a page that call the verb.
func calls(page, verb string) (n int) {
	call := regexp.MustCompile(`\bseam ` + verb + `\b`)
	for _, b := range blocks(page) {
		for _, cmd := range commands(b.text) {
			if b.info == "console" && call.MatchString(cmd.line) {
				n++
			}
		}
	}
	return n
}

var flagRow = regexp.MustCompile("(?m)^\\| (?:`-(\\w)`, )?`--([a-z-]+)")

func TestPagesListTheFlagsThatThereAre(t *testing.T) {
	for _, verb := range verbs() {
		_, flags, _ := strings.Cut(readPage(t, filepath.Join(docs, "verbs", verb.Name()+".md")), "\n## Flags\n")
		flags, _, _ = strings.Cut(flags, "\n## ")
		documented := map[string]string{}
		for _, row := range flagRow.FindAllStringSubmatch(flags, -1) {
			documented[row[2]] = row[1]
		}
		verb.Flags().VisitAll(func(f *pflag.Flag) {
			short, found := documented[f.Name]
			delete(documented, f.Name)
			switch {
			case f.Hidden:
			case !found:
				t.Errorf("docs/verbs/%s.md does not list --%s: %s", verb.Name(), f.Name, f.Usage)
			case short != f.Shorthand:
				t.Errorf("docs/verbs/%s.md: --%s is listed with the letter %q, but has %q", verb.Name(), f.Name, short, f.Shorthand)
			}
		})
		for name := range documented {
			t.Errorf("docs/verbs/%s.md lists --%s, which does not exist", verb.Name(), name)
		}
	}
}

// The part of the page of seam load that is about compare lists its flags.
func TestThePageListsTheFlagsOfCompare(t *testing.T) {
	_, part, _ := strings.Cut(readPage(t, docs+"/verbs/load.md"), "\n## Compare\n")
	part, _, _ = strings.Cut(part, "\n## ")
	var listed, want []string
	for _, row := range flagRow.FindAllStringSubmatch(part, -1) {
		listed = append(listed, row[2])
	}
	compareCommand().Flags().VisitAll(func(f *pflag.Flag) { want = append(want, f.Name) })
	slices.Sort(listed)
	if !slices.Equal(listed, want) {
		t.Errorf("the page lists %v, and there are %v", listed, want)
	}
}

// setting is what the examples of a verb's help rely on, typed before each.
var setting = map[string]string{
	"init":   "$ rm -f seam.yaml && mkdir -p services/shop",
	"verify": "$ PORT=8080 python3 orders.py &\norders listens on 8080\n",
	"load":   "$ PORT=8080 service &\nlistening on 127.0.0.1:8080\n$ PORT=9090 orders &\norders listens on 9090\n",
	"traces": "$ seam up -q --page 127.0.0.1:7326 &\n...\nCtrl-C stops everything\n" +
		"$ entry=$(curl -s http://127.0.0.1:7326/api/system | sed 's/.*\"entry\":\"\\([^\"]*\\)\".*/\\1/')\n" +
		"$ curl -s -H 'traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' $entry/checkout\n{\"order\":7,\"euro\":4.5}\n",
}

func TestEveryVerbShowsThreeExamplesThatRun(t *testing.T) {
	for _, verb := range verbs() {
		examples := strings.Split(strings.ReplaceAll(verb.Example, "\\\n", "\\\n> "), "\n  ")
		if len(examples) < 3 {
			t.Errorf("seam %s --help shows %d examples, want at least 3", verb.Name(), len(examples))
		}
		for _, example := range examples {
			t.Run(verb.Name(), func(t *testing.T) {
				c := newConsole(t, prepared(t))
				c.run("$ set -o pipefail   # what fails before the end of a pipe counts\n")
				c.run(setting[verb.Name()])
				c.run(exampleBlock(strings.TrimSpace(example)))
			})
		}
	}
}

// The console of these tests is not content with whatever happens.
func TestTheConsoleNoticesWhatFails(t *testing.T) {
	c := newConsole(t, t.TempDir())
	c.run("$ set -o pipefail\n")
	for _, c2 := range []struct{ line, want string }{
		{"seam nonsense", "left with exit code 2, want 0"},
		{"seam nonsense | cat", "left with exit code 2, want 0"},
		{"seam --nope 2>/dev/null", "left with exit code 2, want 0"},
		{"no-such-program", "left with exit code 127, want 0"},
	} {
		if wrong := c.enter(&command{line: c2.line}); !strings.Contains(wrong, c2.want) {
			t.Errorf("$ %s: the console says %q", c2.line, wrong)
		}
	}
	if wrong := c.enter(&command{line: "seam version", code: 1}); !strings.Contains(wrong, "left with exit code 0, want 1") {
		t.Errorf("the console says %q", wrong)
	}
}

// exampleBlock is an example as a block; a verb that stays is ended once it is up.
func exampleBlock(example string) string {
	stays := strings.HasPrefix(example, "seam up") || strings.HasPrefix(example, "seam stub")
	if !stays || strings.Contains(example, "&") {
		return "$ " + example + "\n"
	}
	example, _, _ = strings.Cut(example, " #")
	return "$ " + example + " &\n...\n...Ctrl-C stops...\n...\n$ kill %1; wait %1   # exit code 130\n"
}

func TestHelpFitsATerminalOfAHundredColumns(t *testing.T) {
	for _, cmd := range append(verbs(), rootCommand()) {
		var out strings.Builder
		cmd.Root().SetOut(&out)
		cmd.Root().SetArgs(append(strings.Fields(cmd.CommandPath())[1:], "--help"))
		if err := cmd.Root().ExecuteContext(t.Context()); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(out.String()) {
			if len([]rune(line)) > helpWidth+1 {
				t.Errorf("%s --help: %d columns: %s", cmd.CommandPath(), len([]rune(line))-1, line)
			}
		}
	}
}
