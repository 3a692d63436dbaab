package load

import (
	"net/http"
	"strconv"
	"strings"
)

// renew writes a request that was made for this sending; false: it would not
// be one well-formed request.
func (w *wire) renew(r Request) bool {
	path := r.pathOf()
	if r.check() != nil || strings.ContainsFunc(path, func(c rune) bool { return c <= ' ' || c >= 0x7f }) {
		return false
	}
	header := http.Header{}
	for name, value := range r.Header {
		header.Set(name, value)
	}
	host := header.Get("Host")
	if host == "" {
		_, host, _ = strings.Cut(w.plan.origin, "://")
	}
	b := append(append(w.bytes[:0], r.method()...), ' ')
	b = append(append(b, path...), " HTTP/1.1\r\nHost: "...)
	b = append(append(b, host...), "\r\n"...)
	for _, ours := range ourHeaders {
		header.Del(ours)
	}
	if header.Get("User-Agent") == "" {
		header.Set("User-Agent", userAgent)
	}
	for _, name := range sortedNames(header) {
		b = append(append(b, name...), ": "...)
		b = append(append(b, strings.TrimSpace(header.Get(name))...), "\r\n"...)
	}
	if len(r.Body) > 0 || (r.method() != http.MethodGet && r.method() != http.MethodHead) {
		b = append(b, "Content-Length: "...)
		b = append(strconv.AppendInt(b, int64(len(r.Body)), 10), "\r\n"...)
	}
	b = append(b, traceHeader...)
	w.trace = len(b)
	w.bytes = append(append(b, traceBlank...), r.Body...)
	w.head, w.fixed = r.method() == http.MethodHead, false
	return true
}
