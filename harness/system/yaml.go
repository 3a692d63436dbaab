package system

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// The bounds of a seam.yaml. The parser takes time that grows with the square
// of depth and of keys in a row, so both are bounded before it runs.
const (
	maxSize   = 1 << 20 // bytes
	maxTokens = 50_000  // words and punctuation marks of YAML
	maxDepth  = 64      // mappings and lists within one another
)

type kind uint8

const (
	null kind = iota
	boolean
	number
	text
	list
	mapping
)

func (k kind) String() string {
	return [...]string{"nothing", "true or false", "a number", "text", "a list", "a mapping"}[k]
}

// A node is a YAML value whose anchors, aliases and merge keys are resolved.
// Aliases share nodes, so a tree of few nodes can be large to walk.
type node struct {
	kind     kind
	pos      Pos
	text     string // of a scalar: as written, without quotes
	variable bool   // a text that holds a variable, or stands for a default
	number   any    // int64, uint64 or float64
	broken   bool   // a text whose variables could not be put in
	implied  bool   // a null that nobody wrote
	items    []*node
	pairs    []pair
	weight   int // of it and all below it, aliases put in
}

type pair struct {
	key   string
	pos   Pos // of the key
	value *node
}

// find returns the pair with that key; nil where there is none.
func (n *node) find(key string) *pair {
	for i := range n.pairs {
		if n.pairs[i].key == key {
			return &n.pairs[i]
		}
	}
	return nil
}

// A tree builds nodes from the text of a file.
type tree struct {
	faults  *faults
	budget  *budget
	vars    variables
	anchors map[string]*node // those whose values are complete, which rules cycles out
}

// read returns the only document of a file, or nil after a fault.
func (t *tree) read(data []byte) *node {
	if len(data) > maxSize {
		t.faults.add(Fault{Message: fmt.Sprintf("the file is longer than %d KiB", maxSize>>10),
			Remedy: "keep bodies and data in files of their own"})
		return nil
	}
	if at, ok := invalidUTF8(data); ok {
		t.faults.add(Fault{Pos: at, Message: "this is not UTF-8", Remedy: "save the file as UTF-8"})
		return nil
	}
	file, err := parse(string(data))
	if err != nil {
		t.faults.add(t.syntax(err))
		return nil
	}
	var body ast.Node
	for _, doc := range file.Docs {
		switch {
		case doc.Body == nil || doc.Body.Type() == ast.CommentType:
		case body != nil:
			t.faults.add(Fault{Pos: placeOf(doc.Body), Message: "a second document starts here, and a system is one",
				Remedy: "remove the line --- and what follows it"})
			return nil
		default:
			body = doc.Body
		}
	}
	if body == nil {
		t.faults.add(Fault{Message: "the file is empty", Remedy: "write one with: seam init"})
		return nil
	}
	return t.node(body, "")
}

// parse runs the YAML parser within the bounds. The parser is known to panic
// on some malformed input, which is an error like any other here.
func parse(data string) (file *ast.File, err error) {
	defer func() {
		if r := recover(); r != nil {
			file, err = nil, errors.New("the YAML parser cannot make sense of the file")
		}
	}()
	tokens := joinPlain(lexer.Tokenize(data))
	if err := bound(tokens); err != nil {
		return nil, err
	}
	return parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
}

// bound refuses what would take the parser too long.
func bound(tokens token.Tokens) error {
	if len(tokens) > maxTokens {
		return &yaml.SyntaxError{Message: fmt.Sprintf("the file has more than %d values and marks", maxTokens), Token: tokens[maxTokens]}
	}
	flow, columns := 0, []int(nil)
	for _, tk := range tokens {
		at := tk
		switch tk.Type {
		case token.MappingStartType, token.SequenceStartType:
			flow++
		case token.MappingEndType, token.SequenceEndType:
			flow = max(0, flow-1)
		case token.MappingValueType:
			if tk.Prev != nil {
				at = tk.Prev
			}
			fallthrough
		case token.SequenceEntryType, token.MappingKeyType:
			if flow == 0 {
				columns = indent(columns, at.Position.Column)
			}
		}
		if flow+len(columns) > maxDepth {
			return &yaml.SyntaxError{Message: fmt.Sprintf("values lie more than %d levels deep", maxDepth), Token: tk}
		}
	}
	return nil
}

// indent is the stack of indentations once something starts at column.
func indent(columns []int, column int) []int {
	for len(columns) > 0 && columns[len(columns)-1] > column {
		columns = columns[:len(columns)-1]
	}
	if len(columns) > 0 && columns[len(columns)-1] == column {
		return columns
	}
	return append(columns, column)
}

// slips are what the parser says of usual slips, and what we say instead.
var slipsOfYAML = []struct{ said, message, remedy string }{
	{"must be specified", "a [ or { that is open here is not closed", "close it, or quote what is meant as text"},
	{"value is not allowed in this context", "this is not indented like what stands above it", "as many spaces as the line that it belongs beside"},
	{"could not find end character", "the quote that opens here is not closed", "close it, or leave it out"},
	{"reserved character", "a text cannot begin with this character", "quote the value"},
	{"map key-value is pre-defined", "this is not indented like what stands above it", "as many spaces as the line that it belongs beside"},
	{"unexpected key name", "a key of a mapping stands here where a value is expected", "as many spaces as the line that it belongs beside, or quote the value"},
	{"non-map value", "this is neither a key with its value nor indented below one", "key: value"},
	{"could not find alias", "there is no anchor of this name", "put &name at an earlier value, or quote a * that is meant as text"},
}

