package mocks

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seamtest/seam/contracts"
)

const fronted = `
	{"description": "json", "request": {"method": "GET", "path": "/json"},
		"response": {"status": 200, "headers": {"Content-Type": "application/json", "Vary": "Accept, Origin"}, "body": {"id": 7}}},
	{"description": "untyped", "request": {"method": "GET", "path": "/untyped"}, "response": {"status": 200, "body": "hello"}},
	{"description": "coded", "request": {"method": "GET", "path": "/coded"}, "response": {"status": 200, "headers": {"Content-Encoding": "x"}, "body": "abc"}},
	{"description": "gone", "request": {"method": "DELETE", "path": "/things/1"}, "response": {"status": 204}},
	{"description": "bodiless", "request": {"method": "GET", "path": "/bodiless"}, "response": {"status": 304, "headers": {"ETag": "\"1\""}, "body": "no"}},
	{"description": "odd", "request": {"method": "GET", "path": "/odd"}, "response": {"status": 299, "headers": {"X-Twice": ["a", "b"], "X-Odd": "a\nb", "Date": "never"}}},
	{"description": "unheard", "request": {"method": "GET", "path": "/unheard"}, "response": {"status": 599, "headers": {"X-Wide": "  a b  "}}},
	{"description": "made", "request": {"method": "GET", "path": "/made"}, "response": {"status": 200, "body": {"id": 1},
		"headers": {"Content-Type": "application/json"}, "generators": {"body": {"$.id": {"type": "RandomInt", "min": 5, "max": 5}}}}},
	{"description": "search", "request": {"method": "GET", "path": "/search", "query": {"q": ["a b"], "n": ["1", "2"]}, "headers": {"Accept": "text/plain", "Host": "front"}},
		"response": {"status": 200, "body": "found"}},
	{"description": "create", "request": {"method": "POST", "path": "/things", "headers": {"Content-Type": "application/json"}, "body": {"a": 1}},
		"response": {"status": 201, "body": "made"}}`

// What the front makes of each must be what net/http makes of it; plain says
// which requests the front reads itself.
var conversations = []struct {
	text   string
	plain  bool
	reason string
}{
	{"GET /json HTTP/1.1\r\nHost: front\r\n\r\n", true, "the usual"},
	{"GET /untyped HTTP/1.1\r\nHost: front\r\naccept: */*\r\nUser-Agent:curl/8\r\n\r\n", true, "names in any case, no blank"},
	{"GET /coded HTTP/1.1\r\nHost: front\r\n\r\n", true, "a coded body is not looked at"},
	{"DELETE /things/1 HTTP/1.1\r\nHost: front:80\r\nConnection: Keep-Alive\r\n\r\n", true, "no body may follow"},
	{"GET /bodiless HTTP/1.1\r\nHost: front\r\n\r\n", true, "an answer without some of its headers"},
	{"GET /unheard HTTP/1.1\r\nHost: front\r\n\r\n", true, "a status without a name"},
	{"GET /made HTTP/1.1\r\nHost: front\r\n\r\n", true, "generators"},
	{"GET /search?q=a+b&n=1&n=%32 HTTP/1.1\r\nHost: front\r\nAccept: text/plain\r\n\r\n", true, "a query"},
	{"POST /things HTTP/1.1\r\nHost: front\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{\"a\": 1}\n", true, "a body"},
	{"POST /things HTTP/1.1\r\nHost: front\r\nContent-Type: application/json\r\nContent-Length: 8\r\n\r\n{\"a\": 2}", true, "a body that does not fit"},
	{"GET /nothing HTTP/1.1\r\nHost: front\r\n\r\n", true, "a miss"},
	{"GET /odd HTTP/1.1\r\nHost: front\r\n\r\n", true, "an answer with a line break in a header and a date of its own"},
	{"GET /json HTTP/1.1\r\nHost: front\r\nPragma: no-cache\r\n\r\n", false, "a header that makes another"},
	{"HEAD /json HTTP/1.1\r\nHost: front\r\n\r\n", false, "HEAD"},
	{"get /json HTTP/1.1\r\nHost: front\r\n\r\n", false, "a method of small letters"},
	{"GET /j%73on HTTP/1.1\r\nHost: front\r\n\r\n", false, "an escape in the path"},
	{"GET //json HTTP/1.1\r\nHost: front\r\n\r\n", false, "what may be an authority"},
	{"GET http://front/json HTTP/1.1\r\nHost: front\r\n\r\n", false, "an absolute URL"},
	{"GET /json HTTP/1.0\r\nHost: front\r\n\r\n", false, "an old version"},
	{"GET /json HTTP/1.1\r\n\r\n", false, "no host"},
	{"GET /json HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", false, "two hosts"},
	{"GET /json HTTP/1.1\r\nHost : front\r\n\r\n", false, "a blank before the colon"},
	{"GET /json HTTP/1.1\r\nHost: front\r\nX: a\r\n b\r\n\r\n", false, "a folded header"},
	{"GET /json HTTP/1.1\r\nHost: front\r\nConnection: close\r\n\r\n", false, "the last request"},
	{"POST /things HTTP/1.1\r\nHost: front\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx", false, "two lengths"},
	{"POST /things HTTP/1.1\r\nHost: front\r\nContent-Length: +1\r\n\r\nx", false, "a signed length"},
	{"POST /things HTTP/1.1\r\nHost: front\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", false, "pieces"},
	{"POST /things HTTP/1.1\r\nHost: front\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx", false, "a caller that waits"},
	{"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", false, "HTTP/2"},
	{"nonsense\r\n\r\n", false, "nonsense"},
}

