package edge

import (
	"encoding/base64"
	"strings"
)

// redactShapes replaces secrets that are known by how they look, wherever they
// stand: tokens that are JWTs, keys of AWS, what follows the word Bearer or
// Basic, and private keys in PEM.
func redactShapes(s string) string {
	s = redactKeys(s)
	s = replaceFrom(s, "eyJ", tokenLength)
	s = replaceFrom(s, "AKIA", awsLength)
	s = replaceFrom(s, "ASIA", awsLength)
	s = replaceAfter(s, "earer ", bearerLength)
	return replaceAfter(s, "asic ", basicLength)
}

// replaceFrom replaces what begins with mark, stands apart from a word before
// it, and has a length.
func replaceFrom(s, mark string, length func(string) int) string {
	return replaceAt(s, mark, func(at int) (from, n int) {
		if at == 0 || !isWord(s[at-1]) && s[at-1] != '-' || at > 1 && s[at-2] == '\\' || at > 2 && s[at-3] == '%' {
			return at, length(s[at:])
		}
		return at, 0
	})
}

// replaceAfter replaces what follows mark, the rest of a scheme's name that is
// a word.
func replaceAfter(s, mark string, length func(string) int) string {
	return replaceAt(s, mark, func(at int) (from, n int) {
		if at == 0 || lower(s[at-1]) != 'b' || at > 1 && isWord(s[at-2]) {
			return at, 0
		}
		return at + len(mark), length(s[at+len(mark):])
	})
}

// replaceAt replaces the n bytes at from that found names for each mark in s.
func replaceAt(s, mark string, found func(at int) (from, n int)) string {
	var b strings.Builder
	done, next := 0, 0
	for {
		at := strings.Index(s[next:], mark)
		if at < 0 {
			break
		}
		at += next
		next = at + len(mark)
		if from, n := found(at); n > 0 {
			b.WriteString(s[done:from])
			b.WriteString(Redacted)
			done, next = from+n, from+n
		}
	}
	if done == 0 {
		return s
	}
	b.WriteString(s[done:])
	return b.String()
}

// tokenLength is that of the JWT that s begins with: two or more parts behind
// the header, the last may be empty (RFC 7515, RFC 7516).
func tokenLength(s string) int {
	const header, payload, most = 10, 2, 5
	parts, start, i := 1, 0, 0
	first, second := 0, 0
	for ; i < len(s); i++ {
		if s[i] == '.' && parts < most {
			switch parts {
			case 1:
				first = i
			case 2:
				second = i - start
			}
			parts, start = parts+1, i+1
		} else if !isWord(s[i]) && s[i] != '-' {
			break
		}
	}
	if parts < 3 || first < header || second < payload {
		return 0
	}
	if parts > 3 && start == i { // a full stop behind it
		i--
	}
	return i
}

// awsLength is that of an access key's id.
func awsLength(s string) int {
	const length = 20
	for i := range min(len(s), length) {
		if (s[i] < 'A' || s[i] > 'Z') && (s[i] < '0' || s[i] > '9') {
			return 0
		}
	}
	if len(s) < length || len(s) > length && isWord(s[length]) {
		return 0
	}
	return length
}

// bearerLength is that of a token: prose has no digits in a word as long.
func bearerLength(s string) int {
	const shortest = 8
	n := token68(s)
	if n < shortest || !strings.ContainsAny(s[:n], "0123456789") || strings.HasPrefix(s, Redacted) {
		return 0
	}
	return n
}

// basicLength is that of a name and a password (RFC 7617).
func basicLength(s string) int {
	n := token68(s)
	plain, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(s[:n], "="))
	if err != nil || !strings.Contains(string(plain), ":") {
		return 0
	}
	return n
}

// token68 is the length of what RFC 9110 calls so, without a full stop after it.
func token68(s string) int {
	n := 0
	for n < len(s) && (isWord(s[n]) || strings.IndexByte("-.~+/", s[n]) >= 0) {
		n++
	}
	for n < len(s) && s[n] == '=' {
		n++
	}
	return len(strings.TrimRight(s[:n], "."))
}

// isWord reports whether b is a letter, a digit or '_'.
func isWord(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9' || b == '_'
}

// The lines that a private key stands between (RFC 7468, RFC 4880).
const (
	keyBegin = "-----BEGIN "
	keyEnd   = "-----END "
	keyWord  = "PRIVATE KEY"
)

// redactKeys replaces what stands between the lines of a private key. One that
// was cut reaches to the end of the text, or as far back as lines look like it.
func redactKeys(s string) string {
	var b strings.Builder
	done := 0
	for next := 0; ; {
		at := strings.Index(s[next:], "-----")
		if at < 0 {
			break
		}
		at += next
		line := keyLine(s[at:])
		if line == 0 {
			next = at + 1
			continue
		}
		from, to := at+line, len(s)
		if strings.HasPrefix(s[at:], keyEnd) { // its beginning was cut off
			from, to = startOfKey(s, at, done), at
		} else if n := strings.Index(s[from:], keyEnd); n >= 0 {
			to = from + n
		}
		if next = at + line; from < to {
			b.WriteString(s[done:from])
			b.WriteString(Redacted)
			done = to
			next = max(next, to+keyLine(s[to:]))
		}
	}
	if done == 0 {
		return s
	}
	b.WriteString(s[done:])
	return b.String()
}

// keyLine is the length of a line that begins or ends a private key, which s
// begins with; 0 where it does not.
func keyLine(s string) int {
	const longest = 64
	prefix := keyBegin
	if strings.HasPrefix(s, keyEnd) {
		prefix = keyEnd
	} else if !strings.HasPrefix(s, keyBegin) {
		return 0
	}
	name, _, closed := strings.Cut(s[len(prefix):min(len(s), longest)], "-----")
	if !closed || !strings.Contains(name, keyWord) {
		return 0
	}
	return len(prefix) + len(name) + len("-----")
}

// startOfKey is where the lines of base64 begin that stand right before at.
func startOfKey(s string, at, from int) int {
	const fullLine = 40
	start := at
	for start > from {
		before := strings.TrimRight(s[from:start], " \t|")
		if !strings.HasSuffix(before, "\n") {
			return start
		}
		before = before[:len(before)-1]
		line := before[strings.LastIndexByte(before, '\n')+1:]
		text := strings.Trim(line, " \t|\r")
		if text == "" || token68(text) != len(text) || start < at && len(text) < fullLine {
			return start
		}
		start = from + len(before) - len(line) + strings.Index(line, text)
	}
	return start
}
