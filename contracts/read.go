package contracts

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Bounds on what Read accepts.
const (
	MaxSize  = 64 << 20 // bytes of one file
	MaxDepth = 200      // nesting of objects and arrays in one file
)

// Read reads a pact of any version. What can be used in spite of a doubt is
// read with a warning; a file that cannot be used is refused with a
// *FileError that holds every fault. Other errors come from r.
//
// A file without a version is read as V3, or as V4 where its interactions
// say what type they are.
func Read(r io.Reader) (*Pact, []Warning, error) {
	src, err := io.ReadAll(io.LimitReader(r, MaxSize+1))
	if err != nil {
		return nil, nil, fmt.Errorf("read pact: %w", err)
	}
	src = bytes.TrimPrefix(src, []byte("\xef\xbb\xbf"))
	rd := &reader{notes: notes{src: src}}
	root := rd.root()
	if root == nil {
		return nil, nil, rd.err()
	}
	p := rd.pact(root)
	if err := rd.err(); err != nil {
		return nil, rd.warnings, err
	}
	return p, rd.warnings, nil
}

// reader turns nodes into values and notes what is wrong with them.
type reader struct {
	notes
	version Version
}

// root checks what must hold before anything can be looked at.
func (r *reader) root() *node {
	at := func(offset int) *node { return &node{src: r.src, at: offset} }
	if len(r.src) > MaxSize {
		r.fault(at(0), "split the pact", "the file is larger than %d MiB", MaxSize>>20)
		return nil
	}
	if offset := tooDeep(r.src, MaxDepth); offset >= 0 {
		r.fault(at(offset), "", "values are nested deeper than %d levels", MaxDepth)
		return nil
	}
	var any json.RawMessage
	if err := json.Unmarshal(r.src, &any); err != nil {
		offset, what := len(r.src), err.Error()
		if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
			offset = int(max(syntax.Offset-1, 0))
		}
		if len(bytes.TrimSpace(r.src)) == 0 {
			what = "the file is empty"
		}
		r.fault(at(offset), "", "not JSON: %s", what)
		return nil
	}
	if !utf8.Valid(r.src) {
		r.fault(at(0), "save it as UTF-8", "the file is not UTF-8")
		return nil
	}
	start := skipBlank(r.src, 0)
	n := &node{src: r.src, at: start, end: skipValue(r.src, start)}
	if n.shape() != isObject {
		r.fault(n, "give a pact file", "a pact is an object, but this is %s", n.shape())
		return nil
	}
	return n
}

func (r *reader) pact(root *node) *Pact {
	o := r.object(root)
	p := &Pact{Unknown: map[string]json.RawMessage{}}
	p.Metadata = r.metadata(o.take("metadata"))
	if r.version == 0 {
		r.version = guessVersion(o.byName["interactions"])
	}
	p.Version = r.version
	p.Consumer = r.pacticipant(o.take("consumer"), "consumer", p)
	p.Provider = r.pacticipant(o.take("provider"), "provider", p)
	if o.byName["interactions"] == nil && (o.byName["messages"] == nil || r.version != V3) {
		r.withoutInteractions(o)
	}
	for _, n := range r.list(o.take("interactions")) {
		p.Interactions = append(p.Interactions, r.interaction(n))
	}
	if r.version == V3 {
		for _, n := range r.list(o.take("messages")) {
			p.Interactions = append(p.Interactions, r.messageV3(n))
		}
	}
	for k, v := range r.unknown(o, "_links", "createdAt") {
		p.Unknown[k] = v
	}
	if len(p.Unknown) == 0 {
		p.Unknown = nil
	}
	return p
}

func (r *reader) withoutInteractions(o *object) {
	if r.version == V3 && (o.byName["consumer"] != nil || o.byName["provider"] != nil) {
		r.warn(o.n, "the pact has no interactions")
		return
	}
	if o.byName["consumer"] == nil && o.byName["provider"] == nil {
		r.fault(o.n, "name the pacts alone, with a glob or a folder of their own", "this is no pact: it has no consumer, no provider and no interactions")
		return
	}
	r.fault(o.n, `add "interactions"`, "the pact has no interactions")
}

// pacticipant reads {"name": ...}. Its other members are kept in p.Unknown
// under the role.
func (r *reader) pacticipant(n *node, role string, p *Pact) string {
	if n == nil {
		r.warn(&node{src: r.src, at: skipBlank(r.src, 0)}, "the pact names no %s; it is called %q", role, role)
		return role
	}
	o := r.object(n)
	name := r.text(o.take("name"))
	if name == "" {
		r.warn(n, "the %s has no name; it is called %q", role, role)
		name = role
	}
	if rest := r.unknown(o); len(rest) > 0 {
		p.Unknown[role], _ = json.Marshal(rest)
	}
	return name
}

// metadata returns what stands in the metadata besides the version, and
// leaves the version in r.
func (r *reader) metadata(n *node) map[string]json.RawMessage {
	if n == nil || n.shape() == isNull {
		r.warn(&node{src: r.src, at: skipBlank(r.src, 0)}, "the pact states no version of the specification")
		return nil
	}
	o := r.object(n)
	for _, name := range []string{"pactSpecification", "pact-specification"} {
		if spec := o.take(name); spec != nil && r.version == 0 {
			r.version = r.specification(spec)
		}
	}
	if r.version == 0 {
		r.warn(n, "the pact states no version of the specification")
	}
	rest := map[string]json.RawMessage{}
	for _, m := range o.rest() {
		rest[m.key] = m.compact()
	}
	if len(rest) == 0 {
		return nil
	}
	return rest
}

func (r *reader) specification(n *node) Version {
	if n.shape() != isObject {
		r.warn(n, `the version is expected in an object {"version": ...}; it is not used`)
		return 0
	}
	o := r.object(n)
	v := o.take("version")
	for _, m := range o.rest() {
		r.warn(m, "unknown member %q is left out", m.key)
	}
	if v == nil || v.shape() == isNull {
		return 0
	}
	version := parseVersion(v.text())
	if version == 0 {
		r.warn(v, "%q is no version of the Pact specification", v.text())
	}
	return version
}

// parseVersion reads "2", "2.0" or "2.0.0" and so on; 0 is no version.
func parseVersion(s string) Version {
	s = strings.TrimPrefix(strings.TrimSpace(s), "v")
	majorText, rest, _ := strings.Cut(s, ".")
	minorText, _, _ := strings.Cut(rest, ".")
	major, err := strconv.Atoi(majorText)
	if err != nil || major < 1 || major > 4 {
		return 0
	}
	if major == 1 && minorText == "1" {
		return V1_1
	}
	return [...]Version{0, V1, V2, V3, V4}[major]
}

func guessVersion(interactions *node) Version {
	if interactions == nil || interactions.shape() != isArray {
		return V3
	}
	list, _ := interactions.members()
	if len(list) == 0 || list[0].shape() != isObject {
		return V3
	}
	members, _ := list[0].members()
	for _, m := range members {
		if _, known := kinds[m.text()]; m.key == "type" && known {
			return V4
		}
	}
	return V3
}
