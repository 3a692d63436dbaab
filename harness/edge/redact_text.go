package edge

import "strings"

// RedactText replaces secrets in a text that quotes what crossed an edge: the
// values of secret parameters, the passwords of URLs, and the values of JSON
// members whose name says that they are secret.
func RedactText(text string) string {
	if strings.IndexByte(text, '"') >= 0 {
		text = string(redactJSON([]byte(text)))
	}
	return RedactTarget(text)
}

// RedactOutput is RedactText for lines that a program wrote: a secret ends
// where its word does, so that what stands after it can still be read.
func RedactOutput(text string) string {
	if strings.IndexByte(text, '"') >= 0 {
		text = string(redactJSON([]byte(text)))
	}
	return redactWords(text)
}

// SecretField reports whether the header or query parameter of that name
// holds a credential.
func SecretField(name string) bool { return secretHeader(name) }

// SecretMember reports whether the JSON member of that name holds a secret.
func SecretMember(name string) bool { return secretMember([]byte(name)) }

// Brief is Redacted without headers and bodies: what may be kept of very many
// exchanges.
func (x *Exchange) Brief() Exchange {
	kept := *x
	kept.Target = RedactTarget(x.Target)
	kept.Route = RedactTarget(x.Route)
	kept.capture = nil
	return kept
}