// syntax says where the parser gave up and, for the usual slips, why.
func (t *tree) syntax(err error) Fault {
	f := Fault{Remedy: "look for brackets, quotes and indentation around here"}
	var syntax *yaml.SyntaxError
	if !errors.As(err, &syntax) {
		f.Message = clean(err.Error())
		return f
	}
	f.Message = clean(syntax.Message) // its Error draws the source, in time that grows with the square of the tokens
	if syntax.Token != nil && syntax.Token.Position != nil {
		f.Pos = Pos{syntax.Token.Position.Line, syntax.Token.Position.Column}
	}
	line := t.faults.line(f.Pos.Line)
	switch trimmed := strings.TrimLeft(line, " "); {
	case strings.HasPrefix(trimmed, "\t"):
		f.Pos.Column = len(line) - len(trimmed) + 1
		f.Message, f.Remedy = "a tab indents this line, and YAML takes only spaces", "two spaces in place of each tab"
		return f
	case strings.Contains(line, "${"):
		f.Remedy = `quote what holds a variable: "${NAME}"`
		return f
	}
	for _, slip := range slipsOfYAML {
		if strings.Contains(syntax.Message, slip.said) {
			f.Message, f.Remedy = slip.message, slip.remedy
		}
	}
	return f
}

func invalidUTF8(data []byte) (Pos, bool) {
	if utf8.Valid(data) {
		return Pos{}, false
	}
	for n, line := range bytes.Split(data, []byte("\n")) {
		if utf8.Valid(line) {
			continue
		}
		column := 1
		for len(line) > 0 {
			r, size := utf8.DecodeRune(line)
			if r == utf8.RuneError && size == 1 {
				break
			}
			line, column = line[size:], column+1
		}
		return Pos{n + 1, column}, true
	}
	return Pos{}, true
}

// placeOf is where a value starts: a mapping without braces at its first key.
func placeOf(n ast.Node) Pos {
	switch v := n.(type) {
	case *ast.MappingNode:
		if !v.IsFlowStyle && len(v.Values) > 0 {
			return placeOf(v.Values[0].Key)
		}
	case *ast.MappingValueNode:
		return placeOf(v.Key)
	}
	tk := n.GetToken()
	if tk == nil || tk.Position == nil {
		return Pos{}
	}
	return Pos{max(1, tk.Position.Line), max(1, tk.Position.Column)}
}

// node turns a value into a node; path is the key that leads to it.
func (t *tree) node(from ast.Node, path string) *node {
	n := &node{pos: placeOf(from), text: scalarText(from)}
	n.weight = overhead + len(n.text)
	switch v := from.(type) {
	case *ast.NullNode:
		n.implied = v.Token != nil && v.Token.Type == token.ImplicitNullType
	case *ast.BoolNode:
		n.kind = boolean
	case *ast.IntegerNode:
		n.kind, n.number = number, v.Value
	case *ast.FloatNode:
		n.kind, n.number = number, v.Value
	case *ast.StringNode:
		t.text(n, v.Value, path)
	case *ast.LiteralNode:
		t.text(n, v.Value.Value, path)
	case *ast.SequenceNode:
		n.kind = list
		for i, item := range v.Values {
			child := t.node(item, path+"["+strconv.Itoa(i)+"]")
			n.items, n.weight = append(n.items, child), n.weight+child.weight
		}
	case *ast.MappingNode:
		t.mapping(n, v.Values, path)
	case *ast.MappingValueNode:
		t.mapping(n, []*ast.MappingValueNode{v}, path)
	case *ast.AnchorNode:
		value := t.node(v.Value, path)
		t.anchors[v.Name.GetToken().Value] = value
		return value
	case *ast.AliasNode:
		return t.alias(v, path)
	case *ast.TagNode:
		return t.tagged(v, path)
	default:
		n.broken, n.kind = true, text
		t.faults.add(Fault{Pos: n.pos, Key: path, Message: "this kind of YAML value is not understood here", Remedy: "quote it, if it is meant as text"})
	}
	return n
}

func scalarText(n ast.Node) string {
	if tk := n.GetToken(); tk != nil {
		return tk.Value
	}
	return ""
}

func (t *tree) alias(v *ast.AliasNode, path string) *node {
	name := scalarText(v.Value)
	if n, ok := t.anchors[name]; ok {
		if t.budget.spend(n.weight, placeOf(v)) {
			return n
		}
		return &node{kind: text, pos: placeOf(v), broken: true}
	}
	names := make([]string, 0, len(t.anchors))
	for known := range t.anchors {
		names = append(names, known)
	}
	f := Fault{Pos: placeOf(v), Key: path, Message: "no anchor &" + clean(name) + " is complete before this alias",
		Remedy: "&" + clean(name) + " at an earlier value, or quotes round a * that is meant as text"}
	if near := Nearest(name, names); near != "" {
		f.Message, f.Remedy = f.Message+"; did you mean "+quote("*"+near)+"?", "*"+near
	}
	t.faults.add(f)
	return &node{kind: text, pos: placeOf(v), broken: true}
}

// tagged understands !!str, which turns any scalar into text.
func (t *tree) tagged(v *ast.TagNode, path string) *node {
	tag := v.GetToken().Value
	scalar, ok := v.Value.(ast.ScalarNode)
	if tag != "!!str" || !ok {
		n := &node{kind: text, pos: placeOf(v), broken: true}
		t.faults.add(Fault{Pos: n.pos, Key: path, Message: "the tag " + quote(tag) + " is not understood", Remedy: "leave the tag out; quote what is meant as text"})
		return n
	}
	n := &node{pos: placeOf(v)}
	t.text(n, scalarText(scalar), path)
	return n
}
