package edge

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
)

// CaptureLimit bounds what is captured of one body, as it is on the wire. The
// memory held for captures is at most twice this for each open exchange, plus
// DecodeLimit for each body whose view was asked for.
const CaptureLimit = 1 << 20

// DecodeLimit bounds a captured body after its content coding was undone.
const DecodeLimit = 4 << 20

// A Capture says what an observer wants to see of an exchange besides its
// figures; the zero value asks for nothing and costs nothing.
type Capture struct {
	Headers bool
	Bodies  bool // implies Headers: a body cannot be read without its content coding
}

// A capture is what was recorded of one exchange. Views may be asked for by
// several goroutines at once after the exchange ended.
type capture struct {
	requestHeader, responseHeader http.Header
	request, response             recording
}

// A recording holds the bytes of one body up to CaptureLimit.
type recording struct {
	on        bool
	truncated bool
	raw       []byte

	once sync.Once
	body Body
}

// expect makes room for a body of the length that its header declared.
func (r *recording) expect(length int64) {
	if r.on && length > 0 {
		r.raw = make([]byte, 0, min(length, CaptureLimit))
	}
}

// write records p as far as there is room.
func (r *recording) write(p []byte) {
	if !r.on || r.truncated {
		return
	}
	if room := CaptureLimit - len(r.raw); len(p) > room {
		p, r.truncated = p[:room], true
	}
	r.raw = append(r.raw, p...)
}

// Write records p as far as there is room; it takes all.
func (r *recording) Write(p []byte) (int, error) {
	r.write(p)
	return len(p), nil
}

// view undoes the content coding on the first call and remembers the result.
func (r *recording) view(header http.Header) Body {
	if !r.on {
		return Body{}
	}
	r.once.Do(func() {
		r.body = decode(r.raw, r.truncated, header.Values("Content-Encoding"))
	})
	return r.body
}

// decode undoes the content codings in reverse order (RFC 9110, section 8.4).
// A coding that is unknown or broken leaves the bytes as they came.
func decode(raw []byte, truncated bool, codings []string) Body {
	if raw == nil {
		raw = []byte{}
	}
	body := Body{Bytes: raw, Truncated: truncated}
	if len(raw) == 0 {
		return body
	}
	names := strings.Split(strings.ToLower(strings.Join(codings, ",")), ",")
	for i := len(names) - 1; i >= 0; i-- {
		name := strings.TrimSpace(names[i])
		if name == "" || name == "identity" {
			continue
		}
		plain, cut, err := undo(name, body.Bytes)
		if err != nil && !body.Truncated {
			return Body{Bytes: raw, Truncated: truncated, Encoded: strings.Join(codings, ", ")}
		}
		body.Bytes, body.Truncated = plain, body.Truncated || cut
	}
	return body
}

// undo decodes one content coding as far as DecodeLimit allows.
func undo(name string, raw []byte) (plain []byte, cut bool, err error) {
	var from io.Reader
	switch name {
	case "gzip", "x-gzip":
		from, err = gzip.NewReader(bytes.NewReader(raw))
	case "br":
		from = brotli.NewReader(bytes.NewReader(raw))
	default:
		err = errCoding
	}
	if err != nil {
		return nil, false, err
	}
	plain, err = io.ReadAll(io.LimitReader(from, DecodeLimit+1))
	if len(plain) > DecodeLimit {
		return plain[:DecodeLimit], true, nil
	}
	return plain, false, err
}
