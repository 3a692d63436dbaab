package load

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// h2Server is net/http over h2c, or over TLS.
func h2Server(t testing.TB, secure bool, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.EnableHTTP2 = secure
	if secure {
		server.StartTLS()
	} else {
		server.Config.Protocols = &http.Protocols{}
		server.Config.Protocols.SetUnencryptedHTTP2(true)
		server.Config.Protocols.SetHTTP1(true)
		server.Start()
	}
	t.Cleanup(server.Close)
	return server.URL
}

// runSome runs the job, and runs it for longer where the machine was too busy
// to send a single request.
func runSome(t *testing.T, job Job) (*Summary, error) {
	t.Helper()
	s, err := Run(t.Context(), job)
	for ; err == nil && s.Requests == 0 && job.For < time.Minute; s, err = Run(t.Context(), job) {
		job.For *= 4
	}
	if err == nil && s.Requests == 0 {
		t.Fatalf("no request was sent in %s", job.For)
	}
	return s, err
}

func TestHTTP2InBothModelsAndBothWays(t *testing.T) {
	for _, secure := range []bool{false, true} {
		for name, job := range map[string]Job{
			"open":         {Rate: 500, For: 400 * time.Millisecond, WarmUp: 100 * time.Millisecond},
			"closed":       {Connections: 3, For: 200 * time.Millisecond},
			"many streams": {Connections: 2, Streams: 40, For: 200 * time.Millisecond},
		} {
			var mu sync.Mutex
			traces, sampled, conns := map[string]bool{}, 0, map[string]bool{}
			url := h2Server(t, secure, func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				mu.Lock()
				defer mu.Unlock()
				trace := r.Header.Get("Traceparent")
				if len(trace) != 55 || r.ProtoMajor != 2 || r.Host != "shop.example" || r.Header.Get("X-One") != "1" || r.UserAgent() != userAgent ||
					r.Method != http.MethodPut || r.URL.RequestURI() != "/orders?x=1" || string(body) != "{}" || r.ContentLength != 2 {
					w.WriteHeader(http.StatusTeapot)
				}
				traces[trace[:52]] = true
				conns[r.RemoteAddr] = true
				if strings.HasSuffix(trace, "-01") {
					sampled++
				}
				_, _ = io.WriteString(w, "hello")
			})
			job.Protocol, job.Insecure = map[bool]string{false: "h2c", true: "h2"}[secure], secure
			job.SampleEvery = 2
			job.Requests = []Request{{Method: "PUT", URL: url + "/orders?x=1", Header: map[string]string{
				"x-One": "1", "Host": "shop.example", "Connection": "close", "traceparent": "mine"}, Body: []byte("{}")}}
			s, err := runSome(t, job)
			if err != nil || s.Requests == 0 || s.Errors != 0 || s.Statuses[200] != s.Requests || s.Bytes != 5*s.Requests {
				t.Errorf("%s, TLS %v: %+v, %v", name, secure, s, err)
				continue
			}
			if job.Rate > 0 && s.Requests != 200 || len(traces) < int(s.Requests) || (sampled != len(traces)/2 && sampled != (len(traces)+1)/2) {
				t.Errorf("%s, TLS %v: %d requests, %d traces, %d sampled", name, secure, s.Requests, len(traces), sampled)
			}
			if job.Connections > 0 && len(conns) > job.Connections {
				t.Errorf("%s, TLS %v: %d connections, want %d", name, secure, len(conns), job.Connections)
			}
		}
	}
}
