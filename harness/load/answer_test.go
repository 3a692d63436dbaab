package load

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
)

// A reading is what a parser made of the bytes of a connection.
type reading struct {
	status int
	body   int64
	last   bool
	used   int
	err    error
}

// readAnswer feeds the bytes in pieces of the size, then ends the connection.
func readAnswer(data []byte, head bool, piece int) reading {
	var p parser
	p.expect(head)
	r := reading{}
	for r.used < len(data) && r.err == nil && !p.done() {
		var n int
		n, r.err = p.feed(data[r.used:min(r.used+piece, len(data))])
		r.used += n
	}
	if r.err == nil && !p.done() {
		r.err = p.end()
	}
	r.status, r.body, r.last = p.status, p.body, p.last
	return r
}

func TestAnswers(t *testing.T) {
	long := strings.Repeat("a", mostHeader)
	for _, test := range []struct {
		reason, text string
		head         bool
		want         reading // used: how much must be left over
	}{
		{"a length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", false, reading{200, 5, false, 0, nil}},
		{"no reason phrase", "HTTP/1.1 200\r\ncontent-length:0\r\n\r\n", false, reading{200, 0, false, 0, nil}},
		{"bare line feeds", "HTTP/1.1 200 OK\nContent-Length: 1\n\nx", false, reading{200, 1, false, 0, nil}},
		{"chunks, an extension, a trailer", "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n3;a=b\r\nabc\r\nA\r\n0123456789\r\n0\r\nX: y\r\n\r\n", false, reading{200, 13, false, 0, nil}},
		{"until the end", "HTTP/1.1 200 OK\r\n\r\nwhatever", false, reading{200, 8, true, 0, nil}},
		{"the server will close", "HTTP/1.1 200 OK\r\nConnection: foo, Close\r\nContent-Length: 0\r\n\r\n", false, reading{200, 0, true, 0, nil}},
		{"HTTP/1.0 closes", "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", false, reading{200, 0, true, 0, nil}},
		{"HTTP/1.0 that stays", "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\n\r\n", false, reading{200, 0, false, 0, nil}},
		{"interim answers are passed over", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 1\r\n\r\nx", false, reading{201, 1, false, 0, nil}},
		{"the answer to HEAD has no body", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", true, reading{200, 0, false, 0, nil}},
		{"204 has no body", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", false, reading{204, 0, false, 0, nil}},
		{"304 has no body", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", false, reading{304, 0, false, 0, nil}},
		{"the same length twice", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx", false, reading{200, 1, false, 0, nil}},
		{"what follows is left over", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxHTTP", false, reading{200, 1, false, 4, nil}},
		{"two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx", false, reading{err: errMalformed}},
		{"a length with a sign", "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\nx", false, reading{err: errMalformed}},
		{"a length beyond 64 bits", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nx", false, reading{err: errMalformed}},
		{"a space before the colon", "HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\nx", false, reading{err: errMalformed}},
		{"a folded line", "HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n", false, reading{err: errMalformed}},
		{"another encoding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", false, reading{err: errMalformed}},
		{"a chunk without a size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n", false, reading{err: errMalformed}},
		{"a chunk longer than its size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", false, reading{err: errMalformed}},
		{"another protocol", "HTTP/1.1 101 Switching Protocols\r\n\r\n", false, reading{err: errMalformed}},
		{"HTTP/2", "HTTP/2 200\r\n\r\n", false, reading{err: errMalformed}},
		{"another service", "SSH-2.0-OpenSSH_9.2\r\n", false, reading{err: errMalformed}},
		{"garbage without an end of line", "\x00\x01\x02", false, reading{err: errMalformed}},
		{"a header without end", "HTTP/1.1 200 OK\r\nX: " + long, false, reading{err: errTooLarge}},
		{"many headers", "HTTP/1.1 200 OK\r\n" + strings.Repeat("X: y\r\n", mostHeader/6), false, reading{err: errTooLarge}},
		{"interim answers without end", strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", mostHeader/25+1), false, reading{err: errTooLarge}},
		{"a body beyond the limit", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", false, reading{err: errTooLarge}},
		{"a trailer without end", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + strings.Repeat("X: y\r\n", mostHeader/6), false, reading{err: errTooLarge}},
		{"cut off in the header", "HTTP/1.1 200 OK\r\nContent-Le", false, reading{err: errTruncated}},
		{"cut off in the body", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", false, reading{err: errTruncated}},
		{"nothing at all", "", false, reading{err: errTruncated}},
	} {
		for _, piece := range []int{1, 3, len(test.text) + 1} {
			got := readAnswer([]byte(test.text), test.head, piece)
			if !errors.Is(got.err, test.want.err) {
				t.Errorf("%s, in pieces of %d: error %v, want %v", test.reason, piece, got.err, test.want.err)
				continue
			}
			got.used = len(test.text) - got.used
			if got.err == nil && got != test.want {
				t.Errorf("%s, in pieces of %d: got %+v, want %+v", test.reason, piece, got, test.want)
			}
		}
	}
}

// FuzzResponse holds the parser against that of net/http: what we accept it
// accepts, with the same status and the same length; and pieces of any size
// make no difference.
func FuzzResponse(f *testing.F) {
	for _, text := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "HTTP/1.0 200 OK\r\n\r\nx", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
		"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\nA: b\r\n\r\n",
	} {
		f.Add([]byte(text), false, 7)
		f.Add([]byte(text), true, 1)
	}
	f.Fuzz(func(t *testing.T, data []byte, head bool, piece int) {
		got := readAnswer(data, head, len(data)+1)
		if pieces := readAnswer(data, head, max(piece, 1)%64+1); (pieces.err == nil) != (got.err == nil) || (got.err == nil && pieces != got) {
			t.Fatalf("whole %+v, in pieces %+v", got, pieces)
		}
		if got.err != nil {
			return
		}
		want, err := readReference(data, head)
		if err != nil {
			if strings.Contains(err.Error(), "malformed MIME header") || strings.Contains(err.Error(), "invalid") || strings.Contains(err.Error(), "bad trailer") {
				return // names and values that it checks and nobody reads here
			}
			t.Fatalf("got %+v, net/http says %v", got, err)
		}
		if got.status != want.status || got.body != want.body || (want.last && !got.last) {
			t.Fatalf("got %+v, net/http %+v", got, want)
		}
	})
}

func readReference(data []byte, head bool) (reading, error) {
	request := &http.Request{Method: http.MethodGet}
	if head {
		request.Method = http.MethodHead
	}
	in := bufio.NewReader(bytes.NewReader(data))
	for {
		answer, err := http.ReadResponse(in, request)
		if err != nil {
			return reading{}, err
		}
		if answer.StatusCode < 200 {
			continue
		}
		n, err := io.Copy(io.Discard, answer.Body)
		return reading{status: answer.StatusCode, body: n, last: answer.Close}, err
	}
}

func BenchmarkAnswer(b *testing.B) {
	text := []byte("HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Tue, 24 Nov 2026 03:54:49 GMT\r\nContent-Type: text/plain\r\nContent-Length: 31\r\nConnection: keep-alive\r\n\r\nhello, world: 32 bytes of body\n")
	var p parser
	b.ReportAllocs()
	for b.Loop() {
		p.expect(false)
		if n, err := p.feed(text); n != len(text) || err != nil || !p.done() {
			b.Fatal(n, err)
		}
	}
}
