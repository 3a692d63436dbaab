package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/reflection"
)

// callsAtOnce are in flight on one connection, as ghz has it by itself.
const callsAtOnce = 50

// greeting is the message of each call, as JSON.
const greeting = `{"payload": {"body": "aGVsbG8sIHdvcmxkOiAzMiBieXRlcyBvZiBib2R5Cg=="}}`

const callPath = "grpc.testing.TestService/UnaryCall"

// A callOrigin is gRPC's own test service on grpc-go: it sends back what it
// gets, and counts. It tells of itself by reflection.
type callOrigin struct {
	grpc_testing.UnimplementedTestServiceServer
	calls atomic.Int64
}

func (o *callOrigin) UnaryCall(_ context.Context, in *grpc_testing.SimpleRequest) (*grpc_testing.SimpleResponse, error) {
	o.calls.Add(1)
	return &grpc_testing.SimpleResponse{Payload: in.GetPayload()}, nil
}

// server answers calls on the one address, and on the other says how many there were.
func (o *callOrigin) server() (calls *grpc.Server, counts *http.Server) {
	calls = grpc.NewServer()
	grpc_testing.RegisterTestServiceServer(calls, o)
	reflection.Register(calls)
	return calls, &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, o.calls.Load())
	})}
}

// serveCalls runs the origin until its process ends.
func serveCalls(address, counting string) error {
	called, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	counted, err := net.Listen("tcp", counting)
	if err != nil {
		return errors.Join(err, called.Close())
	}
	calls, counts := (&callOrigin{}).server()
	ended := make(chan error, 2)
	go func() { ended <- calls.Serve(called) }()
	go func() { ended <- counts.Serve(counted) }()
	return <-ended
}

// grpc compares how many calls a CPU second of a client makes.
func (b *bench) grpc(ctx context.Context) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	origin, counting := fmt.Sprintf("127.0.0.1:%d", b.port), fmt.Sprintf("127.0.0.1:%d", b.port+1)
	stop, err := service(ctx, "http://"+counting, self, "grpc-origin", origin, counting)
	if err != nil {
		return err
	}
	defer stop()
	peers := b.callers(origin)
	rates, perCPU := newSeries(), newSeries()
	for round := range b.rounds {
		for i := range peers {
			p := peers[(i+round)%len(peers)]
			before, err := countedCalls(ctx, counting)
			if err != nil {
				return err
			}
			took, err := client(ctx, p.stdin, p.argv...)
			if err != nil {
				return err
			}
			after, err := countedCalls(ctx, counting)
			if err != nil {
				return err
			}
			rates.add(p.name, float64(after-before)/b.each.Seconds())
			perCPU.add(p.name, float64(after-before)/took.cpu.Seconds())
		}
	}
	b.sayCalls(peers, rates, perCPU)
	return nil
}

func (b *bench) callers(origin string) []peer {
	n, each := strconv.Itoa(callsAtOnce), b.each.String()
	return []peer{
		{"seam", "", []string{
			b.seam, "load", "grpc://" + origin + "/" + callPath, "--data", greeting, "--connections", "1", "--streams", n, "--for", each, "-q", "--objective", "errors<=0%",
		}},
		{"ghz", "", []string{
			"ghz", "--insecure", "--call", callPath, "-d", greeting, "--connections", "1", "-c", n, "-z", each, "-O", "summary",
			"-m", fmt.Sprintf(`{"traceparent": %q}`, staticTrace[len("Traceparent: "):]), origin,
		}},
	}
}

func countedCalls(ctx context.Context, counting string) (int, error) {
	body, err := get(ctx, "http://"+counting)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(string(body))
}

func (b *bench) sayCalls(peers []peer, rates, perCPU *series) {
	b.say("## Unary calls, as fast as answers come\n\n")
	b.say("%d calls at once on one connection, %s each, %d rounds in turning order; the origin is gRPC's test service on grpc-go, on one\n", callsAtOnce, b.each, b.rounds)
	b.say("core, the client has the other. Calls are those that the origin counted, CPU time is user and system of the client's process\n")
	b.say("from its start to its end, reflection included. Each call sends 32 bytes, gets them back, and bears a trace context (seam: its\n")
	b.say("own each time). Medians, and the spread.\n\n")
	b.say("| client | calls/s | calls per CPU second | seam's per CPU second to it |\n|---|---|---|---|\n")
	for _, p := range peers {
		b.say("| %s | %s | %s | %.2f |\n", p.name, rates.show(p.name), perCPU.show(p.name), perCPU.ours(p.name))
	}
	b.say("\n")
	got := perCPU.ours("ghz")
	b.bar(fmt.Sprintf("per CPU second at least 2 times ghz (here %.1f)", got), got >= 2)
}
