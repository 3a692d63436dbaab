package edge

import (
	"bytes"
	"mime"
	"net/textproto"
	"strings"
)

// redactParts replaces the values of secret fields in a body of several parts,
// and what is secret in the other parts by their type (RFC 2046, RFC 7578). It
// reads no more than it has to, so that what was cut is redacted as far as it goes.
func redactParts(b []byte, contentType string) []byte {
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil || params["boundary"] == "" {
		return bytes.Clone(b)
	}
	mark := []byte("--" + params["boundary"])
	parts := bytes.Split(b, mark)
	out := make([]byte, 0, len(b))
	out = append(out, parts[0]...)
	for _, part := range parts[1:] {
		out = append(out, mark...)
		out = append(out, redactPart(part)...)
	}
	return out
}

// redactPart redacts one part with the end of the line before it.
func redactPart(part []byte) []byte {
	blank := []byte("\r\n\r\n")
	head, body, found := bytes.Cut(part, blank)
	if !found {
		return part
	}
	name, media := fieldOf(head)
	end := body[len(bytes.TrimRight(body, "\r\n")):]
	body = body[:len(body)-len(end)]
	switch {
	case name != "" && secretName(name) && len(body) > 0:
		body = []byte(Redacted)
	case media == "" || strings.HasPrefix(media, "multipart/"):
		if isCard(body) {
			body = []byte(Redacted)
		}
		body = []byte(RedactTarget(string(body)))
	default:
		body = redactBody(body, media)
	}
	return bytes.Join([][]byte{head, append(bytes.Clone(body), end...)}, blank)
}

// fieldOf is the name of a form's field and the type of a part.
func fieldOf(head []byte) (name, contentType string) {
	for line := range strings.SplitSeq(string(head), "\r\n") {
		key, value, _ := strings.Cut(line, ":")
		switch textproto.CanonicalMIMEHeaderKey(strings.TrimSpace(key)) {
		case "Content-Disposition":
			if _, params, err := mime.ParseMediaType(value); err == nil {
				name = params["name"]
			}
		case "Content-Type":
			contentType = strings.TrimSpace(value)
		}
	}
	return name, contentType
}
