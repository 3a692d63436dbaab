package edge

import "strings"

// Lines redacts what a program writes, one line after the other: a private key
// goes over several. The zero value is ready; it is not safe for concurrent use.
type Lines struct {
	key bool // a private key has begun
}

// Redact is RedactOutput for the next line, and quick where it has no sign of a
// secret.
func (l *Lines) Redact(line string) string {
	if l.key {
		end := strings.Index(line, keyEnd)
		if end < 0 && ofKey(strings.TrimSpace(line)) {
			return Redacted
		}
		l.key = false
		if end > 0 {
			return Redacted + redactText(line[end:])
		}
	}
	begin := strings.LastIndex(line, keyBegin)
	l.key = begin >= 0 && keyLine(line[begin:]) > 0 && !strings.Contains(line[begin:], keyEnd)
	return redactText(line)
}

// ofKey reports whether a line may stand within a private key: base64, or one
// of the headers of old (RFC 1421).
func ofKey(line string) bool {
	return token68(line) == len(line) || strings.HasPrefix(line, "Proc-Type:") || strings.HasPrefix(line, "DEK-Info:")
}
