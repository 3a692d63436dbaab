package edge

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
)

const body5 = "\r\n\r\nhello"

// TestAmbiguousFramingIsRefused sends each request by hand: the provider must
// not be sent any of it, and the connection must serve no further request.
func TestAmbiguousFramingIsRefused(t *testing.T) {
	head := "POST / HTTP/1.1\r\nHost: x\r\n"
	tests := []struct{ request, want, reason string }{
		{head + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400", "a length and chunks"},
		{head + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", "400", "chunks and a length"},
		{head + "transfer-encoding: chunked\r\nCONTENT-LENGTH: 0\r\n\r\n0\r\n\r\n", "400", "the same in another case, a length of nothing"},
		{head + "Content-Length: 5\r\nContent-Length: 6" + body5, "400", "two lengths"},
		{head + "Content-Length: 5, 5" + body5, "400", "a list of lengths"},
		{head + "Content-Length: +5" + body5, "400", "a sign"},
		{head + "Content-Length: 0x5" + body5, "400", "a base"},
		{head + "Content-Length: " + body5, "400", "no length"},
		{head + "Content-Length: " + strings.Repeat("0", 200) + "5" + body5, "400", "a length longer than any"},
		{head + "Content-Length : 5" + body5, "400", "a space before the colon"},
		{head + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", "400", "the same for chunks"},
		{head + "X-A: b\r\n c\r\n\r\n", "400", "a folded line"},
		{head + "X-A: b\r\n\tc: d\r\n\r\n", "400", "a line folded with a tab"},
		{head + "X-A: b\r\n \r\nX-B: c\r\n\r\n", "400", "a folded line of nothing"},
		{"POST / HTTP/1.1\r\n Host: x\r\n\r\n", "400", "a first line that is folded"},
		{"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n0\r\n\r\n", "400", "chunks in HTTP/1.0"},
		{head + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", "501", "codings that nobody knows"},
		{head + "Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n", "400", "a hidden byte in the coding"},
		{head + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n", "501", "two codings"},
		{head + "X: a\rb\r\n\r\n", "400", "a carriage return within a line"},
		{head + "X: a\x00b\r\n\r\n", "400", "a NUL"},
		{head + "Host: y\r\n\r\n", "400", "two hosts"},
		{"GET / HTTP/1.1\r\n\r\n", "400", "no host"},
		{"GET  / HTTP/1.1\r\nHost: x\r\n\r\n", "400", "two spaces"},
		{"GET / HTTP/1.1 \r\nHost: x\r\n\r\n", "400", "a space at the end"},
		{"\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", "400", "an empty line before"},
		{head + "no colon\r\n\r\n", "400", "a line without a colon"},
		{head + ": x\r\n\r\n", "400", "a line without a name"},
	}
	to, heads := answering(t, ok)
	r := startEdge(t, to, nil)
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			got := r.send(t, test.request+"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n")
			if !strings.HasPrefix(got, "HTTP/1.1 "+test.want+" ") || strings.Count(got, "HTTP/1.1 ") != 1 {
				t.Errorf("answered %q, want one answer of %s", got, test.want)
			}
		})
	}
	if len(heads()) > 0 {
		t.Errorf("the provider was sent %q", heads())
	}
	if got := r.Stats().Refused; got != 9 {
		t.Errorf("Refused = %d, want the 9 that net/http would have let pass", got)
	}
}

// TestBrokenChunksAreRefused is what shows only when the request is on its way:
// the provider never gets a whole request.
func TestBrokenChunksAreRefused(t *testing.T) {
	head := "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
	tests := []struct{ chunks, reason string }{
		{"zz\r\nhello\r\n0\r\n\r\n", "a size that is none"},
		{"5\nhello\r\n0\r\n\r\n", "a line feed alone"},
		{"5\r\nhello0\r\n\r\n", "no line break after the chunk"},
		{"5\r\nhelloo\r\n0\r\n\r\n", "a chunk longer than its size"},
		{"0x5\r\nhello\r\n0\r\n\r\n", "a base"},
		{"fffffffffffffffff\r\nhello\r\n0\r\n\r\n", "a size beyond 64 bits"},
		{"-5\r\nhello\r\n0\r\n\r\n", "a sign"},
		{"5;" + strings.Repeat("x", 5000) + "\r\nhello\r\n0\r\n\r\n", "an extension without end"},
	}
	whole := make(chan bool, len(tests))
	to := provider(t, func(_ http.ResponseWriter, r *http.Request) {
		_, err := io.Copy(io.Discard, r.Body)
		whole <- err == nil
	})
	r := startEdge(t, to, nil)
	for i, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			got := r.send(t, head+test.chunks+"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n")
			if !strings.HasPrefix(got, "HTTP/1.1 400 ") || strings.Count(got, "HTTP/1.1 ") != 1 || !strings.Contains(got, "Seam-Error: "+faultRequest) {
				t.Errorf("answered %q", got)
			}
			exchanges, spans := r.settled(t)
			if x, s := exchanges[i], spans[i]; x.Fault != faultRequest || s.Attr(attrStatus).AsInt64() != 400 {
				t.Errorf("observed fault %q, sent %d", x.Fault, s.Attr(attrStatus).AsInt64())
			}
		})
	}
	for len(whole) > 0 {
		if <-whole {
			t.Error("the provider got a whole request out of a broken one")
		}
	}
}

