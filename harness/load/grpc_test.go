package load

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// A shop plays gRPC's own test service: it sends back what it gets.
type shop struct {
	grpc_testing.UnimplementedTestServiceServer
	unary  func(ctx context.Context, in *grpc_testing.SimpleRequest) error
	served atomic.Int64
}

func (s *shop) UnaryCall(ctx context.Context, in *grpc_testing.SimpleRequest) (*grpc_testing.SimpleResponse, error) {
	s.served.Add(1)
	if s.unary != nil {
		if err := s.unary(ctx, in); err != nil {
			return nil, err
		}
	}
	return &grpc_testing.SimpleResponse{Payload: in.GetPayload()}, nil
}

func (s *shop) StreamingOutputCall(in *grpc_testing.StreamingOutputCallRequest, stream grpc_testing.TestService_StreamingOutputCallServer) error {
	for _, p := range in.GetResponseParameters() {
		answer := &grpc_testing.StreamingOutputCallResponse{Payload: &grpc_testing.Payload{Body: make([]byte, p.GetSize())}}
		if err := stream.Send(answer); err != nil {
			return err
		}
	}
	return nil
}

func (s *shop) StreamingInputCall(stream grpc_testing.TestService_StreamingInputCallServer) error {
	size := 0
	for {
		in, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			if size != 3*1000 {
				return status.Errorf(codes.InvalidArgument, "%d bytes came", size)
			}
			return stream.SendAndClose(&grpc_testing.StreamingInputCallResponse{AggregatedPayloadSize: int32(size)})
		}
		if err != nil {
			return err
		}
		size += len(in.GetPayload().GetBody())
	}
}

func (s *shop) FullDuplexCall(stream grpc_testing.TestService_FullDuplexCallServer) error {
	for {
		in, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := stream.Send(&grpc_testing.StreamingOutputCallResponse{Payload: in.GetPayload()}); err != nil {
			return err
		}
	}
}

func (s *shop) open(t testing.TB, options ...grpc.ServerOption) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer(options...)
	grpc_testing.RegisterTestServiceServer(server, s)
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return "http://" + listener.Addr().String() + "/grpc.testing.TestService/"
}

func encoded(t testing.TB, messages ...proto.Message) [][]byte {
	t.Helper()
	var all [][]byte
	for _, m := range messages {
		b, err := proto.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b)
	}
	return all
}

func payload(size int) *grpc_testing.Payload { return &grpc_testing.Payload{Body: make([]byte, size)} }

func TestCallsOfEachKind(t *testing.T) {
	url := (&shop{}).open(t)
	once := encoded(t, &grpc_testing.SimpleRequest{Payload: payload(100)})
	three := []*grpc_testing.ResponseParameters{{Size: 10}, {Size: 0}, {Size: 100_000}}
	in := &grpc_testing.StreamingInputCallRequest{Payload: payload(1000)}
	duplex := &grpc_testing.StreamingOutputCallRequest{Payload: payload(50_000)}
	for _, test := range []struct {
		method   string
		call     GRPC
		messages int64 // in each answer
		class    string
	}{
		{"UnaryCall", GRPC{Messages: once}, 1, ""},
		{"StreamingOutputCall", GRPC{Kind: ServerStream, Messages: encoded(t, &grpc_testing.StreamingOutputCallRequest{ResponseParameters: three})}, 3, ""},
		{"StreamingInputCall", GRPC{Kind: ClientStream, Messages: encoded(t, in, in, in)}, 1, ""},
		{"FullDuplexCall", GRPC{Kind: BidiStream, Messages: encoded(t, duplex, duplex, duplex, duplex)}, 4, ""},
		{"FullDuplexCall", GRPC{Kind: BidiStream}, 0, ""},
		{"StreamingInputCall", GRPC{Kind: ClientStream, Messages: encoded(t, in)}, 0, "grpc-INVALID_ARGUMENT"},
		{"CacheableUnaryCall", GRPC{Messages: once}, 0, "grpc-UNIMPLEMENTED"},
		{"Nothing", GRPC{Messages: once}, 0, "grpc-UNIMPLEMENTED"},
		{"StreamingOutputCall", GRPC{Messages: encoded(t, &grpc_testing.StreamingOutputCallRequest{})}, 0, "protocol"}, // no message where one is due
	} {
		for name, job := range map[string]Job{
			"open":   {Rate: 100, For: 300 * time.Millisecond},
			"closed": {Connections: 2, Streams: 5, For: 100 * time.Millisecond},
		} {
			job.Requests = []Request{{URL: url + test.method, GRPC: &test.call}}
			s, err := runSome(t, job)
			if err != nil || s.Messages != test.messages*s.Requests || s.Classes[test.class] != s.Errors || (s.Errors > 0) != (test.class != "") {
				t.Errorf("%s, %s: %d requests, %d messages, %v, %v", test.method, name, s.Requests, s.Messages, s.Classes, err)
			}
			if hint := "grpc-UNIMPLEMENTED: the server does not know the method"; test.class == "grpc-UNIMPLEMENTED" && !strings.Contains(strings.Join(s.Certificate.Notes, "\n"), hint) {
				t.Errorf("%s, %s: notes %q", test.method, name, s.Certificate.Notes)
			}
		}
	}
}

