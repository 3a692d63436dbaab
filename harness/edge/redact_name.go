package edge

import (
	"maps"
	"slices"
	"strings"
)

// How secret the value of a name is that a text assigns to.
type secrecy int

const (
	public      secrecy = iota
	weak                // such as token, a word of prose too
	strong              // such as password
	credentials         // Authorization
	cookies             // Cookie, Set-Cookie
)

// secretIn is how secret a value is that a text which may be anything assigns
// to a name. After ':' only names count that say so by themselves, as they do
// in JSON; code and key are too common in lines of programs.
func secretIn(name string, sign byte) secrecy {
	name = name[strings.LastIndexAny(name, "[:")+1:]
	if !mayHold(name, memberLetters) && (sign == ':' || !mayHold(name, fieldLetters)) && !mayHold(name, cookieLetters) {
		return public
	}
	var room [96]byte
	joined := join(room[:0], name)
	switch {
	case joined == "", joined == "key", joined == "code":
		return public
	case sign == ':' && strings.HasSuffix(joined, "cookie"):
		return cookies
	case strings.HasSuffix(joined, "authorization"):
		return credentials
	case !isSecretMember(joined, name) && (sign == ':' || !secretName(name)):
		return public
	}
	for _, part := range [...]string{"passw", "passphrase", "secret", "apikey", "accesskey", "authkey", "privatekey", "pwd", "cvv", "cvc"} {
		if strings.Contains(joined, part) {
			return strong
		}
	}
	return weak
}

// The letters of each secret part or word, one bit each.
var (
	memberLetters = lettersOf(append([]string{"pwd", "cvv", "cvc", "cookie"}, secretParts...)...)
	fieldLetters  = lettersOf(append(slices.Collect(maps.Keys(secretWords)), "key")...)
	cookieLetters = lettersOf("cookie")
)

func lettersOf(words ...string) []uint32 {
	sets := make([]uint32, len(words))
	for i, word := range words {
		sets[i] = letters(word)
	}
	return sets
}

func letters(name string) uint32 {
	set := uint32(0)
	for i := range len(name) {
		if b := name[i] | 0x20; 'a' <= b && b <= 'z' {
			set |= 1 << (b - 'a')
		}
	}
	return set
}

// mayHold reports whether a name has all letters of one of the words, without
// which it does not contain it. It is quick, and most names have not.
func mayHold(name string, words []uint32) bool {
	has := letters(name)
	for _, set := range words {
		if has&set == set {
			return true
		}
	}
	return false
}

// join appends the letters and digits of a name to room, in lower case.
func join(room []byte, name string) string {
	for i := 0; i < len(name) && len(room) < cap(room); i++ {
		if b := lower(name[i]); 'a' <= b && b <= 'z' || '0' <= b && b <= '9' {
			room = append(room, b)
		}
	}
	return string(room)
}

// isSecretMember reports whether a JSON member's name says that it is secret.
// The short words of parameters (code, pin) are too common in data to count.
func isSecretMember(joined, name string) bool {
	switch joined {
	case "pwd", "authorization", "cvv", "cvv2", "cvc", "cvc2", "cookie", "setcookie":
		return true
	}
	return holdsPart(joined) && !tellsAbout(name)
}

// holdsPart reports whether a name has one of secretParts in it that is not the
// beginning of another word.
func holdsPart(joined string) bool {
	for _, part := range secretParts {
		for rest := joined; ; {
			_, after, found := strings.Cut(rest, part)
			if !found {
				break
			}
			if !goesOnAs(after, otherWords[part]) {
				return true
			}
			rest = after
		}
	}
	return false
}

// otherWords are the endings by which some parts become words of other things:
// tokenizer, tokenization, secretary.
var otherWords = map[string][]string{"token": {"iz", "iser", "ised", "isat"}, "secret": {"ary", "ari"}}

func goesOnAs(text string, endings []string) bool {
	return slices.ContainsFunc(endings, func(ending string) bool { return strings.HasPrefix(text, ending) })
}

// aboutWords end names that tell of a secret and hold none: token_type.
var aboutWords = map[string]bool{
	"type": true, "count": true, "expires": true, "expiry": true, "ttl": true, "endpoint": true,
	"algorithm": true, "alg": true, "length": true, "policy": true, "at": true, "in": true, "name": true, "ref": true,
	"version": true, "mode": true, "source": true, "timeout": true, "status": true, "required": true, "enabled": true,
}

// counts reports whether a number of that name says how many tokens there are.
func counts(name, number string) bool {
	for i := range len(number) {
		if number[i] < '0' || number[i] > '9' {
			return false
		}
	}
	words := wordsOf(name)
	return len(words) > 0 && words[len(words)-1] == "tokens"
}

// tellsAbout reports whether the last word of a name is one of aboutWords.
func tellsAbout(name string) bool {
	words := wordsOf(name)
	return len(words) > 1 && aboutWords[words[len(words)-1]]
}

// secretAttr reports whether the last part of an attribute's key says that its
// value is secret, and whether so much that a number is, too.
func secretAttr(key string) (secret, numbers bool) {
	last := key[strings.LastIndexByte(key, '.')+1:]
	const longestWord = 10
	if len(last) > longestWord && !mayHold(last, memberLetters) {
		return false, false
	}
	var room [96]byte
	switch joined := join(room[:0], last); joined {
	case "pwd", "cvv", "cvc", "pass", "pin", "otp", "jwt", "bearer", "sas", "hmac", "cookie", "setcookie":
		return true, true
	case "key":
		before := strings.TrimSuffix(key, last)
		before = strings.TrimSuffix(before, ".")
		return before != "" && secretName(before[strings.LastIndexByte(before, '.')+1:]+".key"), true
	}
	if !mayHold(last, memberLetters) {
		return false, false
	}
	return isSecretMember(join(room[:0], last), last), secretIn(last, ':') == strong
}

// isPlain reports whether a word after a secret name is no value at all: a
// mark, a placeholder, a reference to a variable, or how a sentence goes on.
func isPlain(word string, secret secrecy) bool {
	switch word {
	case Redacted, "nil", "null", "true", "false", "none", "undefined":
		return true
	case "not", "is", "must", "required", "invalid", "missing", "expected", "unexpected", "cannot", "no", "the", "a", "has", "should", "wrong", "incorrect", "empty", "unknown":
		return secret != public
	}
	if secret == weak && strings.HasSuffix(word, "(") { // of a program
		return true
	}
	if variable, is := strings.CutPrefix(word, "${"); is {
		return strings.IndexFunc(strings.TrimSuffix(variable, "}"), func(r rune) bool { return r > 'z' || !isName(byte(r)) }) < 0
	}
	for i := range len(word) {
		if isWord(word[i]) || word[i] >= 0x80 {
			return len(word) < 4 && word[0] == '$' // $1 of a statement
		}
	}
	return true
}

// isProse reports whether a word may be one of a sentence, the name of a column
// or a small number, which after a weak name it then is.
func isProse(word string) bool {
	const longestWord, longestNumber = 15, 5
	letters, digits := 0, 0
	for i := range len(word) {
		switch b := word[i]; {
		case 'a' <= b && b <= 'z', b == '.', b == '_':
			letters++
		case '0' <= b && b <= '9':
			digits++
		default:
			return false
		}
	}
	return digits == 0 && letters <= longestWord || letters == 0 && digits <= longestNumber
}
