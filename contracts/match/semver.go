package match

import "fmt"

// semverFault says why a text is no version of Semantic Versioning 2.0.0, or
// "".
func semverFault(text []byte) string {
	parts := [...]string{"major", "minor", "patch"}
	for i, part := range parts {
		if i > 0 {
			if len(text) == 0 {
				return fmt.Sprintf("unexpected end of input while parsing %s version number", parts[i-1])
			}
			if text[0] != '.' {
				return fmt.Sprintf("unexpected character %q while parsing %s version number", text[0], parts[i-1])
			}
			text = text[1:]
		}
		n := 0
		for n < len(text) && text[n]-'0' <= 9 {
			n++
		}
		switch {
		case n == 0 && len(text) == 0:
			return fmt.Sprintf("unexpected end of input while parsing %s version number", part)
		case n == 0:
			return fmt.Sprintf("unexpected character %q while parsing %s version number", text[0], part)
		case n > 1 && text[0] == '0':
			return fmt.Sprintf("invalid leading zero in %s version number", part)
		case n > 20 || n == 20 && string(text[:n]) > "18446744073709551615":
			return fmt.Sprintf("value of %s version number exceeds 64 bits", part)
		}
		text = text[n:]
	}
	return semverRest(text)
}

// semverRest reads the pre-release and the build identifiers.
func semverRest(text []byte) string {
	for _, part := range [...]struct {
		mark byte
		name string
	}{{'-', "pre-release"}, {'+', "build metadata"}} {
		if len(text) == 0 || text[0] != part.mark {
			continue
		}
		more := true
		for more {
			text = text[1:]
			n, zero := identifier(text)
			switch {
			case n == 0:
				return "empty identifier segment in " + part.name
			case zero && part.mark == '-':
				return "invalid leading zero in " + part.name + " identifier"
			}
			text = text[n:]
			more = len(text) > 0 && text[0] == '.'
		}
	}
	if len(text) > 0 {
		return fmt.Sprintf("unexpected character %q after the version", text[0])
	}
	return ""
}

// identifier measures one; zero says that it is a number with a zero in front.
func identifier(text []byte) (n int, zero bool) {
	number := true
	for n < len(text) {
		c := text[n]
		digit := c-'0' <= 9
		if !digit && c != '-' && (c|0x20 < 'a' || c|0x20 > 'z') {
			break
		}
		number = number && digit
		n++
	}
	return n, number && n > 1 && text[0] == '0'
}
