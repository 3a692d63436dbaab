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
// cards that are strings; others stay.
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
	c := &capture{requestHeader: RedactHeader(x.capture.requestHeader), responseHeader: RedactHeader(x.capture.responseHeader)}
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
	}
	return bytes.Clone(b)
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
	depth, under := 0, 0 // of containers, in all and within a secret member
	for i := 0; i < len(b); {
		end := endOfToken(b, i)
		token := b[i:end]
		i = end
		name := token[0] == '"' && followedByColon(b[end:])
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
			secret = secretMember(token)
		case !name && (secret || under > 0):
			token, secret = []byte(`"`+Redacted+`"`), false
		case !name && token[0] == '"':
			token = redactString(token)
		}
		out = append(out, token...)
	}
	return out
}

// redactString is RedactTarget within the quotes of a JSON string, and takes
// the numbers of cards out.
func redactString(quoted []byte) []byte {
	if isCard(bytes.Trim(quoted, `"`)) {
		return []byte(`"` + Redacted + `"`)
	}
	if !bytes.ContainsAny(quoted, "=@%") && !bytes.Contains(quoted, []byte(`\u`)) {
		return quoted
	}
	var plain string
	if json.Unmarshal(quoted, &plain) != nil { // it was cut
		return []byte(RedactTarget(string(quoted)))
	}
	kept := RedactTarget(plain)
	if kept == plain {
		return quoted
	}
	again, err := json.Marshal(kept)
	if err != nil {
		return []byte(`"` + Redacted + `"`)
	}
	return again
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

// secretMember reports whether a JSON member's name says that it is secret.
// The short words of parameters (code, pin) are too common in data to count.
func secretMember(quoted []byte) bool {
	joined := strings.Join(wordsOf(string(bytes.Trim(quoted, `"`))), "")
	for _, part := range secretParts {
		if strings.Contains(joined, part) {
			return true
		}
	}
	switch joined {
	case "pwd", "authorization", "cvv", "cvv2", "cvc", "cvc2":
		return true
	}
	return false
}
