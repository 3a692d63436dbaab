package publish

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	coltracepb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
)

// partly is an answer that rejects n spans.
func partly(t testing.TB, n int64) []byte {
	answer := ptraceotlp.NewExportResponse()
	answer.PartialSuccess().SetRejectedSpans(n)
	answer.PartialSuccess().SetErrorMessage("too old")
	body, err := answer.MarshalProto()
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func TestAnswersOverHTTP(t *testing.T) {
	for _, test := range []struct {
		reason string
		codes  []int
		body   []byte
		want   Stats
	}{
		{"taken", []int{200}, nil, Stats{Sent: 3}},
		{"taken, with an answer that is not protobuf", []int{202}, []byte("ok"), Stats{Sent: 3}},
		{"unavailable twice, then well", []int{503, 429, 200}, nil, Stats{Sent: 3, Retried: 2, LastError: "answered 429 Too Many Requests"}},
		{"a gateway's troubles pass too", []int{502, 504, 200}, nil, Stats{Sent: 3, Retried: 2, LastError: "answered 504 Gateway Timeout"}},
		{"refused for good", []int{400}, []byte("bad\x1bthing"), Stats{Dropped: 3, LastError: "answered 400 Bad Request: bad thing"}},
		{"a fault of the endpoint's own", []int{500}, nil, Stats{Dropped: 3, LastError: "answered 500 Internal Server Error"}},
		{"in part", []int{200}, partly(t, 1), Stats{Sent: 2, Dropped: 1, LastError: "1 spans rejected: too old"}},
		{"more rejected than were sent", []int{200}, partly(t, 99), Stats{Dropped: 3, LastError: "99 spans rejected: too old"}},
		{"fewer than none", []int{200}, partly(t, -1), Stats{Sent: 3}},
	} {
		var n atomic.Int64
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(test.codes[min(int(n.Add(1)), len(test.codes))-1])
			_, _ = w.Write(test.body)
		}))
		p := start(t, Config{Endpoint: server.URL})
		p.Publish(numbered(1, 3))
		flush(t, p)
		if got := p.Stats(); got != test.want {
			t.Errorf("%s: %+v, want %+v", test.reason, got, test.want)
		}
		server.Close()
	}
}

// TestARedirectionIsNotFollowed: what answers there says nothing of the spans.
func TestARedirectionIsNotFollowed(t *testing.T) {
	for _, code := range []int{http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect} {
		var asked atomic.Int64
		other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other.URL+"/v1/traces?key=secret", code)
		}))
		p := start(t, Config{Endpoint: server.URL, Headers: map[string]string{"X-Api-Key": "secret"}})
		p.Publish(numbered(1, 3))
		flush(t, p)
		got := p.Stats()
		if got.Sent != 0 || got.Dropped != 3 || asked.Load() != 0 || !strings.HasSuffix(got.LastError, "it has moved, so name the endpoint that is at "+other.URL+"/v1/traces") {
			t.Errorf("%d: %+v, and the other was asked %d times", code, got, asked.Load())
		}
		server.Close()
		other.Close()
	}
}

func TestABatchThatIsTooLargeIsSentInParts(t *testing.T) {
	taken := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		request := ptraceotlp.NewExportRequest()
		if err != nil || request.UnmarshalProto(body) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		if len(body) > 1000 {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
			return
		}
		taken += request.Traces().SpanCount()
	}))
	defer server.Close()
	p := start(t, Config{Endpoint: server.URL})
	spans := numbered(1, 100)
	spans[50].Name = strings.Repeat("a", 2000) // too large alone
	p.Publish(spans)
	flush(t, p)
	if s := p.Stats(); s.Sent != 99 || s.Dropped != 1 || taken != 99 || !strings.Contains(s.LastError, "too large") {
		t.Errorf("%+v, %d taken", s, taken)
	}
}

