package system

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// folderOf is a folder in memory.
func folderOf(files map[string]string) fstest.MapFS {
	folder := fstest.MapFS{}
	for name, text := range files {
		folder[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return folder
}

func TestTheStarterIsRight(t *testing.T) {
	text := Starter("shop", nil)
	if _, err := Parse("seam.yaml", text, env()); err != nil {
		t.Error(err)
	}
	if !strings.Contains(string(text), "name: shop") || strings.Contains(string(Starter("No Name", nil)), "No Name") {
		t.Error("the name is not put in, or a name that is none is")
	}
	if !strings.HasPrefix(string(text), "# yaml-language-server: $schema="+schemaID+"\n") {
		t.Error("an editor does not learn of the schema")
	}
	if diff := cmp.Diff(string(text), string(Starter("shop", fstest.MapFS{}))); diff != "" {
		t.Errorf("an empty folder changes it:\n%s", diff)
	}
}

// Every key that the starter shows in a comment exists.
func TestTheStarterIsRightWithItsCommentsTakenOff(t *testing.T) {
	var b strings.Builder
	for line := range strings.Lines(string(Starter("shop", nil))) {
		if !strings.HasPrefix(line, "# yaml-") && !strings.HasPrefix(line, "# What seam") && !strings.HasPrefix(line, "# system and") {
			line = strings.Replace(line, "# ", "", 1)
		}
		b.WriteString(line)
	}
	text := strings.Replace(b.String(), "    run: [./web]            the command; it finds", "    run: [./web]            # it finds", 1)
	if _, err := Parse("seam.yaml", []byte(text), env()); err != nil {
		t.Errorf("%v\n%s", err, text)
	}
}

func TestServicesAreProposedFromWhatIsThere(t *testing.T) {
	pact := func(consumer, provider string) string {
		return `{"consumer": {"name": "` + consumer + `"}, "provider": {"name": "` + provider + `"}, "interactions": []}`
	}
	for _, test := range []struct {
		reason   string
		files    map[string]string
		services string // up to the hints
		lines    []string
	}{
		{
			"commands of a Go module, a package of Node, and what their contracts say",
			map[string]string{
				"go.mod": "module x", "cmd/orders/main.go": "", "cmd/web/main.go": "", "mail/package.json": `{"scripts": {"start": "node ."}}`, "node_modules/x/package.json": `{"main": "x.js"}`,
				"pacts/a.json": pact("web", "orders"), "pacts/b.json": pact("web", "pay"), "pacts/c.json": pact("phone", "nobody"),
			},
			"  orders:                   # from main.go\n    build: [go, build, -o, bin/orders, ./cmd/orders]\n    run: [./bin/orders]\n" +
				"  web:                      # from main.go\n    build: [go, build, -o, bin/web, ./cmd/web]\n    run: [./bin/web]\n    calls: [orders, pay]\n" +
				"  mail:                     # from package.json\n    run: [npm, start]\n    dir: mail\n" +
				"  pay:                      # from pacts/\n    stub: { pacts: pacts/*.json }\n",
			[]string{"entry: web                  # who is called from outside: one of web, mail", "  - { pacts: pacts/*.json, provider: orders }"},
		},
		{
			"modules of their own, Python beside Node",
			map[string]string{"services/a/main.go": "", "services/a/go.mod": "", "apps/b/app.py": "", "apps/c/manage.py": "", "packages/d/package.json": `{"main": "d.js"}`, "packages/lib/package.json": `{}`},
			"  b:                        # from app.py\n    run: [python3, app.py]\n    dir: apps/b\n" +
				"  c:                        # from manage.py\n    run: [sh, -c, 'exec python3 manage.py runserver --noreload 127.0.0.1:$PORT']\n    dir: apps/c\n" +
				"  d:                        # from package.json\n    run: [node, d.js]\n    dir: packages/d\n" +
				"  a:                        # from main.go\n    build: [go, build, -o, bin/a, .]\n    run: [./bin/a]\n    dir: services/a\n",
			[]string{"entry: b"},
		},
		{
			"one program alone", map[string]string{"requirements.txt": "flask", "main.py": ""},
			"  web:                      # from main.py\n    run: [python3, main.py]\n", []string{"# entry: web", "# contracts:"},
		},
		{
			"a Procfile goes before the rest, and what a shell must read goes to one",
			map[string]string{"Procfile": "web: ./web --port $PORT\r\nrelease: ./migrate\n# no\nWork_er: ./work ${QUEUE} 'a b'\nweb: ./twice\n", "x/main.go": ""},
			"  web:                      # from Procfile\n    run: [sh, -c, './web --port $PORT']\n" +
				"  work-er:                  # from Procfile\n    run: [sh, -c, './work $${QUEUE} ''a b''']\n",
			[]string{"entry: web"},
		},
		{
			"services of a compose file that are built and published",
			map[string]string{"docker-compose.yml": "services:\n  web: { build: ., ports: [\"8080:80\"] }\n  api: { build: { context: api }, ports: [\"${PORT}:80\", \"127.0.0.1:9000:9000/tcp\"] }\n  db: { image: postgres, ports: [\"5432:5432\"] }\n  job: { build: . }\n"},
			"  web:                      # from docker-compose.yml\n    url: http://127.0.0.1:8080\n  api:                      # from docker-compose.yml\n    url: http://127.0.0.1:9000\n",
			[]string{"entry: web                  # who is called from outside: one of web, api"},
		},
		{
			"contracts that are none are left alone", map[string]string{"web/main.go": "", "pacts/a.json": "{"},
			"  web:                      # from main.go\n    build: [go, build, -o, bin/web, ./web]\n    run: [./bin/web]\n", []string{"# contracts:"},
		},
	} {
		t.Run(test.reason, func(t *testing.T) {
			text := Starter("shop", folderOf(test.files))
			_, services, _ := strings.Cut(string(text), "such as $ORDERS_URL\n")
			services, _, _ = strings.Cut(services, "    # What else")
			if diff := cmp.Diff(test.services, services); diff != "" {
				t.Error(diff)
			}
			for _, line := range test.lines {
				if !strings.Contains(string(text), "\n"+line) {
					t.Errorf("no line begins with %q:\n%s", line, text)
				}
			}
			suits(t, text)
		})
	}
}

// suits wants a starter to be right for reader and schema.
func suits(t testing.TB, text []byte) {
	t.Helper()
	if _, err := Parse("seam.yaml", text, env()); err != nil {
		t.Errorf("%v\n%s", err, text)
	}
	if err := validator(t).Validate(document(t, text)); err != nil {
		t.Errorf("%v\n%s", err, text)
	}
}

// Whatever a folder holds, what is proposed for it is right, and the same
// each time.
func TestWhateverAFolderHoldsTheStarterIsRight(t *testing.T) {
	words := []string{"web", "Orders", "a b", "entry", "${X}", "$$", "'", "é", "-", "x\x00", "true", "1", "{", ": ", "#"}
	rapid.Check(t, func(r *rapid.T) {
		word := rapid.SampledFrom(words)
		files := map[string]string{
			"Procfile":            rapid.StringMatching(`([a-z_-]{1,3}: [ -~]{0,20}\n){0,3}`).Draw(r, "Procfile"),
			"package.json":        `{"main": "` + word.Draw(r, "main") + `"}`,
			"compose.yaml":        "services:\n  " + word.Draw(r, "service") + ": { build: ., ports: [\"" + word.Draw(r, "port") + "\", \"80:80\"] }\n",
			"pacts/a.json":        `{"consumer": {"name": "` + word.Draw(r, "consumer") + `"}, "provider": {"name": "` + word.Draw(r, "provider") + `"}}`,
			"web/main.go":         "",
			"services/it/app.py":  "",
			"services/a b/app.py": "",
		}
		for _, name := range slices.Sorted(maps.Keys(files)) { // the same draws each time
			if rapid.Bool().Draw(r, "left out: "+name) {
				delete(files, name)
			}
		}
		first, second := Starter("shop", folderOf(files)), Starter("shop", folderOf(files))
		if diff := cmp.Diff(string(first), string(second)); diff != "" {
			r.Errorf("another time it is another:\n%s", diff)
		}
		if _, err := Parse("seam.yaml", first, env()); err != nil {
			r.Fatalf("%v\n%s", err, first)
		}
	})
}

// A service may be named as a word of YAML.
func TestAServiceNamedAsAWordOfYAMLIsProposed(t *testing.T) {
	for _, name := range []string{"true", "false", "null", "web"} {
		suits(t, Starter("shop", folderOf(map[string]string{
			"compose.yaml": "services:\n  \"" + name + "\": { build: ., ports: [\"80:80\"] }\n  other: { build: ., ports: [\"81:81\"] }\n",
			"pacts/a.json": `{"consumer": {"name": "other"}, "provider": {"name": "` + name + `"}}`,
		})))
	}
}

// A command in a Procfile reaches the shell as it stands there.
func TestACommandIsQuotedSoThatItMeansItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		command := rapid.StringMatching(`[!-~][ -~]{0,30}[!-~]`).Draw(t, "command")
		text := Starter("x", folderOf(map[string]string{"Procfile": "web: " + command + "\n"}))
		spec, err := Parse("seam.yaml", text, env())
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if diff := cmp.Diff(wordsOf(command), spec.Services[0].Run); diff != "" {
			t.Errorf("%s\n%s", diff, text)
		}
	})
}

func TestTheShopIsProposed(t *testing.T) {
	text := Starter("shop", os.DirFS("../../examples/shop"))
	for _, want := range []string{"  gateway:  ", "    calls: [orders, stock]", "provider: payments }", "[go, build, -o, bin/stock, ./stock]"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	suits(t, text)
}
