package edge

import "strings"

// testCard is the number that payment providers accept in tests, and no secret.
const testCard = "4111111111111111"

// How many digits the number of a card has, and how many marks stand between.
const (
	fewestDigits = 13
	mostDigits   = 19
	mostMarks    = 4
)

// withTestCards replaces the strings of a JSON text that are numbers of cards.
func withTestCards(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); {
		end := endOfToken(b, i)
		token := b[i:end]
		if len(token) > 2 && token[0] == '"' && isCard(token[1:len(token)-1]) {
			token = []byte(`"` + testCard + `"`)
		}
		out = append(out, token...)
		i = end
	}
	return out
}

// isCard reports whether a text is the number of a payment card: the digits of
// an issuer, in groups or not, of which the last checks the others (ISO/IEC
// 7812-1, annex B). Groups stand apart by one blank, one '-' or, in forms, '+'.
func isCard[T string | []byte](s T) bool {
	if len(s) < fewestDigits || len(s) > mostDigits+mostMarks || string(s) == testCard {
		return false
	}
	mark := byte(0)
	digits, sum, prefix := 0, 0, 0
	last := lastDigit(s)
	for i := range len(s) {
		b := s[i]
		switch {
		case '0' <= b && b <= '9':
			if digits++; digits <= 4 {
				prefix = prefix*10 + int(b-'0')
			}
			sum += weighed(int(b-'0'), last-digits)
		case b != ' ' && b != '-' && b != '+', i == 0, s[i-1] == b, mark != 0 && mark != b:
			return false
		default:
			mark = b
		}
	}
	return sum%10 == 0 && issued(prefix, digits)
}

// lastDigit counts the digits of s.
func lastDigit[T string | []byte](s T) int {
	n := 0
	for i := range len(s) {
		if '0' <= s[i] && s[i] <= '9' {
			n++
		}
	}
	return n
}

// weighed is what a digit adds to the sum that checks a number, by how many
// digits stand behind it.
func weighed(digit, behind int) int {
	if behind%2 == 0 {
		return digit
	}
	return 2*digit/10 + 2*digit%10
}

// issued reports whether an issuer's numbers begin with these four digits and
// are that long.
func issued(prefix, digits int) bool {
	two := prefix / 100
	switch {
	case two/10 == 4: // Visa
		return digits == 13 || digits == 16 || digits == 19
	case two >= 51 && two <= 55, prefix >= 2221 && prefix <= 2720: // Mastercard
		return digits == 16
	case two == 34, two == 37: // American Express
		return digits == 15
	case prefix >= 2200 && prefix <= 2204: // Mir
		return digits >= 16 && digits <= mostDigits
	case prefix >= 3000 && prefix <= 3059, two == 36, two == 38, two == 39: // Diners Club
		return digits >= 14 && digits <= mostDigits
	case prefix >= 3528 && prefix <= 3589: // JCB
		return digits >= 16 && digits <= mostDigits
	default: // Maestro, Discover, UnionPay
		return (two == 50 || two >= 56 && two <= 69) && digits >= fewestDigits && digits <= mostDigits
	}
}

// redactCards replaces the numbers of cards in a text that may be anything:
// digits that stand alone, in one piece or in groups of four to six.
func redactCards(text string) string {
	var b strings.Builder
	done := 0
	for i := 0; i < len(text); i++ {
		if text[i] < '2' || text[i] > '6' || i > 0 && joins(text[i-1]) {
			continue
		}
		end := endOfNumber(text, i)
		if end-i >= fewestDigits && isCard(text[i:end]) && (end == len(text) || !joins(text[end]) || endsSentence(text[end:])) {
			b.WriteString(text[done:i])
			b.WriteString(Redacted)
			done = end
		}
		i = max(i, end-1)
	}
	if done == 0 {
		return text
	}
	b.WriteString(text[done:])
	return b.String()
}

// joins reports whether a byte beside digits makes them part of something else.
func joins(b byte) bool {
	return isWord(b) || b == '.' || b == '-' || b == '+'
}

func endsSentence(rest string) bool {
	return rest[0] == '.' && (len(rest) == 1 || rest[1] == ' ' || rest[1] == '\n')
}

// endOfNumber is where digits end that begin at i: in one piece, or in groups
// of four to six digits, the last one to six, that one mark sets apart.
func endOfNumber(text string, i int) int {
	start, mark := i, byte(0)
	for {
		group := i
		for i < len(text) && '0' <= text[i] && text[i] <= '9' {
			i++
		}
		n := i - group
		more := i+1 < len(text) && (text[i] == ' ' || text[i] == '-') && '0' <= text[i+1] && text[i+1] <= '9'
		if n < 4 || n > 6 || !more || mark != 0 && text[i] != mark || i-start > mostDigits+mostMarks {
			return i
		}
		mark = text[i]
		i++
	}
}
