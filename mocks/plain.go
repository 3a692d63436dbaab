package mocks

import (
	"bytes"
	"maps"
	"net/http"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seamtest/seam/contracts"
)

// A plain request is one of HTTP/1.1 (RFC 9112) of which nothing is in doubt:
// one of a few methods, a path without escapes, each header on one line, a
// body of stated length or none, and no header that asks for more than an
// answer. Everything else, good or bad, is net/http's.

// parsePlain reads the request at the beginning of came and returns what
// comes after it; nil where it is not plain, or not whole.
func parsePlain(came []byte) (got *contracts.Request, rest []byte) {
	end := bytes.Index(came, []byte("\r\n\r\n"))
	if end < 0 {
		return nil, nil
	}
	head, rest := string(came[:end+2]), came[end+4:]
	line, fields, _ := strings.Cut(head, "\r\n")
	method, line, _ := strings.Cut(line, " ")
	target, version, _ := strings.Cut(line, " ")
	path, query, _ := strings.Cut(target, "?")
	if version != "HTTP/1.1" || !plainMethod(method) || !plainPath(path) || !only(query, inQuery) {
		return nil, nil
	}
	headers, length := plainHeaders(fields)
	if headers == nil || length > len(rest) {
		return nil, nil
	}
	got = &contracts.Request{Method: method, Path: path, Query: contracts.ParseQuery(query), Headers: headers}
	kind := ""
	if declared := headers["Content-Type"]; len(declared) > 0 {
		kind = declared[0]
	}
	got.Body = contracts.NewBody(bytes.Clone(rest[:length]), kind)
	return got, rest[length:]
}

// plainMethod leaves out HEAD, whose answers have no body, and what asks for
// something else than an answer.
func plainMethod(method string) bool {
	switch method {
	case http.MethodGet, http.MethodDelete, http.MethodPost, http.MethodPut, http.MethodPatch:
		return true
	}
	return false
}

// plainPath leaves out authorities, escapes, and what a URL does not write
// the same way again.
func plainPath(path string) bool {
	return strings.HasPrefix(path, "/") && !strings.HasPrefix(path, "//") && only(path, inPath)
}

// plainHeaders also returns the length of the body; nil is not plain. Names
// are canonical.
func plainHeaders(fields string) (headers map[string][]string, length int) {
	n := strings.Count(fields, "\r\n")
	headers, values := make(map[string][]string, n), make([]string, 0, n)
	for line := range strings.SplitSeq(strings.TrimSuffix(fields, "\r\n"), "\r\n") {
		name, value, found := strings.Cut(line, ":")
		value = strings.Trim(value, " \t")
		if !found || name == "" || !only(name, inName) || !only(value, inValue) {
			return nil, 0
		}
		name = textproto.CanonicalMIMEHeaderKey(name)
		had := headers[name]
		if length, found = plainMeaning(name, value, length); !found || had != nil && single(name) {
			return nil, 0
		}
		if values = append(values, value); had == nil {
			headers[name] = values[len(values)-1 : len(values) : len(values)]
		} else {
			headers[name] = append(had, value)
		}
	}
	if host := headers["Host"]; host == nil || host[0] == "" || !only(host[0], inHost) {
		return nil, 0
	}
	return headers, length
}

func single(name string) bool { return name == "Host" || name == "Content-Length" }

// plainMeaning is false for a header that changes how the request is read, or
// what becomes of its connection.
func plainMeaning(name, value string, before int) (length int, ok bool) {
	switch name {
	case "Content-Length":
		n, err := strconv.ParseUint(value, 10, 16)
		return int(n), err == nil && only(value, inNumber)
	case "Connection":
		return before, strings.EqualFold(value, "keep-alive")
	case "Transfer-Encoding", "Expect", "Upgrade", "Trailer", "Proxy-Connection", "Http2-Settings", "Pragma": // net/http makes Cache-Control of the last
		return before, false
	}
	return before, true
}

// A class is a set of bytes.
type class [256]bool

func classOf(bytes string) *class {
	var c class
	for i := range len(bytes) {
		c[bytes[i]] = true
	}
	return &c
}

const alphanumeric = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

var (
	inNumber = classOf("0123456789")
	inHost   = classOf(alphanumeric + "-._:[]")
	inPath   = classOf(alphanumeric + "/-._~$&+,:;=@") // what net/url leaves as it is
	inQuery  = classOf(alphanumeric + "/-._~$&+,:;=@%?!*'()[]")
	inName   = classOf(alphanumeric + "!#$%&'*+-.^_`|~")
	inValue  = printable()
)

func printable() *class {
	var c class
	for b := 0x20; b < 0x7f; b++ {
		c[b] = true
	}
	c['\t'] = true
	return &c
}

func only(text string, allowed *class) bool {
	for i := range len(text) {
		if !allowed[text[i]] {
			return false
		}
	}
	return true
}

// plainHead is a status line and headers, except for the date, as net/http
// writes them; false where they are not plain.
func (a *wired) plainHead() ([]byte, bool) {
	if a.status < 200 || a.status > 599 || a.status == http.StatusNotModified {
		return nil, false
	}
	text := http.StatusText(a.status)
	if text == "" {
		text = "status code " + strconv.Itoa(a.status)
	}
	head := append(strconv.AppendInt([]byte("HTTP/1.1 "), int64(a.status), 10), " "+text+"\r\n"...)
	for _, name := range slices.Sorted(maps.Keys(a.header)) {
		for _, value := range a.header[name] {
			if !only(name, inName) || name == "" || name == "Date" || !only(value, inValue) {
				return nil, false
			}
			head = append(head, name+": "+strings.Trim(value, " \t")+"\r\n"...)
		}
	}
	if a.status == http.StatusNoContent {
		return head, true
	}
	if a.header.Get("Content-Type") == "" && a.header.Get("Content-Encoding") == "" && len(a.content) > 0 {
		head = append(head, "Content-Type: "+http.DetectContentType(a.content)+"\r\n"...)
	}
	head = strconv.AppendInt(append(head, "Content-Length: "...), int64(len(a.content)), 10)
	return append(head, "\r\n"...), true
}

func (a *wired) appendPlain(said []byte, now time.Time) ([]byte, bool) {
	head := a.head
	if head == nil {
		var plain bool
		if head, plain = a.plainHead(); !plain {
			return said, false
		}
	}
	said = append(append(said, head...), "Date: "...)
	said = append(now.UTC().AppendFormat(said, http.TimeFormat), "\r\n\r\n"...)
	if a.status == http.StatusNoContent {
		return said, true
	}
	return append(said, a.content...), true
}