// A script is an OTLP service that gives one answer after the other.
type script struct {
	ptraceotlp.UnimplementedGRPCServer
	answers []error
	asked   atomic.Int64
	header  atomic.Value // of the last call
}

func (s *script) Export(ctx context.Context, _ ptraceotlp.ExportRequest) (ptraceotlp.ExportResponse, error) {
	md, _ := metadata.FromIncomingContext(ctx)
	s.header.Store(md)
	answer := ptraceotlp.NewExportResponse()
	err := s.answers[min(int(s.asked.Add(1)), len(s.answers))-1]
	if status.Code(err) == codes.OutOfRange { // stands for a partial success
		answer.PartialSuccess().SetRejectedSpans(1)
		answer.PartialSuccess().SetErrorMessage("too old")
		err = nil
	}
	return answer, err
}

func play(t *testing.T, s *script) (url string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	ptraceotlp.RegisterGRPCServer(server, s)
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(listener) }()
	t.Cleanup(func() { server.Stop(); <-done })
	return "http://" + listener.Addr().String()
}

func TestAnswersOverGRPC(t *testing.T) {
	full := status.New(codes.ResourceExhausted, "full")
	later, err := full.WithDetails(&errdetails.RetryInfo{RetryDelay: durationpb.New(700 * time.Millisecond)})
	if err != nil {
		t.Fatal(err)
	}
	fails := func(code codes.Code) error { return status.Error(code, "why") }
	for _, test := range []struct {
		reason  string
		answers []error
		want    Stats
		asked   int64
		after   time.Duration
	}{
		{"taken", []error{nil}, Stats{Sent: 3}, 1, 0},
		{"what may pass", []error{fails(codes.Unavailable), fails(codes.Aborted), nil}, Stats{Sent: 3, Retried: 2, LastError: "answered Aborted: why"}, 3, 0},
		{"told when to come again", []error{later.Err(), nil}, Stats{Sent: 3, Retried: 1, LastError: "answered ResourceExhausted: full"}, 2, 700 * time.Millisecond},
		{"too large, for good", []error{full.Err()}, Stats{Dropped: 3, LastError: "the request is too large for the endpoint: answered ResourceExhausted: full"}, 5, 0},
		{"refused for good", []error{fails(codes.InvalidArgument)}, Stats{Dropped: 3, LastError: "answered InvalidArgument: why"}, 1, 0},
		{"in part", []error{fails(codes.OutOfRange)}, Stats{Sent: 2, Dropped: 1, LastError: "1 spans rejected: too old"}, 1, 0},
	} {
		s := &script{answers: test.answers}
		p := start(t, Config{Endpoint: play(t, s), Protocol: "grpc", Headers: map[string]string{"X-Tenant": "me"}})
		begun := time.Now()
		p.Publish(numbered(1, 3))
		flush(t, p)
		if got := p.Stats(); got != test.want || s.asked.Load() != test.asked || time.Since(begun) < test.after {
			t.Errorf("%s: %+v after %d attempts and %s, want %+v after %d", test.reason, got, s.asked.Load(), time.Since(begun), test.want, test.asked)
		}
		if md, _ := s.header.Load().(metadata.MD); len(md.Get("x-tenant")) != 1 {
			t.Errorf("%s: headers %v", test.reason, md)
		}
	}
}

func TestWhatIsAskedOfASender(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for header, want := range map[string]time.Duration{
		"": 0, "7": 7 * time.Second, "-7": 0, "soon": 0, "99999999999999999999": 0,
		"Thu, 01 Jan 2026 00:00:09 GMT": 9 * time.Second, "Thu, 01 Jan 2025 00:00:09 GMT": 0,
	} {
		if got := retryAfter(header, now); got != want {
			t.Errorf("Retry-After: %q is %s, want %s", header, got, want)
		}
	}
}