// secured is the option of a server that has a certificate of nobody's.
func secured(t *testing.T) grpc.ServerOption {
	t.Helper()
	pair := httptest.NewUnstartedServer(nil)
	pair.StartTLS()
	t.Cleanup(pair.Close)
	return grpc.Creds(credentials.NewTLS(&tls.Config{Certificates: pair.TLS.Certificates}))
}

func TestCallsOverTLS(t *testing.T) {
	url := strings.Replace((&shop{}).open(t, secured(t)), "http:", "https:", 1)
	old := httptest.NewTLSServer(nil) // of HTTP/1.1 only
	defer old.Close()
	payload := encoded(t, &grpc_testing.SimpleRequest{Payload: payload(100_000)})
	for _, test := range []struct {
		reason, url, class string
		insecure           bool
	}{
		{"any certificate will do", url + "UnaryCall", "", true},
		{"a certificate of nobody's", url + "UnaryCall", classTLS, false},
		{"a server without HTTP/2", old.URL + "/a.B/C", classNotH2, true},
	} {
		for name, job := range map[string]Job{
			"open":   {Rate: 100, For: 300 * time.Millisecond},
			"closed": {Connections: 2, Streams: 5, For: 100 * time.Millisecond},
		} {
			job.Insecure, job.Requests = test.insecure, []Request{{URL: test.url, GRPC: &GRPC{Messages: payload}}}
			s, err := runSome(t, job)
			if err != nil || s.Classes[test.class] != s.Errors || (s.Errors > 0) != (test.class != "") || test.class == "" && s.Messages != s.Requests {
				t.Errorf("%s, %s: %d requests, %v, %v", test.reason, name, s.Requests, s.Classes, err)
			}
		}
	}
}

func TestACallCarriesItsContext(t *testing.T) {
	seen := make(chan metadata.MD, 100)
	server := &shop{unary: func(ctx context.Context, _ *grpc_testing.SimpleRequest) error {
		md, _ := metadata.FromIncomingContext(ctx)
		if deadline, ok := ctx.Deadline(); ok {
			md.Set("left", time.Until(deadline).Round(time.Hour).String())
		}
		seen <- md
		return status.Error(codes.FailedPrecondition, "no tea: 100% \x1b[31msold\nout")
	}}
	s, err := Run(t.Context(), Job{Rate: 10, For: 100 * time.Millisecond, Timeout: 2 * time.Hour, Requests: []Request{{
		URL: server.open(t) + "UnaryCall", Header: map[string]string{"X-Tenant": "blue"}, GRPC: &GRPC{Messages: [][]byte{nil}},
	}}})
	if err != nil || s.Classes["grpc-FAILED_PRECONDITION"] != 1 || len(s.Failed) != 1 || s.Failed[0].Note != "no tea: 100%  [31msold out" {
		t.Fatalf("%+v, %v", s, err)
	}
	md := <-seen
	trace := strings.Join(md.Get("traceparent"), " ")
	if trace != "00-"+s.Failed[0].Trace+"-"+s.Failed[0].Trace[16:]+"-01" || md.Get("x-tenant")[0] != "blue" || md.Get("left")[0] != "2h0m0s" {
		t.Errorf("metadata %v", md)
	}
}

