package match

import (
	"bytes"
	"cmp"
	"net/http"
	"strings"

	"github.com/seamtest/seam/contracts"
)

// sniff finds a content type by the first bytes.
func sniff(data []byte) string {
	for _, m := range magics {
		if len(data) >= m.at+len(m.bytes) && bytes.HasPrefix(data[m.at:], []byte(m.bytes)) {
			return m.kind
		}
	}
	kind, _, _ := strings.Cut(http.DetectContentType(data), ";")
	return cmp.Or(renamed[kind], kind)
}

// renamed are the types that net/http calls differently.
var renamed = map[string]string{
	"audio/wave": "audio/x-wav", "audio/aiff": "audio/x-aiff", "application/ogg": "audio/ogg",
	"video/avi": "video/x-msvideo", "image/x-icon": "image/vnd.microsoft.icon",
	"application/x-gzip": "application/gzip", "application/x-rar-compressed": "application/vnd.rar",
	"font/woff": "application/font-woff", "font/woff2": "application/font-woff",
	"font/ttf": "application/font-sfnt", "font/otf": "application/font-sfnt",
}

// magics are first bytes that net/http does not know, or of which the
// reference needs fewer.
var magics = []struct {
	at          int
	bytes, kind string
}{
	{0, "\x89PNG", "image/png"},
	{0, "GIF", "image/gif"},
	{0, "\xff\xd8", "image/jpeg"},
	{0, "%PDF", "application/pdf"},
	{0, "\xff\xfb", "audio/mpeg"},
	{0, "\x1f\x8b", "application/gzip"},
	{0, "II*\x00", "image/tiff"},
	{0, "MM\x00*", "image/tiff"},
	{0, "BZh", "application/x-bzip2"},
	{0, "7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"},
	{0, "\xfd7zXZ\x00", "application/x-xz"},
	{0, "\x28\xb5\x2f\xfd", "application/zstd"},
	{0, "\x7fELF", "application/x-executable"},
	{0, "SQLite format 3\x00", "application/vnd.sqlite3"},
	{0, "fLaC", "audio/x-flac"},
	{0, "#!", "text/x-shellscript"},
	{257, "ustar", "application/x-tar"},
}

// looksLike says whether bytes are of a type: the one that the first bytes
// tell, word for word. Of text it may also be what its characters look like.
func looksLike(data []byte, kind string) bool {
	found := sniff(data)
	if found != "text/plain" || kind == found {
		return kind == found
	}
	text := contracts.ParseMediaType(contracts.DetectContentType(data))
	want := contracts.ParseMediaType(kind)
	return text.Type != "" && len(want.Params) == 0 && text.Accepts(want)
}
