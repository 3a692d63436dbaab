package edge

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
)

// h2Client speaks HTTP/2 with prior knowledge.
func h2Client(t *testing.T) *http.Client {
	t.Helper()
	tr := &http.Transport{DisableCompression: true, Protocols: new(http.Protocols)}
	tr.Protocols.SetUnencryptedHTTP2(true)
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr}
}

func TestHTTP2PassesAsHTTP2(t *testing.T) {
	to := provider(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Trailer", "X-Announced")
		w.Header().Set("X-Saw", fmt.Sprint(r.Proto, " ", r.RequestURI, " ", r.Host, " ", string(body), r.Trailer))
		w.WriteHeader(http.StatusTeapot)
		fmt.Fprint(w, "hi")
		w.Header().Set("X-Announced", "1")
		w.Header().Set(http.TrailerPrefix+"X-Late", "2")
	})
	r := startEdge(t, to, nil)
	request, err := http.NewRequest(http.MethodPost, r.URL()+"/a%2Fb?c", io.MultiReader(strings.NewReader("body")))
	if err != nil {
		t.Fatal(err)
	}
	request.Trailer = http.Header{"X-Sum": {"3"}}
	response, err := h2Client(t).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if body := read(t, response); body != "hi" || response.StatusCode != http.StatusTeapot || response.ProtoMajor != 2 {
		t.Errorf("read %q, %s over %s", body, response.Status, response.Proto)
	}
	if want := "HTTP/2.0 /a%2Fb?c " + r.Addr() + " bodymap[X-Sum:[3]]"; response.Header.Get("X-Saw") != want {
		t.Errorf("the provider saw %q, want %q", response.Header.Get("X-Saw"), want)
	}
	if diff := cmp.Diff(http.Header{"X-Announced": {"1"}, "X-Late": {"2"}}, response.Trailer); diff != "" {
		t.Errorf("trailers (-want +got):\n%s", diff)
	}
	_, span := r.only(t)
	if got := span.Attr(attrVersion).AsString(); got != "2" {
		t.Errorf("network.protocol.version = %q", got)
	}
}

func TestHTTP2TargetsPassByteForByte(t *testing.T) {
	to := provider(t, func(w http.ResponseWriter, r *http.Request) { w.Header().Set("X-Saw", r.RequestURI) })
	r := startEdge(t, to, nil)
	c := h2Client(t)
	for _, target := range []string{"/a//b/../c%2f", "/x?y=%20+&&", "/{x}"} {
		request, err := http.NewRequest(http.MethodGet, r.URL(), nil)
		if err != nil {
			t.Fatal(err)
		}
		path, query, _ := strings.Cut(target, "?")
		request.URL.Opaque, request.URL.RawQuery = path, query
		response, err := c.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		read(t, response)
		if got := response.Header.Get("X-Saw"); got != target {
			t.Errorf("the provider was sent %q, want %q", got, target)
		}
	}
}

// TestHTTP2StreamsFail one by one, without the others on the connection.
func TestHTTP2StreamsFail(t *testing.T) {
	to := provider(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/reset" {
			panic(http.ErrAbortHandler)
		}
		fmt.Fprint(w, "part")
		_ = http.NewResponseController(w).Flush() // the consumer notices
		if r.URL.Path == "/abort" {
			panic(http.ErrAbortHandler)
		}
	})
	r := startEdge(t, to, nil)
	c := h2Client(t)
	response, err := c.Get(r.URL() + "/abort")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if body, err := io.ReadAll(response.Body); string(body) != "part" || err == nil {
		t.Errorf("read %q, %v, want the part and an error", body, err)
	}
	if x, _ := r.only(t); x.Fault != faultTruncated {
		t.Errorf("Fault = %q", x.Fault)
	}
	if response, body := get(t, c, r.URL()+"/reset"); response.StatusCode != http.StatusBadGateway || response.Header.Get("Seam-Error") != faultReset {
		t.Errorf("answered %d %s", response.StatusCode, body)
	}
	if _, body := get(t, c, r.URL()); body != "part" {
		t.Errorf("the next call was answered %q", body)
	}
}