func TestACallThatTakesTooLongHasTimedOut(t *testing.T) {
	server := &shop{unary: func(ctx context.Context, _ *grpc_testing.SimpleRequest) error {
		<-ctx.Done()
		return ctx.Err()
	}}
	s, err := Run(t.Context(), Job{Rate: 10, For: time.Second, Timeout: 500 * time.Millisecond, Requests: []Request{{
		URL: server.open(t) + "UnaryCall", GRPC: &GRPC{Messages: [][]byte{nil}},
	}}})
	late := s.Classes[classUnfinished] // sent so late that the run ended before their time did
	if err != nil || s.Requests != 10 || late == 10 || s.Classes[classTimeout]+s.Classes["grpc-DEADLINE_EXCEEDED"]+late != 10 {
		t.Errorf("%+v, %v", s, err)
	}
}

// A server that lets go of its connections every 50 ms costs no call.
func TestConnectionsThatLeaveAreReplaced(t *testing.T) {
	server := &shop{}
	url := server.open(t, grpc.KeepaliveParams(keepalive.ServerParameters{MaxConnectionAge: 50 * time.Millisecond, MaxConnectionAgeGrace: 10 * time.Second}))
	for name, job := range map[string]Job{
		"open":   {Rate: 500, For: time.Second},
		"closed": {Connections: 2, Streams: 10, For: 500 * time.Millisecond},
	} {
		job.Requests = []Request{{URL: url + "UnaryCall", GRPC: &GRPC{Messages: [][]byte{nil}}}}
		before := server.served.Load()
		s, err := runSome(t, job)
		if err != nil || s.Errors != 0 || server.served.Load()-before != s.Requests {
			t.Errorf("%s: served %d, %+v, %v", name, server.served.Load()-before, s, err)
		}
	}
}

// Of a server that allows three streams on a connection, four calls at once
// need a second one: the first three wait for the fourth.
func TestAServersLimitOfStreamsIsKept(t *testing.T) {
	var now, most atomic.Int64
	four := make(chan struct{})
	var once sync.Once
	server := &shop{unary: func(ctx context.Context, _ *grpc_testing.SimpleRequest) error {
		n := now.Add(1)
		defer now.Add(-1)
		for seen := most.Load(); n > seen && !most.CompareAndSwap(seen, n); seen = most.Load() {
		}
		if n >= 4 {
			once.Do(func() { close(four) })
		}
		select {
		case <-four:
		case <-ctx.Done():
		}
		return nil
	}}
	url := server.open(t, grpc.MaxConcurrentStreams(3))
	for name, job := range map[string]Job{
		"open":   {Rate: 400, For: 300 * time.Millisecond, MaxInFlight: 12},
		"closed": {Connections: 4, Streams: 50, For: 200 * time.Millisecond},
	} {
		job.Requests = []Request{{URL: url + "UnaryCall", GRPC: &GRPC{Messages: [][]byte{nil}}}}
		s, err := runSome(t, job)
		if err != nil || s.Errors != 0 || most.Load() > 12 {
			t.Errorf("%s: at most %d at once, %+v, %v", name, most.Load(), s, err)
		}
		told := slices.ContainsFunc(s.Certificate.Notes, func(note string) bool { return strings.Contains(note, "allows 3 streams on a connection, not 50") })
		if told != (job.Streams > 0) {
			t.Errorf("%s: notes %q", name, s.Certificate.Notes)
		}
	}
}

