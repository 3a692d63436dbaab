package edge

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seamtest/seam/harness/trace"
)

// TestEventsFlow lets the provider send the next event only after the consumer
// has read the one before, so that any buffering would stop both.
func TestEventsFlow(t *testing.T) {
	next := make(chan bool)
	to := provider(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		flush := http.NewResponseController(w).Flush
		_ = flush() // the consumer notices
		for i := 0; <-next; i++ {
			fmt.Fprintf(w, "data: %d\n\n", i)
			_ = flush() // the consumer notices
		}
	})
	r := startEdge(t, to, nil)
	response, err := client(t).Get(r.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	lines := bufio.NewReader(response.Body)
	for i := range 3 {
		next <- true
		line, err := lines.ReadString('\n')
		if want := fmt.Sprintf("data: %d\n", i); line != want || err != nil {
			t.Fatalf("read %q, %v, want %q", line, err, want)
		}
		_, _ = lines.ReadString('\n') // the empty line
	}
	next <- false
	if rest, err := io.ReadAll(lines); len(rest) > 0 || err != nil {
		t.Errorf("read %q, %v after the last event", rest, err)
	}
}

// TestHeaderDoesNotWaitForTheBody lets the provider send the declared body
// only after the consumer has the header.
func TestHeaderDoesNotWaitForTheBody(t *testing.T) {
	arrived := make(chan struct{})
	to := scripted(t, func(c net.Conn, r *bufio.Reader) {
		readHead(r)
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n") // the consumer notices
		<-arrived
		_, _ = io.WriteString(c, "hi") // the same
	})
	r := startEdge(t, to, nil)
	response, err := client(t).Get(r.URL())
	close(arrived)
	if err != nil {
		t.Fatal(err)
	}
	if got := read(t, response); got != "hi" {
		t.Errorf("read %q", got)
	}
}

func TestInformationalAnswersPass(t *testing.T) {
	to, _ := answering(t, "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </b>\r\nX: y\r\n\r\n"+ok)
	r := startEdge(t, to, nil)
	var hints []string
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
		Got1xxResponse: func(code int, h textproto.MIMEHeader) error {
			hints = append(hints, fmt.Sprint(code, h))
			return nil
		},
	})
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.URL(), nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := client(t).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	read(t, response)
	if diff := cmp.Diff([]string{"103 map[Link:[</a>]]", "103 map[Link:[</b>] X:[y]]"}, hints); diff != "" {
		t.Errorf("hints (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(http.Header{"Content-Length": {"2"}}, response.Header); diff != "" {
		t.Errorf("the answer's own header (-want +got):\n%s", diff)
	}
	if got := r.send(t, "GET / HTTP/1.0\r\n\r\n"); strings.Contains(got, "103") {
		t.Errorf("a consumer of HTTP/1.0 was sent %q", got)
	}
}

func TestExpectContinue(t *testing.T) {
	tests := []struct {
		reason   string
		provider func(c net.Conn, r *bufio.Reader)
		want     string // what the consumer reads before it sends the body
	}{
		{
			"the provider's own 100 passes before the body is asked for",
			func(c net.Conn, r *bufio.Reader) {
				readHead(r)
				_, _ = io.WriteString(c, "HTTP/1.1 100 Continue\r\n\r\n") // the consumer notices
				_, _ = io.ReadFull(r, make([]byte, 4))                    // the same
				_, _ = io.WriteString(c, ok)                              // the same
			},
			"HTTP/1.1 100 Continue\r\n\r\n",
		},
		{
			"a refusal spares the body",
			func(c net.Conn, r *bufio.Reader) {
				readHead(r)
				_, _ = io.WriteString(c, "HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n") // the same
				_, _ = r.ReadByte()                                                                      // until the edge closes
			},
			"HTTP/1.1 417 Expectation Failed\r\n",
		},
		{
			"a provider that knows nothing of it gets the body after a while",
			func(c net.Conn, r *bufio.Reader) {
				readHead(r)
				_, _ = io.ReadFull(r, make([]byte, 4)) // the same
				_, _ = io.WriteString(c, ok)           // the same
			},
			"HTTP/1.1 100 Continue\r\n\r\n",
		},
		{
			"a provider that hangs up is told of",
			func(_ net.Conn, r *bufio.Reader) { readHead(r) },
			"HTTP/1.1 502 Bad Gateway\r\n",
		},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			r := startEdge(t, scripted(t, test.provider), nil)
			c := r.dialRaw(t)
			if _, err := io.WriteString(c, "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"); err != nil {
				t.Fatal(err)
			}
			got := make([]byte, len(test.want))
			if _, err := io.ReadFull(c, got); err != nil || string(got) != test.want {
				t.Fatalf("read %q, %v, want %q", got, err, test.want)
			}
			if !strings.Contains(test.want, " 100 ") {
				return
			}
			if _, err := io.WriteString(c, "body"); err != nil {
				t.Fatal(err)
			}
			got = make([]byte, len(ok))
			if _, err := io.ReadFull(c, got); err != nil || string(got) != ok {
				t.Errorf("read %q, %v, want %q", got, err, ok)
			}
		})
	}
}

