package edge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"github.com/seamtest/seam/harness/trace"
)

// breaks has the connections broken of those calls whose path is /break, and
// has /instead answered in the provider's place.
func breaks(c *Config) {
	c.Disturb = func(x *Exchange, way http.RoundTripper) http.RoundTripper {
		if x.Target == "/" {
			return way
		}
		x.Injected, x.Fault = "a fault", FaultInjected
		return roundTrip(func(r *http.Request) (*http.Response, error) {
			if r.Body != nil {
				r.Body.Close()
			}
			if x.Target == "/break" {
				return nil, fmt.Errorf("a fault broke it: %w", http.ErrAbortHandler)
			}
			w := httptest.NewRecorder()
			w.WriteHeader(http.StatusServiceUnavailable)
			fmt.Fprint(w, "instead")
			return w.Result(), nil
		})
	}
}

func TestAFaultThatBreaksConnectionsResetsThem(t *testing.T) {
	var asked atomic.Int64
	to := provider(t, func(http.ResponseWriter, *http.Request) { asked.Add(1) })
	r := startEdge(t, to, breaks)
	c := client(t)
	if _, err := c.Get(r.URL() + "/break"); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the consumer sees %v, want a reset", err)
	}
	get(t, c, r.URL()+"/")
	exchanges, spans := r.settled(t)
	if x := exchanges[0]; x.Fault != FaultInjected || x.Injected != "a fault" || x.Status != 0 || !x.Failed() {
		t.Errorf("observed %+v", x)
	}
	if s := spans[0]; s.Attr(trace.EdgeFault).AsString() != "a fault" || s.Attr(attrError).AsString() != FaultInjected || s.Code != trace.Error {
		t.Errorf("span %+v", s)
	}
	if x, s := exchanges[1], spans[1]; x.Injected != "" || x.Fault != "" || s.Code == trace.Error || s.Attr(trace.EdgeFault).AsString() != "" {
		t.Errorf("the call without a fault: %+v, %+v", x, s)
	}
	if asked.Load() != 1 {
		t.Errorf("the provider was asked %d times", asked.Load())
	}
}

// In HTTP/2 a broken call leaves the others of its connection alone.
func TestAFaultThatBreaksAStreamLeavesItsConnection(t *testing.T) {
	entered, let := make(chan struct{}), make(chan struct{})
	to := provider(t, func(w http.ResponseWriter, _ *http.Request) {
		close(entered)
		<-let
		fmt.Fprint(w, "whole")
	})
	r := startEdge(t, to, breaks)
	c := h2Client(t)
	answered := make(chan string)
	go func() {
		response, err := c.Get(r.URL() + "/")
		if err != nil {
			answered <- err.Error()
			return
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		answered <- fmt.Sprint(string(body), err)
	}()
	<-entered
	if _, err := c.Get(r.URL() + "/break"); err == nil {
		t.Error("the broken call was answered")
	}
	close(let)
	if got := <-answered; got != "whole<nil>" {
		t.Errorf("the other call of the connection: %s", got)
	}
}

// An answer in the provider's place reaches a consumer that still sends, and
// the connection can be used again or is closed, but never out of step.
func TestAnAnswerInTheProvidersPlace(t *testing.T) {
	to := provider(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "real") })
	r := startEdge(t, to, breaks)
	for name, c := range map[string]*http.Client{"HTTP/1.1": client(t), "HTTP/2": h2Client(t)} {
		for range 3 {
			for _, size := range []int{0, 10, 1 << 20} {
				response, err := c.Post(r.URL()+"/instead", "text/plain", strings.NewReader(strings.Repeat("x", size)))
				if err != nil {
					t.Fatalf("%s, %d bytes: %v", name, size, err)
				}
				body, err := io.ReadAll(response.Body)
				response.Body.Close()
				if string(body) != "instead" || err != nil || response.StatusCode != http.StatusServiceUnavailable {
					t.Errorf("%s, %d bytes: %d %q %v", name, size, response.StatusCode, body, err)
				}
				if _, body := get(t, c, r.URL()+"/"); body != "real" {
					t.Errorf("%s, the next call: %q", name, body)
				}
			}
		}
	}
	exchanges, spans := r.settled(t)
	if x, s := exchanges[0], spans[0]; x.Status != http.StatusServiceUnavailable || x.Fault != FaultInjected || s.Message == "" {
		t.Errorf("observed %+v, %+v", x, s)
	}
}

// What docs/faults.md says of calls of gRPC.
func TestAStatusInTheProvidersPlaceIsUnavailableToGRPC(t *testing.T) {
	to := provider(t, func(http.ResponseWriter, *http.Request) {})
	r := startEdge(t, to, breaks)
	c, err := grpc.NewClient(r.Addr(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, err = grpc_health_v1.NewHealthClient(c).Check(t.Context(), &grpc_health_v1.HealthCheckRequest{})
	if status.Code(err) != codes.Unavailable {
		t.Errorf("the call ended with %v", err)
	}
}

func TestAFaultOfARawConnection(t *testing.T) {
	var asked atomic.Int64
	to := provider(t, func(http.ResponseWriter, *http.Request) { asked.Add(1) })
	dialled := make(chan struct{})
	r := startEdge(t, to, func(c *Config) {
		rawEdge(c)
		c.DisturbRaw = func(_ context.Context, x *Exchange) error {
			<-dialled // else the dial would fail
			x.Injected = "reset"
			return errors.New("a fault broke it")
		}
	})
	c := r.dialRaw(t)
	close(dialled)
	if _, err := io.ReadAll(c); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the consumer sees %v, want a reset", err)
	}
	eventually(t, "the connection was observed", func() bool { return r.Stats().Ended == 1 })
	x, s := r.only(t)
	if x.Fault != FaultInjected || x.Injected != "reset" || s.Attr(trace.EdgeFault).AsString() != "reset" || s.Message != "a fault broke it" || asked.Load() != 0 {
		t.Errorf("observed %+v, %+v; the provider was asked %d times", x, s, asked.Load())
	}
}