func TestCallsThatCannotBeAreRefused(t *testing.T) {
	one := [][]byte{nil}
	for _, test := range []struct {
		reason string
		job    Job
	}{
		{"no method", Job{Requests: []Request{{URL: "http://127.0.0.1:1/", GRPC: &GRPC{Messages: one}}}}},
		{"a path too long", Job{Requests: []Request{{URL: "http://127.0.0.1:1/a/b/c", GRPC: &GRPC{Messages: one}}}}},
		{"two messages of a unary call", Job{Requests: []Request{{URL: "http://127.0.0.1:1/a/b", GRPC: &GRPC{Messages: [][]byte{nil, nil}}}}}},
		{"an unknown kind", Job{Requests: []Request{{URL: "http://127.0.0.1:1/a/b", GRPC: &GRPC{Messages: one, Kind: "odd"}}}}},
		{"HTTP/1.1", Job{Protocol: "http/1.1", Requests: []Request{{URL: "http://127.0.0.1:1/a/b", GRPC: &GRPC{Messages: one}}}}},
		{"two hosts", Job{Requests: []Request{{URL: "http://127.0.0.1:1/a/b", GRPC: &GRPC{Messages: one}}, {URL: "http://127.0.0.1:2/"}}}},
	} {
		test.job.Rate, test.job.For = 1, time.Second
		if err := test.job.Check(); err == nil {
			t.Errorf("%s: accepted", test.reason)
		}
	}
}

func TestStreamsAreBoundedAndThoseOfHTTP2(t *testing.T) {
	here := []Request{{URL: "http://127.0.0.1:1/"}}
	for want, job := range map[string]Job{
		"negative":          {Streams: -1},
		"more than 10000":   {Streams: 10_001, Protocol: "h2c"},
		"requests at once":  {Streams: 10_000, Connections: 26, Protocol: "h2c"},
		"h2 or h2c":         {Streams: 2},
		"the protocol h2c":  {Protocol: "h2"},
		"an http URL":       {Protocol: "h2c", Requests: []Request{{URL: "https://127.0.0.1:1/"}}},
		"leave the protoco": {Protocol: "http/1.1", Requests: []Request{{URL: "http://127.0.0.1:1/a/b", GRPC: &GRPC{Messages: [][]byte{nil}}}}},
	} {
		job.For = time.Second
		if job.Connections == 0 {
			job.Rate = 1
		}
		if job.Requests == nil {
			job.Requests = here
		}
		if err := job.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want something of %q", err, want)
		}
	}
}

func TestMessagesAreCountedWhereverTheyAreCut(t *testing.T) {
	body := (&GRPC{Messages: [][]byte{{1, 2, 3}, nil, make([]byte, 300)}}).body()
	for piece := 1; piece <= len(body); piece++ {
		var c messageCounter
		for at := 0; at < len(body); at += piece {
			if c.whole() != (at == 0 || at == 8 || at == 13) {
				t.Fatalf("pieces of %d: whole %v after %d bytes", piece, c.whole(), at)
			}
			if !c.feed(body[at:min(at+piece, len(body))]) {
				t.Fatalf("pieces of %d: refused at %d", piece, at)
			}
		}
		if c.messages != 3 || !c.whole() {
			t.Fatalf("pieces of %d: %d messages", piece, c.messages)
		}
	}
	var c messageCounter
	if c.feed([]byte("<html>")) {
		t.Error("a page is taken for a message")
	}
}

func TestTimeoutsAsTheHeaderHasThem(t *testing.T) {
	for d, want := range map[time.Duration]string{
		time.Nanosecond: "1u", 30 * time.Second: "30000000u", 100 * time.Second: "100000m", 48 * time.Hour: "172800S",
	} {
		if got := grpcTimeout(d); got != want {
			t.Errorf("%s: %s, want %s", d, got, want)
		}
	}
}
