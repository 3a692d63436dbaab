package edge

import "strings"

// RedactText replaces secrets in a text that quotes what crossed an edge: the
// values of secret parameters whatever they hold, the passwords of URLs, the
// values that a text gives to secret names, and what is secret by its looks.
func RedactText(text string) string {
	if strings.IndexByte(text, '"') >= 0 {
		text = redactQuoted(text)
	}
	return RedactTarget(redactAssigned(text))
}

// RedactOutput is RedactText for lines that a program wrote: a secret ends
// where its word does, so that what stands after it can still be read. The
// numbers of cards that stand alone go, too.
func RedactOutput(text string) string {
	if strings.IndexByte(text, '"') >= 0 {
		text = redactQuoted(text)
	}
	return redactCards(redactIssued(redactShapes(redactWords(redactInputs(redactFlags(redactAssigned(redactKeys(text))))))))
}

// redactQuoted redacts the members of JSON that a text quotes.
func redactQuoted(text string) string {
	kept := redactJSON([]byte(text))
	if string(kept) == text {
		return text
	}
	return string(kept)
}

// redactText is RedactOutput, and quick where a text has no sign of a secret.
func redactText(text string) string {
	if !telling(text) {
		return text
	}
	return RedactOutput(text)
}

// telling reports whether a text has a sign without which none of the rules
// finds anything.
func telling(text string) bool {
	digits := 0
	for i := range len(text) {
		b := text[i]
		if '0' <= b && b <= '9' {
			digits++
		}
		if !signs[b] {
			continue
		}
		switch b {
		case 'J':
			if strings.HasSuffix(text[:i], "ey") {
				return true
			}
		case 'I':
			if strings.HasSuffix(text[:i], "AK") || strings.HasSuffix(text[:i], "AS") {
				return true
			}
		case '-':
			if strings.HasPrefix(text[i:], "--") || issuedBefore(text, i) > 0 {
				return true
			}
		case '_':
			if issuedBefore(text, i) > 0 {
				return true
			}
		case ' ':
			if strings.HasSuffix(text[:i], "earer") || strings.HasSuffix(text[:i], "asic") {
				return true
			}
		default:
			return true
		}
	}
	return digits >= fewestDigits
}

// signs are the bytes at which telling looks twice.
var signs = [256]bool{'=': true, ':': true, '@': true, '%': true, '"': true, '>': true, 'J': true, 'I': true, '-': true, '_': true, ' ': true}

// redactWords redacts what stands between blanks and quotes, each by itself.
func redactWords(text string) string {
	if !strings.ContainsAny(text, "=@%") {
		return text
	}
	var b strings.Builder
	done := 0
	for from := 0; from < len(text); {
		end := strings.IndexAny(text[from:], " \t\r\n\"'`<>")
		if end < 0 {
			end = len(text) - from
		}
		end += from
		if kept := redactWord(text[from:end]); kept != text[from:end] {
			b.WriteString(text[done:from])
			b.WriteString(kept)
			done = end
		}
		from = end + 1
	}
	if done == 0 {
		return text
	}
	b.WriteString(text[done:])
	return b.String()
}

// redactWord redacts a word as a URL or a part of one. What it assigns first
// was looked at before, and the marks after it are none of it.
func redactWord(word string) string {
	if strings.IndexByte(word, '=') < 0 && strings.IndexByte(word, '@') < 0 && strings.IndexByte(word, '%') < 0 {
		return word
	}
	name, value, assigned := strings.Cut(word, "=")
	if assigned = assigned && !strings.ContainsAny(name, "?&/;#%@"); !assigned {
		name, value = "", word
	} else {
		name += "="
	}
	core := withoutMarks(value)
	if from, to := loginAt(core); from < to {
		return name + core[:from] + Redacted + redact(core[to:], nested) + value[len(core):]
	}
	return name + redact(core, nested) + value[len(core):]
}

// loginAt is where a user and a password stand before a host without a scheme,
// as in joe:secret@db:3306 and the addresses of MySQL's drivers.
func loginAt(word string) (from, to int) {
	colon, at := strings.IndexByte(word, ':'), strings.LastIndexByte(word, '@')
	if colon < 1 || at < colon+2 || word[colon+1] == ':' || at == len(word)-1 || strings.Contains(word, "//") {
		return 0, 0
	}
	from = strings.LastIndexAny(word[:colon], "([{,;|") + 1
	user, host := word[from:colon], word[at+1:]
	letters := false
	for i := range len(user) {
		if !isName(user[i]) {
			return 0, 0
		}
		letters = letters || user[i] > '9'
	}
	if !letters || notLogins[strings.ToLower(user)] || !isWord(host[0]) || strings.HasPrefix(host, "sha") || strings.IndexByte(word[colon:at], '/') >= 0 {
		return 0, 0
	}
	return from, at
}

// notLogins stand before addresses and versions, and are no users.
var notLogins = map[string]bool{
	"mailto": true, "sip": true, "sips": true, "xmpp": true, "acct": true, "npm": true, "jsr": true,
	"file": true, "link": true, "patch": true, "workspace": true, "git": true, "go": true,
}

// SecretField reports whether the header or query parameter of that name
// holds a credential.
func SecretField(name string) bool { return secretHeader(name) }

// SecretMember reports whether the JSON member of that name holds a secret.
func SecretMember(name string) bool {
	var room [96]byte
	return isSecretMember(join(room[:0], name), name)
}

// Brief is Redacted without headers and bodies: what may be kept of very many
// exchanges.
func (x *Exchange) Brief() Exchange {
	kept := *x
	kept.Target = RedactTarget(x.Target)
	kept.Route = RedactTarget(x.Route)
	kept.capture = nil
	return kept
}
