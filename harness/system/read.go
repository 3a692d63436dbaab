package system

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// Read reads and checks a seam.yaml. What is wrong with its content comes as
// an *Error that lists every fault; any other error means that it could not be
// read. Variables in its values are looked up with env, like os.LookupEnv.
func Read(path string, env func(string) (string, bool)) (*Spec, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the system file: %w", err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxSize+1))
	if err != nil {
		return nil, fmt.Errorf("read the system file %s: %w", path, err)
	}
	spec, err := Parse(path, data, env)
	if err != nil {
		return nil, err
	}
	if wrong := spec.folders(path); wrong != nil {
		return nil, wrong
	}
	return spec, nil
}

// folders finds what is to run in a folder that does not exist. Parse leaves
// that alone: text has no file system.
func (s *Spec) folders(file string) error {
	wrong := &Error{File: file}
	look := func(pos Pos, key, dir string) {
		if info, err := os.Stat(dir); err == nil && info.IsDir() {
			return
		}
		f := s.Fault(pos, key, "there is no folder "+dir)
		f.Remedy = "make it, or write another; it is relative to the folder of this file"
		wrong.Faults = append(wrong.Faults, f)
	}
	for i := range s.Services {
		look(s.Services[i].Pos, "services."+s.Services[i].Name+".dir", s.Services[i].Dir)
	}
	for i := range s.Drive {
		look(s.Drive[i].Pos, fmt.Sprintf("drive[%d].dir", i), s.Drive[i].Dir)
	}
	if len(wrong.Faults) == 0 {
		return nil
	}
	return wrong
}

// Parse is Read for text that was read already; file names it and is the root
// of its relative paths.
func Parse(file string, data []byte, env func(string) (string, bool)) (*Spec, error) {
	whole, err := filepath.Abs(file)
	if err != nil {
		return nil, fmt.Errorf("find the system file: %w", err)
	}
	wrong := &faults{lines: strings.Split(string(data), "\n")}
	t := &tree{faults: wrong, budget: &budget{}, vars: env, anchors: map[string]*node{}}
	root := t.read(data)
	spec := &Spec{File: whole, Source: data, Name: filepath.Base(filepath.Dir(whole))}
	if root != nil {
		r := &reader{faults: wrong, dir: filepath.Dir(whole)}
		r.system(root, spec)
		r.check(root, spec)
	}
	if err := wrong.err(file); err != nil {
		return nil, err
	}
	return spec, nil
}

// format is the only version of the file so far.
const format = 1

func (r *reader) system(n *node, spec *Spec) {
	version := 0
	r.section(n, "", map[string]field{
		"seam":     r.count(&version, format, format),
		"name":     r.text(&spec.Name),
		"services": func(n *node, path string) { r.services(n, path, spec) },
		"entry":    func(n *node, path string) { r.entry(n, path, &spec.Entry) },
		"drive":    r.each(func(n *node, path string) { spec.Drive = append(spec.Drive, r.step(n, path)) }),
		"contracts": r.each(func(n *node, path string) {
			spec.Contracts = append(spec.Contracts, r.contract(n, path))
		}),
		"expect":  r.each(func(n *node, path string) { spec.Expect = append(spec.Expect, r.expectation(n, path)) }),
		"load":    r.each(func(n *node, path string) { spec.Load = append(spec.Load, r.load(n, path)) }),
		"publish": r.each(func(n *node, path string) { spec.Publish = append(spec.Publish, r.publish(n, path)) }),
		"coverage": func(n *node, path string) {
			spec.Coverage.Pos = n.pos
			r.section(n, path, map[string]field{"calls": r.share(&spec.Coverage.Calls), "interactions": r.share(&spec.Coverage.Interactions)})
		},
	})
	if n.kind == mapping && n.find("seam") == nil {
		r.add(Fault{Pos: n.pos, Key: "seam", Message: "the version of the format is missing", Remedy: "begin the file with seam: 1"})
	}
	if n.kind == mapping && n.find("services") == nil {
		r.add(Fault{Pos: n.pos, Key: "services", Message: "the services are missing", Remedy: "services: { web: { run: [./web] } }"})
	}
}

// label is a DNS label: a name that hosts, variables and metrics can bear.
var label = regexp.MustCompile(`^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`)

func (r *reader) services(n *node, path string, spec *Spec) {
	if !r.is(n, mapping, path, "a mapping of names to services") {
		return
	}
	for i := range n.pairs {
		p := &n.pairs[i]
		if !label.MatchString(p.key) || p.key == "entry" || p.key == "seam" {
			r.add(Fault{Pos: p.pos, Key: join(path, p.key), Message: quote(p.key) + " cannot name a service",
				Remedy: "lower-case letters, digits and dashes, a letter first; not entry or seam"})
		}
		spec.Services = append(spec.Services, r.service(p, join(path, p.key)))
	}
}

const (
	defaultReady = 60 * time.Second
	defaultStop  = 5 * time.Second
)