// TestAnswersBeforeARefusalAreSent pipelines an ambiguous request behind good ones.
func TestAnswersBeforeARefusalAreSent(t *testing.T) {
	to, heads := answering(t, ok)
	r := startEdge(t, to, nil)
	got := r.send(t, "GET /1 HTTP/1.1\r\nHost: x\r\n\r\nPOST /2 HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"+
		"GET /3 HTTP/1.1\r\nHost: x\r\nX: y\r\n z\r\n\r\n")
	if !strings.HasPrefix(got, ok+ok+"HTTP/1.1 400 ") {
		t.Errorf("answered %q", got)
	}
	if len(heads()) != 2 {
		t.Errorf("the provider was sent %q", heads())
	}
}

// TestAnEmptyLineHidesNothing puts an ambiguous request behind the line break
// that old clients send after a POST, which net/http passes over.
func TestAnEmptyLineHidesNothing(t *testing.T) {
	to, heads := answering(t, ok)
	r := startEdge(t, to, nil)
	post := "POST /1 HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n\r\n"
	got := r.send(t, post+"POST /2 HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
	if !strings.HasPrefix(got, ok+"HTTP/1.1 400 ") || len(heads()) != 1 {
		t.Errorf("answered %q, and the provider was sent %q", got, heads())
	}
}

// FuzzFraming holds a framing to not depending on how the bytes are cut, to
// changing at most one of them, and to net/http's idea of where requests end.
func FuzzFraming(f *testing.F) {
	f.Add("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhelloGET / HTTP/1.1\r\nHost: x\r\n\r\n", 3)
	f.Add("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3;x\r\nabc\r\n0\r\nA: b\r\n\r\nGET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 1)
	f.Add("GET / HTTP/1.1\nHost: x\nContent-Length: 1\nTransfer-Encoding: chunked\n\n", 7)
	f.Add("GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n", 2)
	f.Add("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00", 9)
	f.Fuzz(func(t *testing.T, stream string, step int) {
		whole, cut := []byte(stream), []byte(stream)
		var one, many framing
		spoiled := one.scan(whole)
		for rest := cut; len(rest) > 0; {
			n := min(len(rest), 1+int(uint(step)%7))
			many.scan(rest[:n])
			rest = rest[n:]
		}
		if !bytes.Equal(whole, cut) {
			t.Fatalf("cut into pieces:\n%q, at once:\n%q", cut, whole)
		}
		changed := 0
		for i := range whole {
			if whole[i] != stream[i] {
				changed++
			}
		}
		if changed > 1 || (changed == 1) != spoiled {
			t.Fatalf("%d bytes changed, reported %v", changed, spoiled)
		}
		agreed(t, whole)
	})
}

// agreed reads whole with net/http, and fails where a request passes that has
// what the framing should have spoiled.
func agreed(t *testing.T, whole []byte) {
	from := bytes.NewReader(whole)
	r := bufio.NewReader(from)
	at := func() int { return len(whole) - from.Len() - r.Buffered() }
	for {
		start := at()
		request, err := http.ReadRequest(r)
		if err != nil || request.ProtoMajor != 1 || !validFields(request) {
			return
		}
		head := whole[start:at()]
		folded := bytes.Contains(head, []byte("\n ")) || bytes.Contains(head, []byte("\n\t"))
		lowered := bytes.ToLower(head)
		sized, coded := bytes.Contains(lowered, []byte("\ncontent-length:")), bytes.Contains(lowered, []byte("\ntransfer-encoding:"))
		if folded || sized && coded || coded && request.ProtoMinor == 0 {
			t.Fatalf("passes: %q", head)
		}
		if _, err := io.Copy(io.Discard, request.Body); err != nil {
			return
		}
	}
}

// validFields repeats what net/http's server checks after ReadRequest.
func validFields(r *http.Request) bool {
	for name, values := range r.Header {
		if strings.ContainsAny(name, " ") || strings.ContainsAny(strings.Join(values, ""), "\x00\r\n\x0b") {
			return false
		}
	}
	return true
}
