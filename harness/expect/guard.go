package expect

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/expr-lang/expr/ast"
)

// A guard walks the tree of an expression, before it is checked, and stops at
// what could loop, build or reach for more than a condition needs. It notes
// the names that the expression speaks of.
type guard struct {
	wrong *fault
	names []spoken
	nodes int
}

type spoken struct {
	text string
	from int
}

// walk visits a node and all below it. It counts what it meets, since in a
// chain of comparisons one node has two parents: a short text can stand for a
// tree that nobody could walk to its end.
func (g *guard) walk(node ast.Node) {
	from := node.Location().From
	if g.nodes++; g.nodes > mostNodes && g.wrong == nil {
		g.wrong = &fault{from, fmt.Sprintf("an expression has at most %d parts", mostNodes), "split it into several"}
	}
	if g.wrong != nil {
		return
	}
	switch n := node.(type) {
	case *ast.NilNode, *ast.IdentifierNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.StringNode:
	case *ast.UnaryNode:
		g.walk(n.Node)
	case *ast.ConditionalNode:
		g.all(n.Cond, n.Exp1, n.Exp2)
	case *ast.ArrayNode:
		g.all(n.Nodes...)
	case *ast.BinaryNode:
		if n.Operator == ".." {
			g.wrong = &fault{from, "ranges are not part of expectations", "compare with < and <= instead"}
			return
		}
		g.all(n.Left, n.Right)
	case *ast.BuiltinNode:
		if n.Name != "len" {
			message := "unknown name " + n.Name
			g.wrong = &fault{from, message, remedyFor(message)}
			return
		}
		g.all(n.Arguments...)
	case *ast.CallNode:
		g.call(n, from)
		g.all(n.Arguments...)
	default:
		g.wrong = &fault{from, "an expectation is a condition over a trace: no loops, members, variables or maps", "see docs/expectations.md"}
	}
}

func (g *guard) all(nodes ...ast.Node) {
	for _, node := range nodes {
		g.walk(node)
	}
}

// call holds arguments to literals: they can then be checked before a run.
func (g *guard) call(n *ast.CallNode, from int) {
	name, ok := n.Callee.(*ast.IdentifierNode)
	if !ok {
		g.wrong = &fault{from, "only the words of expectations can be called", "the words are " + strings.Join(vocabulary(), ", ")}
		return
	}
	if name.Value == durationWord {
		g.literalDuration(n, from)
		return
	}
	m, known := measures[name.Value]
	if !known {
		return // the type check names it, with its place
	}
	for i, arg := range n.Arguments {
		text, ok := arg.(*ast.StringNode)
		if !ok || strings.TrimSpace(text.Value) == "" {
			g.wrong = &fault{arg.Location().From, name.Value + " takes names in quotes", fmt.Sprintf("write %s", m.example)}
			return
		}
		if !m.keyLast || i < len(n.Arguments)-1 {
			g.speak(text.Value, arg.Location().From)
		}
	}
	if n := len(n.Arguments); n < m.least {
		g.wrong = &fault{from, fmt.Sprintf("%s takes at least %d names", name.Value, m.least), fmt.Sprintf("write %s", m.example)}
	}
}

// literalDuration holds the word that a duration is rewritten to, for whoever
// writes it by hand.
func (g *guard) literalDuration(n *ast.CallNode, from int) {
	if args := literals(n.Arguments); len(args) == 1 && len(n.Arguments) == 1 {
		if _, err := time.ParseDuration(args[0]); err == nil {
			return
		}
	}
	g.wrong = &fault{from, "unknown name " + durationWord, "write durations as 50ms"}
}

// speak notes the name of a party or an edge; routes are free.
func (g *guard) speak(text string, from int) {
	s := parseSubject(text)
	if s.route != "" {
		return
	}
	if strings.Contains(text, "->") && (s.consumer == "" || s.provider == "") {
		g.wrong = &fault{from, fmt.Sprintf("%q is no edge", text), `write "consumer->provider"; the world outside is "entry"`}
		return
	}
	g.names = append(g.names, spoken{text, from})
}

// nearest is the word of the vocabulary that a misspelt one was meant to be.
func nearest(name string) string {
	best, least := "", 3
	for _, word := range vocabulary() {
		if d := distance(name, word); d < least {
			best, least = word, d
		}
	}
	return best
}

// distance is Levenshtein's, between short words.
func distance(a, b string) int {
	if len(a) > 40 {
		return len(a)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := slices.Clone(row)
		row[0] = i + 1
		for j := range len(b) {
			change := before[j]
			if a[i] != b[j] {
				change++
			}
			row[j+1] = min(change, before[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
