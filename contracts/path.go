package contracts

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// A TokenKind says what one step of a path expression selects.
type TokenKind uint8

// The kinds of steps.
const (
	Root     TokenKind = iota // $
	Field                     // .name or ['name']
	Index                     // [0]
	AnyField                  // .*
	AnyIndex                  // [*]
)

// A Token is one step of a path expression.
type Token struct {
	Kind  TokenKind
	Name  string // of a Field
	Index int    // of an Index
}

// A Path is a parsed path expression. It begins with Root.
type Path []Token

// A PathError says where an expression leaves the grammar.
type PathError struct {
	Expr   string
	Offset int // in bytes
	Reason string
}

func (e *PathError) Error() string {
	return fmt.Sprintf("path %q at offset %d: %s", e.Expr, e.Offset, e.Reason)
}

// maxPathLen bounds an expression, so that a hostile pact cannot make
// selecting rules expensive.
const maxPathLen = 16 << 10

// ParsePath reads a path expression: $ followed by .name, .*, ['any name'],
// [0] and [*]. The leading $ may be left out before a letter or a digit, as
// the reference implementation allows. A quote cannot be escaped.
func ParsePath(expr string) (Path, error) {
	p := pathParser{expr: expr}
	if len(expr) > maxPathLen {
		return nil, p.errorf("longer than %d bytes", maxPathLen)
	}
	if expr == "" {
		return nil, p.errorf("the expression is empty")
	}
	tokens := Path{{Kind: Root}}
	switch first := p.peek(); {
	case first == '$':
		p.at++
	case isAlphanumeric(first):
		tokens = append(tokens, Token{Kind: Field, Name: p.ident()})
	default:
		return nil, p.errorf("an expression begins with $")
	}
	for p.at < len(p.expr) {
		t, err := p.token()
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, t)
	}
	return tokens, nil
}

type pathParser struct {
	expr string
	at   int
}

func (p *pathParser) errorf(format string, args ...any) error {
	return &PathError{Expr: p.expr, Offset: p.at, Reason: fmt.Sprintf(format, args...)}
}

// peek returns the next rune without taking it, or 0 at the end.
func (p *pathParser) peek() rune {
	for _, r := range p.expr[p.at:] {
		return r
	}
	return 0
}

func (p *pathParser) token() (Token, error) {
	switch p.peek() {
	case '.':
		p.at++
		return p.afterDot()
	case '[':
		p.at++
		return p.afterBracket()
	}
	return Token{}, p.errorf("expected . or [ but found %q", p.peek())
}

func (p *pathParser) afterDot() (Token, error) {
	if p.peek() == '*' {
		p.at++
		return Token{Kind: AnyField}, nil
	}
	if name := p.ident(); name != "" {
		return Token{Kind: Field, Name: name}, nil
	}
	return Token{}, p.errorf("expected a name or * after the dot; other names are written ['like this']")
}

func (p *pathParser) afterBracket() (Token, error) {
	rest := p.expr[p.at:]
	switch next := p.peek(); {
	case next == '\'':
		end := strings.IndexByte(rest[1:], '\'')
		if end < 0 {
			return Token{}, p.errorf("the quoted name has no end")
		}
		if end == 0 {
			return Token{}, p.errorf("the quoted name is empty")
		}
		p.at += end + 2
		return Token{Kind: Field, Name: rest[1 : 1+end]}, p.closeBracket()
	case next == '*':
		p.at++
		return Token{Kind: AnyIndex}, p.closeBracket()
	case next >= '0' && next <= '9':
		digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
		i, err := strconv.Atoi(rest[:digits])
		if err != nil {
			return Token{}, p.errorf("the index %s is too large", rest[:digits])
		}
		p.at += digits
		return Token{Kind: Index, Index: i}, p.closeBracket()
	}
	return Token{}, p.errorf("expected 'name', a number or * after [")
}

func (p *pathParser) closeBracket() error {
	if p.peek() != ']' {
		return p.errorf("expected ]")
	}
	p.at++
	return nil
}

// ident takes the longest name at the current place; "" when there is none.
func (p *pathParser) ident() string {
	rest := p.expr[p.at:]
	end := strings.IndexFunc(rest, func(r rune) bool { return !isIdentifier(r) })
	if end < 0 {
		end = len(rest)
	}
	p.at += end
	return rest[:end]
}

func isAlphanumeric(r rune) bool {
	return r != unicode.ReplacementChar && (unicode.IsLetter(r) || unicode.IsNumber(r))
}

func isIdentifier(r rune) bool {
	return isAlphanumeric(r) || strings.ContainsRune("_-:#@", r)
}

// String writes the path so that ParsePath reads it again. A name that holds
// a quote has no such spelling; it is written in brackets all the same.
func (p Path) String() string {
	var b strings.Builder
	for _, t := range p {
		switch t.Kind {
		case Root:
			b.WriteByte('$')
		case Field:
			if t.Name != "" && strings.IndexFunc(t.Name, func(r rune) bool { return !isIdentifier(r) }) < 0 {
				b.WriteString("." + t.Name)
				continue
			}
			b.WriteString("['" + t.Name + "']")
		case Index:
			b.WriteString("[" + strconv.Itoa(t.Index) + "]")
		case AnyField:
			b.WriteString(".*")
		case AnyIndex:
			b.WriteString("[*]")
		}
	}
	return b.String()
}
