package edge

import (
	"bytes"
	"encoding/json"
	"mime"
	"net/http"
	"strings"
)

// Redacted is a copy that may be kept: it shares nothing with the exchange,
// and credentials are replaced in its target, headers and bodies. Of bodies,
// forms lose the values of secret fields, and JSON those of members whose name
// says so (password, access_token), what is secret in URLs, and the numbers of
// cards that are strings; texts lose what RedactOutput replaces; others stay.
func (x *Exchange) Redacted() Exchange { return x.redacted(redactBody) }

// Recordable is Redacted, but the numbers of cards in JSON give way to one for
// tests, so that a request can be sent again and be taken for what it was.
func (x *Exchange) Recordable() Exchange {
	return x.redacted(func(b []byte, contentType string) []byte {
		if isJSON(contentType) {
			b = withTestCards(b)
		}
		return redactBody(b, contentType)
	})
}

func (x *Exchange) redacted(body func(b []byte, contentType string) []byte) Exchange {
	kept := *x
	kept.Target = RedactTarget(x.Target)
	kept.Route = RedactTarget(x.Route)
	kept.capture = nil
	if x.capture == nil {
		return kept
	}
	c := &capture{requestHeader: redactHeader(x.capture.requestHeader), responseHeader: redactHeader(x.capture.responseHeader)}
	keep(&c.request, x.RequestBody(), body, x.capture.requestHeader)
	keep(&c.response, x.ResponseBody(), body, x.capture.responseHeader)
	kept.capture = c
	return kept
}

// keep puts a redacted copy of a body into r, as the view that it will give.
func keep(r *recording, body Body, redact func([]byte, string) []byte, header http.Header) {
	if body.Bytes == nil && !body.Truncated {
		return
	}
	body.Bytes = redact(body.Bytes, header.Get("Content-Type"))
	r.on, r.truncated = true, body.Truncated
	r.once.Do(func() { r.body = body })
}

func redactBody(b []byte, contentType string) []byte {
	switch {
	case mediaOf(contentType) == "application/x-www-form-urlencoded":
		return []byte(strings.TrimPrefix(RedactTarget("?"+string(b)), "?"))
	case isJSON(contentType):
		return redactJSON(b)
	case strings.HasPrefix(mediaOf(contentType), "multipart/"):
		return redactParts(b, contentType)
	case isText(contentType):
		return []byte(RedactOutput(string(b)))
	}
	return bytes.Clone(b)
}

// isText reports whether a body is for people or programs to read: text, XML,
// and what has no type but can only be JSON.
func isText(contentType string) bool {
	media := mediaOf(contentType)
	return media == "" || strings.HasPrefix(media, "text/") || media == "application/xml" || strings.HasSuffix(media, "+xml") || media == "application/x-ndjson"
}

func mediaOf(contentType string) string {
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return ""
	}
	return media
}

func isJSON(contentType string) bool {
	media := mediaOf(contentType)
	return media == "application/json" || strings.HasSuffix(media, "+json")
}

// redactJSON replaces the strings and numbers that are the values of secret
// members. It reads tokens only, so that a text that was cut, or is not quite
// JSON, is redacted as far as it goes.
func redactJSON(b []byte) []byte {
	out := make([]byte, 0, len(b))
	secret := false      // the value to come is
	member := ""         // its name
	depth, under := 0, 0 // of containers, in all and within a secret member
	for i := 0; i < len(b); {
		end := endOfToken(b, i)
		token := b[i:end]
		i = end
		called, name := "", token[0] == '"' && followedByColon(b[end:])
		if name {
			called, name = memberName(token)
		}
		switch {
		case strings.IndexByte(": \t\r\n", token[0]) >= 0:
		case token[0] == '{' || token[0] == '[':
			if depth++; secret && under == 0 {
				under = depth
			}
			secret = false
		case token[0] == '}' || token[0] == ']':
			if depth--; depth < under {
				under = 0
			}
			secret = false
		case token[0] == ',':
			secret = false
		case name && under == 0:
			secret, member = SecretMember(called), called
		case !name && secret && token[0] != '"' && (goesOn(token) || counts(member, string(token))):
			secret = false
		case !name && (secret || under > 0):
			token, secret = []byte(`"`+Redacted+`"`), false
		case !name && token[0] == '"':
			token = redactString(token)
		}
		out = append(out, token...)
	}
	return out
}

// goesOn reports whether a token is no value of JSON but a word of a sentence
// that quoted a name.
func goesOn(token []byte) bool {
	word := string(token)
	return lower(word[0]) >= 'a' && isProse(word) && word != "null" && word != "true" && word != "false"
}

// redactString is RedactTarget within the quotes of a JSON string, and takes
// the numbers of cards out.
func redactString(quoted []byte) []byte {
	if isCard(bytes.Trim(quoted, `"`)) {
		return []byte(`"` + Redacted + `"`)
	}
	if !bytes.ContainsAny(quoted, `=@%\`) {
		if shaped := redactShapes(string(quoted)); shaped != string(quoted) {
			return []byte(shaped)
		}
		return quoted
	}
	var plain string
	if json.Unmarshal(quoted, &plain) != nil { // it was cut
		return []byte(RedactTarget(string(quoted)))
	}
	kept := plain
	if holdsJSON(plain) {
		kept = string(redactJSON([]byte(plain)))
	}
	kept = RedactTarget(kept)
	if kept == plain {
		return quoted
	}
	var again bytes.Buffer
	encoder := json.NewEncoder(&again)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(kept) != nil {
		return []byte(`"` + Redacted + `"`)
	}
	return bytes.TrimSpace(again.Bytes())
}

// holdsJSON reports whether a text looks like an object or a list.
func holdsJSON(text string) bool {
	text = strings.TrimLeft(text, " \t\r\n")
	return text != "" && (text[0] == '{' || text[0] == '[')
}

// endOfToken is where the JSON token that begins at i ends.
func endOfToken(b []byte, i int) int {
	const alone = "{}[],: \t\r\n"
	switch {
	case strings.IndexByte(alone, b[i]) >= 0:
		return i + 1
	case b[i] != '"':
		if n := bytes.IndexAny(b[i:], alone+`"`); n >= 0 {
			return i + n
		}
		return len(b)
	}
	for i++; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(b)
}

func followedByColon(b []byte) bool {
	rest := bytes.TrimLeft(b, " \t\r\n")
	return len(rest) > 0 && rest[0] == ':'
}

// memberName is the name that a string stands for before a colon. What no name
// would hold is a text that ends in one: "http://h/x?token=t": refused.
func memberName(quoted []byte) (name string, is bool) {
	if bytes.IndexByte(quoted, '\\') < 0 {
		name = string(bytes.Trim(quoted, `"`))
	} else if json.Unmarshal(quoted, &name) != nil {
		return "", false
	}
	return name, !strings.ContainsAny(name, "/?=&,;{}<>\"'") && strings.Count(name, " ") <= 1
}