// TestHTTP2ConsumerThatGoesAwayWithinItsRequest resets its stream, which is no
// fault of its request.
func TestHTTP2ConsumerThatGoesAwayWithinItsRequest(t *testing.T) {
	arrived := make(chan struct{})
	to := provider(t, func(_ http.ResponseWriter, r *http.Request) {
		close(arrived)
		_, _ = io.Copy(io.Discard, r.Body) // ends with the stream
	})
	r := startEdge(t, to, nil)
	ctx, cancel := context.WithCancel(t.Context())
	body, writer := io.Pipe()
	defer writer.Close()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, r.URL(), body)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		<-arrived
		cancel()
	}()
	if response, err := h2Client(t).Do(request); err == nil {
		response.Body.Close()
		t.Fatal("the canceled call was answered")
	}
	if x, span := r.only(t); x.Fault != faultCanceled || x.Status != 0 {
		t.Errorf("observed fault %q, status %d: %s", x.Fault, x.Status, span.Message)
	}
}

// grpcEdge is an edge in front of a real gRPC service.
func grpcEdge(t *testing.T, raw bool) (*rig, grpc_health_v1.HealthClient, *health.Server) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	state := health.NewServer()
	server := grpc.NewServer()
	grpc_health_v1.RegisterHealthServer(server, state)
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	t.Cleanup(func() {
		server.Stop()
		<-served
	})
	r := startEdge(t, "http://"+l.Addr().String(), func(c *Config) { c.Raw = raw })
	c, err := grpc.NewClient(r.Addr(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return r, grpc_health_v1.NewHealthClient(c), state
}

// TestGRPCPasses does a call, a failing call and a stream, over HTTP/2 and raw.
func TestGRPCPasses(t *testing.T) {
	for _, raw := range []bool{false, true} {
		t.Run(fmt.Sprintf("raw=%v", raw), func(t *testing.T) {
			r, c, state := grpcEdge(t, raw)
			ctx, cancel := context.WithTimeout(t.Context(), deadline)
			defer cancel()
			answer, err := c.Check(ctx, &grpc_health_v1.HealthCheckRequest{})
			if err != nil || answer.GetStatus() != grpc_health_v1.HealthCheckResponse_SERVING {
				t.Fatalf("Check = %v, %v", answer, err)
			}
			_, err = c.Check(ctx, &grpc_health_v1.HealthCheckRequest{Service: "unknown"})
			if status.Code(err) != codes.NotFound {
				t.Errorf("Check of an unknown service = %v, want NotFound", err)
			}
			stream, stop := context.WithCancel(ctx)
			watch, err := c.Watch(stream, &grpc_health_v1.HealthCheckRequest{})
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range []grpc_health_v1.HealthCheckResponse_ServingStatus{1, 2, 1} {
				state.SetServingStatus("", want)
				if got, err := watch.Recv(); err != nil || got.GetStatus() != want {
					t.Fatalf("Recv = %v, %v, want %v", got, err, want)
				}
			}
			stop()
			if _, err := watch.Recv(); status.Code(err) != codes.Canceled {
				t.Errorf("Recv after the end = %v", err)
			}
			exchanges, _ := r.settled(t)
			if raw {
				return
			}
			if len(exchanges) != 3 || exchanges[0].Route != "/grpc.health.v1.Health/Check" || exchanges[2].Fault != faultCanceled {
				t.Errorf("observed %+v", exchanges)
			}
		})
	}
}

// TestHTTP2RefusalIsHTTP2 names the provider in HTTP/2 as well.
func TestHTTP2RefusalIsHTTP2(t *testing.T) {
	r := startEdge(t, "", nil)
	r.Fail("exit status 1")
	response, body := get(t, h2Client(t), r.URL())
	if response.StatusCode != http.StatusBadGateway || !strings.Contains(body, "b died: exit status 1") {
		t.Errorf("answered %d %s", response.StatusCode, body)
	}
	r.settled(t)
}
