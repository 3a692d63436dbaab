package edge

import (
	"net/http"
	"strings"
)

// Redacted stands where a secret was.
const Redacted = "REDACTED"

// nested bounds how often a value is decoded to look for a secret within.
const nested = 3

// redactHeader returns a copy of h in which credentials are replaced: whole
// values of headers that hold them by name, and secrets in URLs elsewhere.
func redactHeader(h http.Header) http.Header {
	if h == nil {
		return nil
	}
	kept := make(http.Header, len(h))
	for name, values := range h {
		secret := secretHeader(name)
		lines := make([]string, len(values))
		for i, value := range values {
			if lines[i] = Redacted; !secret {
				lines[i] = redactField(name, value)
			}
		}
		kept[name] = lines
	}
	return kept
}

// redactField redacts the value of a header that is no credential by name. The
// members of a list that are names and values are each redacted by themselves.
func redactField(name, value string) string {
	switch strings.ToLower(name) {
	case "baggage", "tracestate", "correlation-context":
		return redactMembers(value)
	}
	return RedactTarget(value)
}

// redactMembers redacts a list as the headers baggage and tracestate have it
// (https://www.w3.org/TR/baggage, https://www.w3.org/TR/trace-context).
func redactMembers(list string) string {
	if strings.IndexByte(list, '=') < 0 {
		return list
	}
	members := strings.Split(list, ",")
	for i, member := range members {
		members[i] = redactMember(member)
	}
	return strings.Join(members, ",")
}

func redactMember(member string) string {
	name, value, _ := strings.Cut(member, "=")
	value, properties, more := strings.Cut(value, ";")
	kept := RedactTarget("?" + strings.TrimSpace(name) + "=" + value)
	if kept == "?"+strings.TrimSpace(name)+"="+value {
		return member
	}
	if kept = name + "=" + Redacted; more {
		kept += ";" + properties
	}
	return kept
}

// RedactTarget returns a request target, URL or other text with the passwords
// of URLs and the values of secret parameters replaced, percent-encoded ones
// too, and what shows by its looks that it is secret. The names of parameters stay.
func RedactTarget(target string) string { return redactShapes(redact(target, nested)) }

func redact(s string, depth int) string {
	if strings.IndexByte(s, '=') < 0 && strings.IndexByte(s, '@') < 0 && strings.IndexByte(s, '%') < 0 {
		return s
	}
	s = redactUserinfo(s)
	var b strings.Builder
	b.Grow(len(s))
	query := false
	for s != "" {
		var piece string
		piece, s = cutPiece(s, query)
		b.WriteString(redactPiece(piece, depth))
		if s != "" {
			query = query || s[0] == '?' || s[0] == '#'
			b.WriteByte(s[0])
			s = s[1:]
		}
	}
	return b.String()
}

// cutPiece cuts one parameter off, or one segment of the path. A secret value
// reaches to the next '&', whatever it contains, but not out of its segment.
func cutPiece(s string, query bool) (piece, rest string) {
	end := strings.IndexAny(s, "&?#;, /\t\"'<>(){}\r\n")
	if end < 0 {
		return s, ""
	}
	name, _, assigned := strings.Cut(s[:end], "=")
	if assigned && secretName(name) {
		stop := "&"
		if !query {
			stop = "/?&#"
		}
		value := len(name) + 1
		if end = strings.IndexAny(s[value:], stop); end < 0 {
			return s, ""
		}
		end += value
	}
	return s[:end], s[end:]
}

// redactPiece replaces the value of a secret parameter, and a value in whose
// decoded form a secret shows.
func redactPiece(piece string, depth int) string {
	name, value, assigned := strings.Cut(piece, "=")
	if assigned && secretName(name) {
		if value == "" {
			return piece
		}
		return name + "=" + Redacted
	}
	if assigned && isCard(value) {
		return name + "=" + Redacted
	}
	if depth == 0 || strings.IndexByte(piece, '%') < 0 {
		return piece
	}
	plain := unescape(piece)
	if plain == piece || !holdsSecret(plain, assigned, depth-1) {
		return piece
	}
	if assigned {
		return name + "=" + Redacted
	}
	return Redacted
}