func TestTheFrontSaysWhatNetHTTPSays(t *testing.T) {
	stub := newStub(t, fronted)
	slow := httptest.NewServer(stub)
	defer slow.Close()
	quick := httptest.NewUnstartedServer(stub)
	quick.Listener = stub.Front(quick.Listener)
	quick.Start()
	defer quick.Close()
	for _, c := range conversations {
		if got, _ := parsePlain([]byte(c.text)); got == nil == c.plain {
			t.Errorf("%s: plain is %v, want %v", c.reason, got != nil, c.plain)
		}
		if text, _, _ := (&front{stub: stub}).answer(nil, []byte(c.text)); c.plain && text == nil && !strings.Contains(c.text, "/bodiless") && !strings.Contains(c.text, "/odd") {
			t.Errorf("%s: the front leaves it to net/http", c.reason)
		}
		for _, again := range []string{"", "GET /untyped HTTP/1.1\r\nHost: front\r\nConnection: close\r\n\r\n"} {
			want := converse(t, slow.Listener.Addr(), c.text+again)
			if got := converse(t, quick.Listener.Addr(), c.text+again); !cmp.Equal(want, got) {
				t.Errorf("%s: %q:\n%s", c.reason, c.text+again, cmp.Diff(want, got))
			}
		}
	}
}

func TestARequestInPiecesAndManyAtOnce(t *testing.T) {
	server := Serve(t, newStub(t, fronted).index.all[0].pact)
	const piece, whole = "GET /json HTTP/1.1\r\nHo", "GET /json HTTP/1.1\r\nHost: front\r\n\r\n"
	text := strings.Repeat(whole, 5000) + "GET /nothing HTTP/1.1\r\nHost: front\r\nConnection: close\r\n\r\n"
	conn, err := net.Dial("tcp", strings.TrimPrefix(server.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var sending sync.WaitGroup
	defer sending.Wait()
	sending.Go(func() {
		for _, part := range []string{text[:len(piece)], text[len(piece):]} {
			if _, err := io.WriteString(conn, part); err != nil {
				t.Error(err)
			}
		}
	})
	all, err := io.ReadAll(conn)
	if n := bytes.Count(all, []byte("HTTP/1.1 200 OK")); err != nil || n != 5000 || !bytes.Contains(all, []byte("HTTP/1.1 404")) {
		t.Errorf("%d answers, %v", n, err)
	}
	if uses := server.Uses()[0].Count; uses != 5000 || server.Misses() != 1 {
		t.Errorf("%d uses, %d misses", uses, server.Misses())
	}
}

func TestTheEndOfAFrontIsTheEndOfItsConnections(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	front := newStub(t, fronted).Front(listener)
	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, conversations[0].text); err != nil {
		t.Fatal(err)
	}
	from := bufio.NewReader(conn)
	answer, err := http.ReadResponse(from, nil)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatal(answer, err)
	}
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		t.Fatal(err)
	}
	if err := front.Close(); err != nil {
		t.Error(err)
	}
	if _, err := from.ReadByte(); err == nil {
		t.Error("the connection is still open")
	}
	if _, err := front.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept after Close: %v", err)
	}
	if err := front.Close(); err != nil {
		t.Errorf("Close again: %v", err)
	}
}

// converse sends the bytes and reads all answers, without their dates.
func converse(t *testing.T, addr net.Addr, text string) []string {
	t.Helper()
	conn, err := net.Dial(addr.Network(), addr.String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	var said []string
	request := &http.Request{Method: text[:max(strings.IndexByte(text, ' '), 0)]}
	for from := bufio.NewReader(conn); ; request = nil {
		answer, err := http.ReadResponse(from, request)
		if err != nil {
			return said
		}
		body, err := io.ReadAll(answer.Body)
		if date := answer.Header.Get("Date"); date != "never" {
			answer.Header.Del("Date")
		}
		said = append(said, fmt.Sprint(answer.Status, answer.Header, answer.Close, string(body), err))
	}
}

func newStub(t testing.TB, interactions string) *Stub {
	t.Helper()
	p, _, err := contracts.Read(strings.NewReader(`{"consumer": {"name": "web"}, "provider": {"name": "orders"},
		"interactions": [` + interactions + `], "metadata": {"pactSpecification": {"version": "3.0.0"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	stub, err := New(p)
	if err != nil {
		t.Fatal(err)
	}
	return stub
}

// FuzzPlain holds the reading of plain requests to net/http's.
func FuzzPlain(f *testing.F) {
	for _, c := range conversations {
		f.Add([]byte(c.text))
	}
	f.Fuzz(func(t *testing.T, came []byte) {
		got, rest := parsePlain(came)
		if got == nil {
			return
		}
		from := bufio.NewReader(bytes.NewReader(came))
		r, err := http.ReadRequest(from)
		if err != nil {
			t.Fatalf("%q is plain, but net/http says: %v", came, err)
		}
		want, err := received(nil, r, 0)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q is read otherwise than by net/http:\n%s", came, diff)
		}
		if left, err := io.ReadAll(from); err != nil || !bytes.Equal(left, rest) {
			t.Errorf("%q: %q comes after it, want %q %v", came, rest, left, err)
		}
	})
}

// What is set before the first request holds for it, although the stub listens
// already.
func TestAStubThatListensCanStillBeMadeSlowOrOpenToScripts(t *testing.T) {
	s := Serve(t, newStub(t, fronted).index.all[0].pact)
	s.CORS = true
	answer, err := http.Get(s.URL + "/json")
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.Header.Get("Access-Control-Allow-Origin") == "" {
		t.Errorf("no header of CORS: %v", answer.Header)
	}
}
