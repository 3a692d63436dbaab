// Package expect judges traces by expressions such as
//
//	calls("payments") == 1 and slowest("orders->stock") <= 50ms
//
// The words are described in docs/expectations.md. An expression is pure and
// bounded: it reads one trace, loops over nothing but its exchanges, and
// calls nothing but these words.
package expect

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"
)

// What an expression may be at most.
const (
	mostText  = 4096 // bytes
	mostNodes = 300
)

// A SyntaxError says what is wrong with the text of an expression, where, and
// what to write instead.
type SyntaxError struct {
	Column  int // counted from 1, in characters
	Message string
	Remedy  string // "" where nobody can tell
}

func (e *SyntaxError) Error() string {
	if e.Remedy == "" {
		return fmt.Sprintf("column %d: %s", e.Column, e.Message)
	}
	return fmt.Sprintf("column %d: %s; %s", e.Column, e.Message, e.Remedy)
}

// A Check is a compiled expression. It is read-only and safe for use at once.
type Check struct {
	text    string
	clauses []*clause
	names   []Name
}

// A Name is a party or an edge that an expression speaks of, so that whoever
// knows the system can tell a misspelt one.
type Name struct {
	Text   string // "payments" or "orders->stock"; may contain *
	Column int    // counted from 1
}

// A clause is one of the parts that "and" joins.
type clause struct {
	node        ast.Node
	text        string // as the user would write it
	program     *vm.Program
	left, right *side // of a comparison; nil elsewhere
	op          string
}

// A side of a comparison, compiled by itself so that it can be measured.
type side struct {
	text    string
	program *vm.Program
	calls   []call
}

// A call of one of our words within a clause.
type call struct {
	word string
	args []string
}

// Compile reads an expression. Its error is a *SyntaxError.
func Compile(text string) (*Check, error) {
	if len(text) > mostText || !utf8.ValidString(text) {
		return nil, &SyntaxError{Column: 1, Message: fmt.Sprintf("an expression is UTF-8 of at most %d bytes", mostText), Remedy: "split it into several"}
	}
	src, wrong := rewrite(text)
	if wrong != nil {
		return nil, wrong
	}
	tree, err := parser.ParseWithConfig(src.text, language())
	if err != nil {
		return nil, explain(err, src)
	}
	g := &guard{}
	if g.walk(tree.Node); g.wrong != nil {
		return nil, explain(g.wrong, src)
	}
	program, err := build(src.text, expr.AsBool())
	if err != nil {
		return nil, explain(err, src)
	}
	check := &Check{text: text}
	for _, n := range g.names {
		check.names = append(check.names, Name{n.text, src.column(n.from) + 1})
	}
	for _, node := range conjuncts(program.Node()) {
		if slip := unitSlip(node); slip != nil {
			return nil, explain(slip, src)
		}
		check.clauses = append(check.clauses, newClause(node))
	}
	return check, nil
}

// options make the language: our words, and no optimizer, which would rewrite
// the tree that the messages are made from.
func options() []expr.Option {
	return []expr.Option{expr.Env(words{}), expr.DisableAllBuiltins(), expr.EnableBuiltin("len"), expr.Optimize(false), expr.DisableIfOperator()}
}

// language is what the parser is told of it.
func language() *conf.Config {
	c := conf.CreateNew()
	for _, option := range options() {
		option(c)
	}
	for name := range c.Disabled {
		delete(c.Builtins, name)
	}
	return c
}

func build(text string, more ...expr.Option) (program *vm.Program, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	return expr.Compile(text, append(options(), more...)...)
}

// conjuncts are the parts of a tree that all must hold.
func conjuncts(node ast.Node) []ast.Node {
	if b, ok := node.(*ast.BinaryNode); ok && (b.Operator == "&&" || b.Operator == "and") {
		return append(conjuncts(b.Left), conjuncts(b.Right)...)
	}
	return []ast.Node{node}
}

