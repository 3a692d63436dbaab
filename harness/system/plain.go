package system

import (
	"slices"
	"unicode/utf8"

	"github.com/goccy/go-yaml/token"
)

// joinPlain puts together again what the scanner takes apart in a list within braces: in
// { run: [docker, run, redis:7] } a colon without a space after it is part of the text
// (YAML 1.2.2, section 7.3.3), and not the end of a key.
func joinPlain(tokens token.Tokens) token.Tokens {
	var open []token.Type
	out := make(token.Tokens, 0, len(tokens))
	for i := 0; i < len(tokens); i++ {
		tk := tokens[i]
		switch tk.Type {
		case token.SequenceStartType, token.MappingStartType:
			open = append(open, tk.Type)
		case token.SequenceEndType, token.MappingEndType:
			open = open[:max(0, len(open)-1)]
		case token.MappingValueType:
			inList := len(open) > 0 && open[len(open)-1] == token.SequenceStartType
			if !inList || i+1 == len(tokens) || !touches(tk, tokens[i+1]) {
				break
			}
			first := slices.Clone(tokens[i : i+2])
			if n := len(out) - 1; n >= 0 && touches(out[n], tk) {
				first, out = slices.Insert(first, 0, out[n]), out[:n]
			}
			tk, i = glue(first), i+1
		}
		out = append(out, tk)
	}
	return chain(out)
}

// touches reports whether b begins where a ends, both of them plain words or a colon.
func touches(a, b *token.Token) bool {
	return isPlain(a) && isPlain(b) && a.Position.Line == b.Position.Line &&
		a.Position.Column+utf8.RuneCountInString(a.Value) == b.Position.Column
}

func isPlain(tk *token.Token) bool {
	return tk.Type == token.MappingValueType || tk.Indicator == token.NotIndicator && tk.CharacterType == token.CharacterTypeMiscellaneous
}

func glue(parts token.Tokens) *token.Token {
	var value, origin string
	for _, part := range parts {
		value, origin = value+part.Value, origin+part.Origin
	}
	return token.New(value, origin, parts[0].Position)
}

// chain tells each token anew what stands before and after it.
func chain(tokens token.Tokens) token.Tokens {
	for i, tk := range tokens {
		tk.Prev, tk.Next = nil, nil
		if i > 0 {
			tk.Prev, tokens[i-1].Next = tokens[i-1], tk
		}
	}
	return tokens
}
