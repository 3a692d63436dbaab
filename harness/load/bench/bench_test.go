package main

import (
	"math"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/protobuf/proto"

	"github.com/seamtest/seam/harness/load"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestTheOriginStampsWhatComesAndStandsStill(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- (&origin{listener: listener}).serve() }()
	defer func() {
		http.DefaultClient.CloseIdleConnections()
		listener.Close()
		<-ended
	}()
	url := "http://" + listener.Addr().String()
	if _, err := get(t.Context(), url+stallPath+"?at=0s&for=150ms"); err != nil {
		t.Fatal(err)
	}
	before := time.Now()
	for range 2 { // the first starts the clock, the second comes while it stands still
		if body, err := get(t.Context(), url+"/"); err != nil || len(body) != 31 {
			t.Fatalf("%q, error %v", body, err)
		}
	}
	if took := time.Since(before); took < 150*time.Millisecond {
		t.Errorf("two answers took %s", took)
	}
	came, err := arrivals(t.Context(), url)
	if err != nil || len(came) != 2 || came[0] < time.Duration(before.Add(-time.Second).UnixNano()) || came[1] < came[0] {
		t.Errorf("stamps %v, error %v", came, err)
	}
	if again, err := arrivals(t.Context(), url); err != nil || len(again) != 0 {
		t.Errorf("stamps %v are told twice, error %v", again, err)
	}
}

func TestScheduleErrorsCountFromTheMostPunctual(t *testing.T) {
	const ms = time.Millisecond
	got := scheduleErrors([]time.Duration{100 * ms, 112 * ms, 119 * ms, 130 * ms}, 100)
	if !slices.Equal(got, []time.Duration{0, 1 * ms, 1 * ms, 3 * ms}) {
		t.Errorf("errors %v", got)
	}
}

func TestARegressionIsALine(t *testing.T) {
	var all []sample
	for i := range 50 {
		all = append(all, sample{at: time.Duration(i+7) * time.Second, bytes: 1000 + 3*float64(i)})
	}
	if begins, rises := regression(all); math.Abs(begins-1000) > 1e-6 || math.Abs(rises-3) > 1e-9 {
		t.Errorf("begins at %f, rises by %f", begins, rises)
	}
}

// What peers print is read, or refused with an error.
func FuzzTold(f *testing.F) {
	f.Add(`{"load": [{"requests": 1, "latency_ms": {"p50": 1}}]}`)
	f.Add(`{"requests": 4, "latencies": {"50th": 1, "max": 2}}`)
	f.Add(`{"metrics": {"http_reqs": {"count": 3}, "http_req_duration": {"med": 1}}}`)
	f.Add("\n    Latency     1.00ms    2.00us    3.00s    90%\n     50%    1.00us\n     90%    2.00ms\n     99%    1.50s\n  7 requests in 3s")
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(t.TempDir(), "k6.json")
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		for _, read := range []func(string) (told, error){readSeam, readVegeta, readWrk, func(string) (told, error) { return readK6(path) }} {
			if got, err := read(text); err == nil && strings.TrimSpace(text) == "" {
				t.Errorf("nothing is read as %+v", got)
			}
		}
	})
}

func TestTheOriginOfCallsCountsAndTellsOfItself(t *testing.T) {
	called, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	counted, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	calls, counts := (&callOrigin{}).server()
	ended := make(chan error, 2)
	go func() { ended <- calls.Serve(called) }()
	go func() { ended <- counts.Serve(counted) }()
	defer func() {
		http.DefaultClient.CloseIdleConnections()
		calls.Stop()
		counts.Close()
		<-ended
		<-ended
	}()
	message, err := proto.Marshal(&grpc_testing.SimpleRequest{Payload: &grpc_testing.Payload{Body: make([]byte, 32)}})
	if err != nil {
		t.Fatal(err)
	}
	s, err := load.Run(t.Context(), load.Job{Rate: 50, For: 200 * time.Millisecond, Requests: []load.Request{{
		URL: "http://" + called.Addr().String() + "/" + callPath, GRPC: &load.GRPC{Messages: [][]byte{message}},
	}}})
	if err != nil || s.Requests != 10 || s.Errors != 0 || s.Messages != 10 {
		t.Errorf("%+v, %v", s, err)
	}
	if n, err := countedCalls(t.Context(), counted.Addr().String()); err != nil || n != 10 {
		t.Errorf("%d calls were counted, %v", n, err)
	}
	if _, found := calls.GetServiceInfo()["grpc.reflection.v1.ServerReflection"]; !found {
		t.Error("the origin does not tell of itself")
	}
}
