package harness_test

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/seamtest/seam/harness/system"
)

func TestWhatARunMeasuresKeepsToConventions(t *testing.T) {
	h := startPage(t, &system.Spec{
		Name: "small", Entry: system.Entry{Service: "far"}, Services: []system.Service{{Name: "far", URL: "http://127.0.0.1:9"}},
		Publish: []system.Publish{{OTLP: "http://user:secret@127.0.0.1:9"}, {OTLP: "http://user:secret@127.0.0.1:9"}},
	})
	answer, err := http.Post(h.OTLP()+"/v1/traces", "application/json", strings.NewReader("{")) // is refused, and counted
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	ambiguous(t, strings.TrimPrefix(h.Entry(), "http://"))
	if answer, err = http.Get(h.Page() + "/metrics"); err != nil {
		t.Fatal(err)
	}
	defer http.DefaultClient.CloseIdleConnections()
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	problems, err := promlint.New(strings.NewReader(string(data))).Lint()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]promlint.Problem(nil), problems); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	for _, want := range []string{
		`seam_service_up{service_name="far"} 1`, "\nseam_store_bytes 0", "\nseam_store_limit_bytes ", "\nseam_store_evicted_traces_total 0",
		`seam_receive_refused_requests_total{protocol="otlp/json",reason="malformed"} 1`, "\nseam_receive_missed_packets_total 0",
		`seam_publish_dropped_spans_total{endpoint="http://REDACTED@127.0.0.1:9"} 0`, "\nseam_build_info{", "\ngo_goroutines ",
		`seam_edge_refused_requests_total{client="user",server="far"} 1`, `seam_edge_held_calls_total{client="user",server="far"} 0`,
		`seam_edge_contextless_calls_total{client="user",server="far"} 0`,
	} {
		if !strings.Contains(string(data), want) {
			t.Errorf("/metrics lacks %q\n%s", strings.TrimSpace(want), data)
		}
	}
	if strings.Contains(string(data), "secret") {
		t.Error("/metrics tells a password")
	}
}

// ambiguous sends a request with two lengths, and waits until it was refused.
func ambiguous(t *testing.T, address string) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if answer, err := io.ReadAll(conn); err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 400 ") {
		t.Fatalf("%q, %v", answer, err)
	}
}
