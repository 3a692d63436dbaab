package system

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
)

// Read reads and checks a seam.yaml. What is wrong with its content comes as
// an *Error that lists every fault; any other error means that it could not be
// read. Variables in its values are looked up with env, like os.LookupEnv.
func Read(path string, env func(string) (string, bool)) (*Spec, error) {
	// Asked before it is opened: to open a pipe would wait for its writer.
	switch info, err := os.Stat(path); {
	case err != nil:
		return nil, fmt.Errorf("read the system file: %w", err)
	case info.IsDir():
		return nil, fmt.Errorf("read the system file %s: it is a folder; name the file in it", path)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("read the system file %s: it is no regular file; copy it into one first", path)
	}
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrPermission) {
		return nil, fmt.Errorf("read the system file: %w; let this user read it, such as with: chmod a+r %s", err, path)
	}
	if err != nil {
		return nil, fmt.Errorf("read the system file: %w", err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxSize+1))
	if err != nil {
		return nil, fmt.Errorf("read the system file %s: %w", path, err)
	}
	spec, err := Parse(path, data, env)
	var wrong *Error
	if errors.As(err, &wrong) && wrong.Spec != nil {
		spec = wrong.Spec
	}
	if spec == nil {
		return nil, err
	}
	if wrong = wrong.With(path, spec.folders()...); wrong != nil {
		return nil, wrong
	}
	return spec, nil
}

// folders finds what is to run in a folder that does not exist. Parse leaves
// that alone: text has no file system.
func (s *Spec) folders() []Fault {
	var wrong []Fault
	look := func(key, dir string) {
		if info, err := os.Stat(dir); err == nil && info.IsDir() {
			return
		}
		f := s.Fault(s.Place(key), key, "there is no folder "+clean(dir))
		f.Remedy = "make it, or write another; it is relative to the folder of this file"
		wrong = append(wrong, f)
	}
	for i := range s.Services {
		look("services."+s.Services[i].Name+".dir", s.Services[i].Dir)
	}
	for i := range s.Drive {
		look(s.Item("drive", i)+".dir", s.Drive[i].Dir)
	}
	return wrong
}

// Parse is Read for text that was read already; file names it and is the root
// of its relative paths. It touches no other file.
func Parse(file string, data []byte, env func(string) (string, bool)) (*Spec, error) {
	whole, err := filepath.Abs(file)
	if err != nil {
		return nil, fmt.Errorf("find the system file: %w", err)
	}
	data = unmarked(data)
	wrong := &faults{lines: linesOf(data)}
	t := &tree{faults: wrong, budget: &budget{faults: wrong}, vars: env, anchors: map[string]*node{}}
	spec := &Spec{File: whole, Source: data, Name: filepath.Base(filepath.Dir(whole)), Places: map[string]Pos{}}
	root := t.read(data)
	if root == nil {
		spec = nil
	} else {
		r := &reader{faults: wrong, dir: filepath.Dir(whole), places: spec.Places, example: "seam: 1, and below it services: { web: { run: [./web] } }"}
		r.section(root, "", spec)
		r.check(root, spec)
	}
	if err := wrong.err(file, spec); err != nil {
		return nil, err
	}
	return spec, nil
}

// unmarked is the text without a byte order mark and with plain line ends.
func unmarked(data []byte) []byte {
	const mark = "\ufeff"
	ends := strings.NewReplacer("\r\n", "\n", "\r", "\n")
	return []byte(ends.Replace(strings.TrimPrefix(string(data), mark)))
}

// label is a DNS label: a name that hosts, variables and metrics can bear.
var label = regexp.MustCompile(`^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`)

func (r *reader) services(to *[]Service) field {
	return func(n *node, path string) {
		if !r.is(n, mapping, path, "a mapping of names to services") {
			return
		}
		if len(n.pairs) == 0 {
			r.wrong(n, path, "a system has at least one service", "")
		}
		folded := map[string]string{}
		for i := range n.pairs {
			p := &n.pairs[i]
			at := join(path, p.key)
			r.places[at] = p.pos
			fold := strings.ToUpper(strings.ReplaceAll(p.key, "-", "_"))
			if other, twice := folded[fold]; twice {
				r.add(Fault{Pos: p.pos, Key: at, Message: quote(p.key) + " and " + quote(other) + " would both be " + clean(fold) + "_URL to a caller", Remedy: "give one of them another name"})
			} else if !isServiceName(p.key) {
				r.add(Fault{Pos: p.pos, Key: at, Message: quote(p.key) + " cannot name a service", Remedy: labelFor(p.key)})
			}
			folded[fold] = p.key
			if !p.value.broken {
				*to = append(*to, r.service(p, at))
			}
		}
	}
}

// labelFor is the name as a service may bear it, or the rule where there is none.
func labelFor(name string) string {
	proposal := strings.Trim(regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(strings.ToLower(name), "-"), "-0123456789")
	if isServiceName(proposal) {
		return proposal
	}
	return "lower-case letters, digits and dashes, a letter first; not entry or seam"
}

func (r *reader) service(p *pair, path string) Service {
	s := Service{Name: p.key, Pos: p.pos}
	r.section(p.value, path, &s)
	if s.Run != nil || p.value.find("run") != nil {
		return s
	}
	// Without a process of its own, what is asked of it would do nothing.
	idle := []string{"build", "dir", "env", "stop"}
	if s.Stub == nil {
		idle = append(idle, "port")
	} else {
		idle = append(idle, "calls")
	}
	for _, name := range idle {
		if given := p.value.find(name); given != nil && (s.Stub != nil || s.URL != "") {
			r.add(Fault{Pos: given.pos, Key: join(path, name), Message: "seam starts no program for this service, so " + quote(name) + " does nothing", Remedy: "remove it"})
		}
	}
	return s
}

func (r *reader) call(n *node, path string) Call {
	c := Call{Pos: n.pos}
	r.short(n, path, &c)
	if c.Env == "" {
		c.Env = strings.ToUpper(strings.ReplaceAll(c.Provider, "-", "_")) + "_URL"
	}
	r.checkListen(c.Listen, c.Expose, path)
	return c
}

func (r *reader) entry(n *node, path string) Entry {
	e := Entry{Pos: n.pos}
	r.short(n, path, &e)
	r.checkListen(e.Listen, e.Expose, path)
	return e
}

// short reads a section, or a text that stands for the one key marked short.
func (r *reader) short(n *node, path string, to any) {
	if n.kind == text {
		for _, k := range shapeOf(reflect.TypeOf(to).Elem()).keys {
			if k.short {
				n = &node{kind: mapping, pos: n.pos, pairs: []pair{{k.name, n.pos, n}}}
			}
		}
	}
	r.section(n, path, to)
}

func (r *reader) checkListen(listen string, expose bool, path string) {
	if expose || isLoopback(listen) {
		return
	}
	at := join(path, "listen")
	r.add(Fault{Pos: r.at(at), Key: at, Message: "other machines could reach " + quote(listen),
		Remedy: "an address of this machine alone, such as 127.0.0.1:8000, or expose: true beside it"})
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