func TestHowARequestLooks(t *testing.T) {
	var seen http.Header
	var path string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen, path = r.Header, r.URL.Path }))
	defer server.Close()
	for _, base := range []string{"", "/", "/v1/traces"} {
		p := start(t, Config{Endpoint: server.URL + base, Headers: map[string]string{"Authorization": "Bearer x"}})
		p.Publish(numbered(1, 1))
		flush(t, p)
		if path != "/v1/traces" || seen.Get("Authorization") != "Bearer x" || seen.Get("Content-Type") != "application/x-protobuf" {
			t.Errorf("%q: %s %v", base, path, seen)
		}
	}
	for host, want := range map[string]bool{"localhost": true, "127.0.0.1": true, "::1": true, "10.0.0.1": false, "jaeger": false} {
		if local(host) != want {
			t.Errorf("local(%q) is not %t", host, want)
		}
	}
}

func TestABodyForAfarIsCompressed(t *testing.T) {
	o := newHTTP(Config{Endpoint: "http://x"}, parsed(t, "http://collector.example"))
	for range 2 { // the buffers are used again
		body, err := o.body(numbered(1, 200))
		if err != nil || len(body) > 3000 || !bytes.Equal(unzipped(t, body), encode(nil, numbered(1, 200))) {
			t.Errorf("%d bytes, %v", len(body), err)
		}
	}
	figures := bytes.Repeat([]byte("figures "), 1000)
	if body, err := o.zipped(figures); err != nil || len(body) > 1000 || !bytes.Equal(unzipped(t, body), figures) {
		t.Errorf("%d bytes of figures, %v", len(body), err)
	}
}

// FuzzAnswer: whatever an endpoint answers, a sender decides.
func FuzzAnswer(f *testing.F) {
	f.Add(200, "", "application/x-protobuf", partly(f, 3))
	f.Add(429, "3", "application/x-protobuf", []byte("\x08\x08\x12\x04full"))
	f.Add(503, "Thu, 01 Jan 2026 00:00:09 GMT", "text/plain", []byte("busy\n"))
	f.Add(413, "-1", "", bytes.Repeat([]byte{0xff}, 300))
	f.Fuzz(func(t *testing.T, code int, retry, kind string, body []byte) {
		r, err := judge(&http.Response{StatusCode: code, Header: http.Header{"Retry-After": {retry}, "Content-Type": {kind}}}, body)
		if r.spans < 0 || len(r.why) > 300 || r.spans > 0 && (err != nil || r.why == "") {
			t.Errorf("rejected %+v, error %v", r, err)
		}
		if (err == nil) != (code < 300) || err != nil && len(err.Error()) > 400 {
			t.Errorf("status %d: error %v", code, err)
		}
		// Only protobuf's own reader is the measure: the collector's takes groups that never end.
		var theirs coltracepb.ExportTraceServiceResponse
		if proto.Unmarshal(body, &theirs) == nil {
			if n := max(theirs.GetPartialSuccess().GetRejectedSpans(), 0); int64(partial(body).spans) != min(n, 1<<31-1) {
				t.Errorf("%d spans rejected, protobuf reads %d", partial(body).spans, n)
			}
		}
		if wait := retryAfter(retry, time.Unix(0, 0)); wait < 0 {
			t.Errorf("Retry-After %s is %s", strconv.Quote(retry), wait)
		}
	})
}

// An https endpoint is never spoken to in the clear, whatever listens there.
func TestHTTPSMeansTLSForBothProtocols(t *testing.T) {
	each(t, func(t *testing.T, protocol string) {
		s := &script{answers: []error{nil}}
		p := start(t, Config{Endpoint: "https" + strings.TrimPrefix(play(t, s), "http"), Protocol: protocol, Patience: 200 * time.Millisecond})
		p.Publish(numbered(1, 1))
		if err := p.Flush(within(t)); err == nil || !strings.Contains(err.Error(), "tls") || s.asked.Load() != 0 {
			t.Errorf("flush: %v; asked %d times", err, s.asked.Load())
		}
	})
}
