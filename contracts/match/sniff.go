package match

import (
	"bytes"
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
	if strings.HasPrefix(kind, "text/") {
		if text := contracts.DetectContentType(data); text != "" {
			return text
		}
	}
	return kind
}

// magics are first bytes that net/http does not know, or calls differently.
var magics = []struct {
	at          int
	bytes, kind string
}{
	{0, "\x1f\x8b", "application/gzip"},
	{0, "II*\x00", "image/tiff"},
	{0, "MM\x00*", "image/tiff"},
	{0, "BZh", "application/x-bzip2"},
	{0, "7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"},
	{0, "\xfd7zXZ\x00", "application/x-xz"},
	{0, "\x28\xb5\x2f\xfd", "application/zstd"},
	{0, "\x7fELF", "application/x-executable"},
	{0, "SQLite format 3\x00", "application/vnd.sqlite3"},
	{0, "fLaC", "audio/flac"},
	{257, "ustar", "application/x-tar"},
}

// looksLike says whether bytes may be of a type: the one found, or where text
// is all that can be found, any kind of text.
func looksLike(data []byte, kind string) bool {
	want := contracts.ParseMediaType(kind)
	found := sniff(data)
	if want.Essence() == found || strings.EqualFold(kind, found) {
		return true
	}
	switch found {
	case "text/plain":
		return want.IsText() && !want.IsJSON() && !want.IsXML()
	case "application/xml":
		return want.IsXML() || want.Suffix == "xml"
	case "application/json":
		return want.IsJSON() || want.Type == "text" && want.Subtype == "plain"
	}
	return false
}
