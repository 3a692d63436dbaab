package match

import "net/http"

// sniff finds a content type from the first bytes.
func sniff(data []byte) string { return http.DetectContentType(data) }