func newClause(node ast.Node) *clause {
	c := &clause{node: node, text: plain(node.String())}
	c.program, _ = build(node.String(), expr.AsBool())
	b, ok := node.(*ast.BinaryNode)
	if !ok || !slices.Contains([]string{"==", "!=", "<", "<=", ">", ">="}, b.Operator) {
		return c
	}
	c.left, c.right, c.op = newSide(b.Left), newSide(b.Right), b.Operator
	if len(c.left.calls) == 0 && len(c.right.calls) > 0 { // 1 == calls(...)
		c.left, c.right, c.op = c.right, c.left, mirrored[c.op]
	}
	return c
}

var mirrored = map[string]string{"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

func newSide(node ast.Node) *side {
	s := &side{text: plain(node.String()), calls: callsIn(node)}
	s.program, _ = build(node.String())
	return s
}

// callsIn lists the calls of our words below a node, from left to right.
func callsIn(node ast.Node) []call {
	var all []call
	ast.Walk(&node, visitor(func(n ast.Node) {
		if c, ok := n.(*ast.CallNode); ok {
			if name, ok := c.Callee.(*ast.IdentifierNode); ok && name.Value != durationWord {
				all = append(all, call{name.Value, literals(c.Arguments)})
			}
		}
	}))
	return all
}

type visitor func(ast.Node)

// Visit makes a visitor of a function that changes nothing.
func (v visitor) Visit(node *ast.Node) { v(*node) }

func literals(nodes []ast.Node) []string {
	var all []string
	for _, n := range nodes {
		if s, ok := n.(*ast.StringNode); ok {
			all = append(all, s.Value)
		}
	}
	return all
}

var (
	worded = regexp.MustCompile(durationWord + `\("([^"]*)"\)`)
	bared  = regexp.MustCompile(`\b(\w+)\(\)`)
)

// plain undoes the rewriting.
func plain(text string) string {
	return bared.ReplaceAllString(worded.ReplaceAllString(text, "$1"), "$1")
}

// fault is a fault at a place of the rewritten text.
type fault struct {
	from            int
	message, remedy string
}

func (f *fault) Error() string { return f.message }

// explain turns what the expression language says into our words.
func explain(err error, src *source) *SyntaxError {
	var own *fault
	if errors.As(err, &own) {
		return &SyntaxError{src.column(own.from) + 1, own.message, own.remedy}
	}
	var theirs *file.Error
	if !errors.As(err, &theirs) {
		message := plain(firstLine(err.Error()))
		return &SyntaxError{Column: 1, Message: message, Remedy: remedyFor(message)}
	}
	message := strings.ReplaceAll(plain(firstLine(theirs.Message)), "time.Duration", "duration")
	return &SyntaxError{src.column(theirs.From) + 1, message, remedyFor(message)}
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// remedyFor knows the slips that are made most.
func remedyFor(message string) string {
	switch {
	case strings.HasPrefix(message, "unknown name "):
		name := strings.TrimPrefix(message, "unknown name ")
		if near := nearest(name); near != "" {
			return fmt.Sprintf("did you mean %s?", near)
		}
		return "the words are " + strings.Join(vocabulary(), ", ") + "; names stand in quotes"
	case strings.Contains(message, "duration"):
		return "durations have units: write 50ms, not 50"
	case strings.Contains(message, `Operator("=")`):
		return "write == to compare"
	case strings.Contains(message, "expected bool"):
		return `write a condition, such as calls("payments") == 1`
	default:
		return "see docs/expectations.md"
	}
}

var durationType = reflect.TypeFor[time.Duration]()

// unitSlip finds what the type check lets pass and what would mislead: a
// duration multiplied by a fraction, which is cut to a whole number.
func unitSlip(root ast.Node) error {
	var slip error
	ast.Walk(&root, visitor(func(n ast.Node) {
		b, ok := n.(*ast.BinaryNode)
		if !ok || b.Operator != "*" || b.Type() != durationType {
			return
		}
		if b.Left.Type().Kind() == reflect.Float64 || b.Right.Type().Kind() == reflect.Float64 {
			slip = &fault{b.Location().From, "a duration is multiplied by a fraction", `multiply the other side by a whole number: 2 * slowest("a->b") <= duration`}
		}
	}))
	return slip
}
