package system

import (
	"encoding/json"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// A proposal is a service that a folder seems to hold.
type proposal struct {
	name, from, dir, url string
	build, run, calls    []string
	stub                 bool
}

// propose looks for services in a folder: those of a Procfile, else those that
// its programs are, else those of a compose file; and who calls whom, as the
// contracts in pacts/ say. The same folder always gives the same proposals.
func propose(folder fs.FS) (services []proposal, verified []string) {
	for _, look := range []func(fs.FS) []proposal{procfile, programs, composeFile} {
		if services = distinct(look(folder)); len(services) > 0 {
			break
		}
	}
	return agreed(folder, services)
}

// distinct leaves out a second service of the same name, and what has none.
func distinct(all []proposal) []proposal {
	seen := map[string]bool{}
	return slices.DeleteFunc(all, func(p proposal) bool {
		double := seen[p.name] || !isServiceName(p.name)
		seen[p.name] = true
		return double
	})
}

// readSome is a file's text; "" where there is none, or too much of it.
func readSome(folder fs.FS, name string) string {
	info, err := fs.Stat(folder, name)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxSize {
		return ""
	}
	data, err := fs.ReadFile(folder, name)
	if err != nil {
		return ""
	}
	return string(data)
}

var processLine = regexp.MustCompile(`(?m)^([A-Za-z0-9_-]+):[ \t]*(\S[^\r\n]*)`)

// procfile reads "name: command" lines; release is no service.
func procfile(folder fs.FS) (found []proposal) {
	for _, m := range processLine.FindAllStringSubmatch(readSome(folder, "Procfile"), -1) {
		if command := strings.TrimSpace(m[2]); m[1] != "release" && printable(command) {
			found = append(found, proposal{name: labelFor(m[1]), from: "Procfile", run: wordsOf(command)})
		}
	}
	return found
}

// programs looks in the folder, in those below it, and in those below
// services, apps and packages.
func programs(folder fs.FS) []proposal {
	var found []proposal
	for _, dir := range subfolders(folder, ".") {
		if slices.Contains([]string{"services", "apps", "packages", "cmd"}, dir) {
			for _, inner := range subfolders(folder, dir) {
				found = append(found, programIn(folder, inner, path.Base(inner))...)
			}
			continue
		}
		found = append(found, programIn(folder, dir, path.Base(dir))...)
	}
	if len(found) > 0 {
		return found
	}
	return programIn(folder, ".", "web")
}

var plainName = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9._-]*$`)

// subfolders are those directly below dir that may hold a service, sorted.
func subfolders(folder fs.FS, dir string) []string {
	const most = 200
	entries, err := fs.ReadDir(folder, dir)
	if err != nil {
		return nil
	}
	var found []string
	for _, e := range entries[:min(len(entries), most)] {
		other := slices.Contains([]string{"node_modules", "vendor", "testdata", "test", "tests", "e2e", "docs", "dist", "build", "bin", "out"}, e.Name())
		if e.IsDir() && plainName.MatchString(e.Name()) && !other {
			found = append(found, path.Join(dir, e.Name()))
		}
	}
	return found
}

// pythonFiles are how a program of Python is most often called.
var pythonFiles = []string{"app.py", "main.py", "server.py"}

// programIn is the service that the folder dir is, if it is one.
func programIn(folder fs.FS, dir, name string) []proposal {
	p := proposal{name: labelFor(name), dir: dir}
	has := func(file string) bool {
		info, err := fs.Stat(folder, path.Join(dir, file))
		return err == nil && info.Mode().IsRegular()
	}
	switch {
	case has("main.go"):
		p.from, p.run = "main.go", []string{"./bin/" + p.name}
		p.build = []string{"go", "build", "-o", "bin/" + p.name, "./" + dir}
		if has("go.mod") { // a module of its own is built where it is
			p.build[4] = "."
		} else {
			p.dir = "."
		}
	case has("package.json"):
		p.from, p.run = "package.json", nodeCommand(readSome(folder, path.Join(dir, "package.json")))
	case has("manage.py"):
		p.from, p.run = "manage.py", []string{"sh", "-c", "exec python3 manage.py runserver --noreload 127.0.0.1:$PORT"}
	default:
		for _, file := range pythonFiles {
			if p.run == nil && has(file) && (has("requirements.txt") || has("pyproject.toml") || dir != ".") {
				p.from, p.run = file, []string{"python3", file}
			}
		}
	}
	if p.run == nil {
		return nil
	}
	return []proposal{p}
}

// nodeCommand is how a package of Node starts; nil where it says nothing of it.
func nodeCommand(text string) []string {
	var pkg struct {
		Scripts struct {
			Start string `json:"start"`
		} `json:"scripts"`
		Main string `json:"main"`
	}
	if err := json.Unmarshal([]byte(text), &pkg); err != nil {
		return nil
	}
	switch {
	case pkg.Scripts.Start != "":
		return []string{"npm", "start"}
	case pkg.Main != "" && printable(pkg.Main):
		return []string{"node", pkg.Main}
	}
	return nil
}

var published = regexp.MustCompile(`^(?:(?:127\.0\.0\.1|0\.0\.0\.0|localhost):)?([0-9]{1,5}):[0-9]{1,5}(?:/tcp)?$`)

// composeFile takes from a compose file the services that it builds and that
// publish a port: they run already.
func composeFile(folder fs.FS) (found []proposal) {
	for _, file := range []string{"compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"} {
		text := readSome(folder, file)
		if text == "" {
			continue
		}
		wrong := &faults{lines: linesOf([]byte(text))}
		unset := func(string) (string, bool) { return "", true }
		t := &tree{faults: wrong, budget: &budget{faults: wrong}, vars: unset, anchors: map[string]*node{}}
		root := t.read([]byte(text))
		if root == nil || root.find("services") == nil {
			continue
		}
		for _, p := range root.find("services").value.pairs {
			ports := p.value.find("ports")
			if p.value.find("build") == nil || ports == nil {
				continue
			}
			for _, item := range ports.value.items {
				m := published.FindStringSubmatch(item.text)
				if m != nil && isPort(m[1], false) {
					found = append(found, proposal{name: labelFor(p.key), from: file, url: "http://127.0.0.1:" + m[1]})
					break
				}
			}
		}
		return found
	}
	return nil
}

// agreed adds what the contracts in pacts/ say: who calls whom, providers that
// are not here as stubs, and the providers that can be verified.
func agreed(folder fs.FS, services []proposal) (all []proposal, verified []string) {
	names, err := fs.Glob(folder, "pacts/*.json")
	if err != nil || len(services) == 0 {
		return services, nil
	}
	at := func(name string) int {
		return slices.IndexFunc(services, func(p proposal) bool { return p.name == name })
	}
	for _, name := range names {
		var pact struct {
			Consumer, Provider struct{ Name string }
		}
		if json.Unmarshal([]byte(readSome(folder, name)), &pact) != nil {
			return services, nil // a contract that is none would be the first fault that one meets
		}
		consumer, provider := pact.Consumer.Name, pact.Provider.Name
		if at(provider) < 0 && at(consumer) >= 0 && isServiceName(provider) {
			services = append(services, proposal{name: provider, from: "pacts/", stub: true})
		}
		to := at(provider)
		if to < 0 {
			continue
		}
		if from := at(consumer); from >= 0 && from != to && services[from].run != nil && !slices.Contains(services[from].calls, provider) {
			services[from].calls = append(services[from].calls, provider)
		}
		if !services[to].stub && !slices.Contains(verified, provider) {
			verified = append(verified, provider)
		}
	}
	return services, verified
}
