package edge

import "strings"

// RedactText replaces secrets in a text that quotes what crossed an edge: the
// values of secret parameters whatever they hold, the passwords of URLs, the
// values that a text gives to secret names, and what is secret by its looks.
func RedactText(text string) string {
	if strings.IndexByte(text, '"') >= 0 {
		text = string(redactJSON([]byte(text)))
	}
	return RedactTarget(redactAssigned(text))
}

// RedactOutput is RedactText for lines that a program wrote: a secret ends
// where its word does, so that what stands after it can still be read. The
// numbers of cards that stand alone go, too.
func RedactOutput(text string) string {
	if strings.IndexByte(text, '"') >= 0 {
		text = string(redactJSON([]byte(text)))
	}
	return redactCards(redactShapes(redactWords(redactAssigned(redactKeys(text)))))
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
			if strings.HasPrefix(text[i:], "-----") {
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
var signs = [256]bool{'=': true, ':': true, '@': true, '%': true, '"': true, '>': true, 'J': true, 'I': true, '-': true, ' ': true}

// redactWords redacts what stands between blanks and quotes, each by itself.
func redactWords(text string) string {
	if !strings.ContainsAny(text, "=@%") {
		return text
	}
	var b strings.Builder
	b.Grow(len(text))
	for text != "" {
		end := strings.IndexAny(text, " \t\r\n\"'`<>")
		if end < 0 {
			end = len(text)
		}
		b.WriteString(redactWord(text[:end]))
		between := min(end+1, len(text))
		b.WriteString(text[end:between])
		text = text[between:]
	}
	return b.String()
}

// redactWord redacts a word as a URL or a part of one. What it assigns first
// was looked at before, and the marks after it are none of it.
func redactWord(word string) string {
	if !strings.ContainsAny(word, "=@%") {
		return word
	}
	name, value, assigned := strings.Cut(word, "=")
	if assigned = assigned && !strings.ContainsAny(name, "?&/;#%@"); !assigned {
		name, value = "", word
	} else {
		name += "="
	}
	core := withoutMarks(value)
	return name + redact(core, nested) + value[len(core):]
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