// TestAnswerBeforeTheRequestEnded is a consumer that streams both ways at once.
func TestAnswerBeforeTheRequestEnded(t *testing.T) {
	to := provider(t, func(w http.ResponseWriter, r *http.Request) {
		control := http.NewResponseController(w)
		_ = control.EnableFullDuplex() // the consumer notices
		_ = control.Flush()            // the same
		lines := bufio.NewReader(r.Body)
		for {
			line, err := lines.ReadString('\n')
			if err != nil {
				return
			}
			_, _ = io.WriteString(w, "re: "+line) // the same
			_ = control.Flush()                   // the same
		}
	})
	r := startEdge(t, to, nil)
	body, feed := io.Pipe()
	request, err := http.NewRequest(http.MethodPost, r.URL(), body)
	if err != nil {
		t.Fatal(err)
	}
	response, err := client(t).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	lines := bufio.NewReader(response.Body)
	for i := range 3 {
		fmt.Fprintln(feed, i)
		if line, err := lines.ReadString('\n'); line != fmt.Sprintf("re: %d\n", i) {
			t.Fatalf("read %q, %v", line, err)
		}
	}
	feed.Close()
	if _, err := lines.ReadByte(); err != io.EOF {
		t.Errorf("the answer ended with %v", err)
	}
}

// TestAnswerWithoutTheRequestsBody refuses an upload of which the consumer has
// only sent the first part; it must get the answer whole.
func TestAnswerWithoutTheRequestsBody(t *testing.T) {
	answer := "HTTP/1.1 413 Request Entity Too Large\r\nContent-Length: 3\r\n\r\nbig"
	to := scripted(t, func(c net.Conn, r *bufio.Reader) {
		readHead(r)
		_, _ = io.WriteString(c, answer) // the consumer notices
		_, _ = io.Copy(io.Discard, r)    // until the edge closes
	})
	r := startEdge(t, to, nil)
	got := r.send(t, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n"+strings.Repeat("x", 100_000))
	if got != answer {
		t.Errorf("read %q, want %q", got, answer)
	}
	if x, _ := r.only(t); x.Fault != "" || x.Status != 413 {
		t.Errorf("observed %d, fault %q", x.Status, x.Fault)
	}
}

// TestSmallUnreadBodyKeepsTheConnection sends the body late, with the next request.
func TestSmallUnreadBodyKeepsTheConnection(t *testing.T) {
	to := provider(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // the consumer notices
		fmt.Fprint(w, r.URL.Path)
	})
	r := startEdge(t, to, nil)
	got := r.send(t, "POST /1 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabcGET /2 HTTP/1.1\r\nHost: x\r\n\r\n"+
		"POST /3 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\nGET /4 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	for _, path := range []string{"/1", "/2", "/3", "/4"} {
		if !strings.Contains(got, path) {
			t.Errorf("no answer to %s in %q", path, got)
		}
	}
}

func TestConsumerThatGoesAwayCancelsTheCall(t *testing.T) {
	arrived, canceled := make(chan struct{}), make(chan struct{})
	to := provider(t, func(_ http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-r.Context().Done()
		close(canceled)
	})
	r := startEdge(t, to, nil)
	ctx, cancel := context.WithCancel(t.Context())
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.URL(), nil)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		<-arrived
		cancel()
	}()
	if response, err := client(t).Do(request); err == nil {
		response.Body.Close()
		t.Fatal("the canceled call was answered")
	}
	select {
	case <-canceled:
	case <-time.After(deadline):
		t.Fatal("the provider's request was not canceled")
	}
	x, span := r.only(t)
	if x.Fault != faultCanceled || x.Status != 0 || span.Code != trace.Error {
		t.Errorf("observed fault %q, status %d, span code %d", x.Fault, x.Status, span.Code)
	}
}