func (r *reader) service(p *pair, path string) Service {
	s := Service{Name: p.key, Pos: p.pos, Dir: r.dir, Ready: Ready{Within: defaultReady}, Stop: Stop{Within: defaultStop}}
	r.section(p.value, path, map[string]field{
		"build": r.argv(&s.Build),
		"run":   r.argv(&s.Run),
		"url":   r.webURL(&s.URL),
		"stub": func(n *node, path string) {
			s.Stub = &Stub{}
			r.section(n, path, map[string]field{"pacts": r.pacts(&s.Stub.Pacts)})
		},
		"dir":          r.path(&s.Dir),
		"env":          r.mapOf(&s.Env),
		"port":         r.count(&s.Port, 1, 65535),
		"ready":        func(n *node, path string) { r.ready(n, path, &s.Ready) },
		"after":        r.texts(&s.After),
		"calls":        r.each(func(n *node, path string) { s.Calls = append(s.Calls, r.call(n, path)) }),
		"instrumented": r.boolean(&s.Instrumented),
		"stop":         func(n *node, path string) { r.section(n, path, map[string]field{"within": r.duration(&s.Stop.Within)}) },
	})
	ways := 0
	for _, given := range []bool{s.Run != nil, s.URL != "", s.Stub != nil} {
		if given {
			ways++
		}
	}
	if ways != 1 && p.value.kind == mapping && !r.reported(path) {
		r.add(Fault{Pos: p.pos, Key: path, Message: fmt.Sprintf("a service needs one of run, url and stub, but has %d of them", ways),
			Remedy: "run: [./" + clean(p.key) + "], or url: http://127.0.0.1:8080, or stub: { pacts: pacts/*.json }"})
	}
	if s.Stub != nil && len(s.Stub.Pacts) == 0 && !r.reported(path) {
		r.add(Fault{Pos: p.pos, Key: join(path, "stub"), Message: "a stub needs pacts to play from", Remedy: "stub: { pacts: pacts/*.json }"})
	}
	return s
}

// reported says whether something below the key is wrong already: then what
// follows from it is not worth a fault of its own.
func (r *reader) reported(path string) bool {
	for i := range r.list {
		if strings.HasPrefix(r.list[i].Key, path+".") {
			return true
		}
	}
	return false
}

func (r *reader) ready(n *node, path string, to *Ready) {
	var tcp bool
	r.section(n, path, map[string]field{
		"http": r.text(&to.HTTP), "log": r.text(&to.Log), "tcp": r.boolean(&tcp), "within": r.duration(&to.Within),
	})
	if to.HTTP != "" && to.Log != "" {
		r.wrong(n, path, "http and log cannot both say when a service is ready", "keep one of them")
	}
	if to.HTTP != "" && !strings.HasPrefix(to.HTTP, "/") {
		r.wrong(n, path, "http must be a path that begins with /", "http: /healthz")
	}
	if _, err := regexp.Compile(to.Log); err != nil {
		r.wrong(n, path, "log is no regular expression: "+err.Error(), "")
	}
}

func (r *reader) call(n *node, path string) Call {
	c := Call{Pos: n.pos, Value: "{url}", Listen: "127.0.0.1:0", Protocol: "http"}
	if n.kind == text {
		c.Provider = n.text
	} else {
		r.section(n, path, map[string]field{
			"service": r.text(&c.Provider), "env": r.text(&c.Env), "value": r.text(&c.Value),
			"listen": r.address(&c.Listen), "protocol": r.text(&c.Protocol),
		})
	}
	if c.Env == "" {
		c.Env = strings.ToUpper(strings.ReplaceAll(c.Provider, "-", "_")) + "_URL"
	}
	if c.Protocol != "http" && c.Protocol != "tcp" {
		r.wrong(n, path, "protocol "+quote(c.Protocol)+" is not known", "http or tcp; gRPC passes as tcp")
	}
	if !isVariable(c.Env) {
		r.wrong(n, path, quote(c.Env)+" cannot name a variable", "letters, digits and _, such as ORDERS_URL")
	}
	return c
}

func (r *reader) entry(n *node, path string, e *Entry) {
	e.Pos, e.Listen = n.pos, "127.0.0.1:0"
	if n.kind == text {
		e.Service = n.text
		return
	}
	r.section(n, path, map[string]field{"service": r.text(&e.Service), "listen": r.address(&e.Listen)})
}

// body is what a request carries: text as it is, any other value as JSON.
func (r *reader) body(to *Request) field {
	return func(n *node, _ string) {
		if n.kind == text {
			to.Body = []byte(n.text)
			return
		}
		encoded, err := json.Marshal(n.value())
		if err != nil {
			r.wrong(n, "body", "this cannot be written as JSON: "+err.Error(), "")
			return
		}
		to.Body = encoded
		if _, given := header(to.Headers, "Content-Type"); !given {
			if to.Headers == nil {
				to.Headers = map[string]string{}
			}
			to.Headers["Content-Type"] = "application/json"
		}
	}
}

func header(headers map[string]string, name string) (string, bool) {
	for key, value := range headers {
		if strings.EqualFold(key, name) {
			return value, true
		}
	}
	return "", false
}

// value is the node as encoding/json writes it.
func (n *node) value() any {
	switch n.kind {
	case boolean:
		return strings.EqualFold(n.text, "true")
	case number:
		return n.number
	case text:
		return n.text
	case list:
		items := make([]any, 0, len(n.items))
		for _, item := range n.items {
			items = append(items, item.value())
		}
		return items
	case mapping:
		members := make(map[string]any, len(n.pairs))
		for i := range n.pairs {
			members[n.pairs[i].key] = n.pairs[i].value.value()
		}
		return members
	}
	return nil
}