// holdsSecret reports whether a decoded piece of a query has a secret in it,
// which it may write as JSON, too.
func holdsSecret(plain string, assigned bool, depth int) bool {
	if redactShapes(redact(plain, depth)) != plain {
		return true
	}
	_, value, _ := strings.Cut(plain, "=")
	return assigned && (isCard(value) || strings.IndexByte(value, '"') >= 0 && string(redactJSON([]byte(value))) != value)
}

// redactUserinfo replaces what stands before the host of each URL in s.
func redactUserinfo(s string) string {
	if strings.IndexByte(s, '@') < 0 || !strings.Contains(s, "//") {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for {
		before, after, found := strings.Cut(s, "//")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		b.WriteString("//")
		authority := after
		if end := strings.IndexAny(after, "/?# \t\r\n"); end >= 0 {
			authority = after[:end]
		}
		s = after
		if at := strings.LastIndexByte(authority, '@'); at > 0 {
			b.WriteString(Redacted)
			s = after[at:]
		}
	}
}

// unescape decodes what is percent-encoded and leaves what is not well-formed.
func unescape(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			high, low := digit(lower(s[i+1])), digit(lower(s[i+2]))
			if high < 16 && low < 16 {
				b = append(b, high<<4|low)
				i += 2
				continue
			}
		}
		b = append(b, s[i])
	}
	return string(b)
}

func lower(b byte) byte {
	if 'A' <= b && b <= 'Z' {
		return b + 'a' - 'A'
	}
	return b
}

// secretHeader reports whether a header's whole value is a credential.
func secretHeader(name string) bool {
	switch lowered := strings.ToLower(name); lowered {
	case "cookie", "set-cookie", "cookie2", "set-cookie2", "dpop":
		return true
	case "code", "key":
		return false // secrets as query parameters only
	default:
		return secretName(lowered)
	}
}

// The words of names. Whatever contains one of secretParts is secret; so is a
// name that is one of secretWords or has it as a word of its own; and so is a
// key with the word of a party that it opens a door to.
var (
	secretParts = []string{
		"token", "secret", "passw", "passphrase", "apikey", "accesskey", "authkey", "privatekey", "signature",
		"credential", "authorization", "sessionid", "sessid", "assertion", "samlresponse", "samlrequest", "authcode",
	}
	secretWords = map[string]bool{
		"sig": true, "auth": true, "pwd": true, "pass": true, "pin": true, "otp": true, "sid": true, "session": true,
		"sas": true, "jwt": true, "hmac": true, "ticket": true, "bearer": true, "cookie": true,
	}
	doorWords = map[string]bool{
		"api": true, "app": true, "access": true, "auth": true, "account": true, "admin": true, "private": true,
		"secret": true, "subscription": true, "function": true, "functions": true, "client": true, "signing": true,
		"encryption": true, "shared": true, "master": true, "service": true, "license": true, "storage": true,
		"aws": true, "goog": true, "google": true, "azure": true, "ssh": true, "hash": true, "my": true,
	}
)

// secretName reports whether a parameter of that name holds a secret.
func secretName(name string) bool {
	for range nested {
		plain := unescape(name)
		if plain == name {
			break
		}
		name = plain
	}
	words := wordsOf(name)
	joined := strings.Join(words, "")
	if joined == "key" || joined == "code" {
		return true
	}
	if len(words) > 1 && aboutWords[words[len(words)-1]] {
		return false
	}
	if holdsPart(joined) {
		return true
	}
	key, door := false, false
	for _, word := range words {
		if secretWords[word] {
			return true
		}
		key, door = key || word == "key", door || doorWords[word]
	}
	return key && door
}

// wordsOf splits a name at marks and where capitals begin, in lower case.
func wordsOf(name string) []string {
	var words []string
	var word []byte
	previous := byte(0)
	for i := range len(name) {
		b := name[i]
		capital := 'A' <= b && b <= 'Z'
		letter := capital || 'a' <= b && b <= 'z' || '0' <= b && b <= '9'
		if len(word) > 0 && (!letter || capital && 'a' <= previous && previous <= 'z') {
			words, word = append(words, string(word)), nil
		}
		if letter {
			word = append(word, lower(b))
		}
		previous = b
	}
	if len(word) > 0 {
		words = append(words, string(word))
	}
	return words
}