// TestAHalfClosedConsumerIsGone, as docs/verbs/up.md says.
func TestAHalfClosedConsumerIsGone(t *testing.T) {
	to := provider(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	r := startEdge(t, to, nil)
	c := r.dialRaw(t)
	if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if err := c.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(c); len(got) > 0 || err != nil {
		t.Errorf("read %q, %v", got, err)
	}
	if x, _ := r.only(t); x.Fault != faultCanceled {
		t.Errorf("Fault = %q", x.Fault)
	}
}

func TestBrokenAnswersAreNotMadeWhole(t *testing.T) {
	tests := []struct{ answer, reason string }{
		{"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "a body shorter than declared"},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", "a chunked body without its end"},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n", "a chunk that is none"},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			to := scripted(t, func(c net.Conn, r *bufio.Reader) {
				readHead(r)
				_, _ = io.WriteString(c, test.answer) // the consumer notices
			})
			r := startEdge(t, to, nil)
			response, err := client(t).Get(r.URL())
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			body, err := io.ReadAll(response.Body)
			if string(body) != "abc" || !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("read %q, %v, want the part and an unexpected end", body, err)
			}
			if x, span := r.only(t); x.Fault != faultTruncated || x.Status != 200 || span.Code != trace.Error {
				t.Errorf("observed fault %q, status %d, span code %d", x.Fault, x.Status, span.Code)
			}
			if got := r.send(t, "GET / HTTP/1.0\r\n\r\n"); strings.HasPrefix(test.reason, "a chunk") && strings.HasSuffix(got, "abc") {
				t.Logf("HTTP/1.0 read %q before the reset", got)
			}
		})
	}
}

// TestABodyThatDoesNotBegin sends the header that came, before the connection
// is broken off, and nothing of it later: a connection has another owner then.
func TestABodyThatDoesNotBegin(t *testing.T) {
	const header = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"
	to := scripted(t, func(c net.Conn, r *bufio.Reader) {
		readHead(r)
		_, _ = io.WriteString(c, header) // the consumer notices
	})
	r := startEdge(t, to, nil)
	const calls = 20
	for range calls {
		if got := r.send(t, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); got != header {
			t.Fatalf("read %q, want %q", got, header)
		}
	}
	exchanges, _ := r.settled(t)
	if x := exchanges[0]; len(exchanges) != calls || x.Fault != faultTruncated || x.Status != 200 {
		t.Errorf("observed %d exchanges, the first with fault %q, status %d", len(exchanges), x.Fault, x.Status)
	}
}

func TestConsumerOfHTTP10(t *testing.T) {
	to, _ := answering(t, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
	r := startEdge(t, to, nil)
	if got, want := r.send(t, "GET / HTTP/1.0\r\n\r\n"), "HTTP/1.0 200 OK\r\n\r\nabc"; got != want {
		t.Errorf("read %q, want %q", got, want)
	}
	_, span := r.only(t)
	if got := span.Attr(attrVersion).AsString(); got != "1.0" {
		t.Errorf("network.protocol.version = %q", got)
	}
}

// TestProviderOfHTTP10 ends its answer by closing the connection.
func TestProviderOfHTTP10(t *testing.T) {
	to := scripted(t, func(c net.Conn, r *bufio.Reader) {
		readHead(r)
		_, _ = io.WriteString(c, "HTTP/1.0 200 OK\r\n\r\nabc") // the consumer notices
	})
	r := startEdge(t, to, nil)
	for range 2 {
		if response, body := get(t, client(t), r.URL()); body != "abc" || !response.Close {
			t.Errorf("read %q, close %v", body, response.Close)
		}
	}
}

func TestRequestTrailersPass(t *testing.T) {
	trailers := make(chan http.Header, 2)
	to := provider(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // the consumer notices
		trailers <- r.Trailer
	})
	r := startEdge(t, to, nil)
	for _, announce := range []string{"Trailer: X-Sum\r\n", ""} {
		r.send(t, "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n"+announce+"\r\n1\r\na\r\n0\r\nX-Sum: 1\r\nContent-Length: 5\r\ntransfer-encoding: chunked\r\nHost: y\r\n\r\n")
		if diff := cmp.Diff(http.Header{"X-Sum": {"1"}}, <-trailers); diff != "" {
			t.Errorf("announced by %q (-want +got):\n%s", announce, diff)
		}
	}
}
