package load

import (
	"context"
	"strings"
	"sync"
	"testing"

	rpccode "google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// The status that a call asks for is its success, and any other an error.
func TestACallMayAskForAStatus(t *testing.T) {
	sold := &shop{unary: func(context.Context, *grpc_testing.SimpleRequest) error { return status.Error(codes.NotFound, "sold") }}
	for name, test := range map[string]struct {
		server *shop
		status string
		class  string // of every answer
	}{
		"as it is wanted":      {sold, "NOT_FOUND", ""},
		"another error":        {sold, "ABORTED", "grpc-NOT_FOUND"},
		"success, unwanted":    {&shop{}, "NOT_FOUND", classStatus},
		"success, by its name": {&shop{}, "OK", ""},
	} {
		s, err := Run(t.Context(), Job{Rate: 100, For: 20e6, Requests: []Request{{
			URL: test.server.open(t) + "UnaryCall", GRPC: &GRPC{Messages: [][]byte{nil}, Status: test.status},
		}}})
		if err != nil || s.Requests == 0 || test.class == "" && s.Errors != 0 || test.class != "" && s.Classes[test.class] != s.Requests {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
}

// Judge sees the status of a call, what was said to it, and its messages.
func TestCallsAreJudged(t *testing.T) {
	server := &shop{unary: func(_ context.Context, in *grpc_testing.SimpleRequest) error {
		if string(in.GetPayload().GetBody()) == "tea" {
			return nil
		}
		return status.Error(codes.NotFound, "no 100% "+string(in.GetPayload().GetBody()))
	}}
	url := server.open(t) + "UnaryCall"
	call := func(sku string) Request {
		message, err := proto.Marshal(&grpc_testing.SimpleRequest{Payload: &grpc_testing.Payload{Body: []byte(sku)}})
		if err != nil {
			t.Fatal(err)
		}
		return Request{URL: url, Name: sku, Status: AnyStatus, GRPC: &GRPC{Messages: [][]byte{message}}}
	}
	var mu sync.Mutex
	seen := map[string]Answer{} // guarded by mu
	s, err := Run(t.Context(), Job{Rate: 100, For: 40e6, Requests: []Request{call("tea"), call("milk")}, Judge: func(a *Answer) string {
		mu.Lock()
		defer mu.Unlock()
		seen[a.Label] = *a
		if a.Call == "NOT_FOUND" {
			return "sold-out"
		}
		return ""
	}})
	if err != nil || s.Requests != 4 || s.Classes["sold-out"] != 2 {
		t.Fatalf("%+v, %v", s, err)
	}
	tea, milk := seen["tea"], seen["milk"]
	answer := &grpc_testing.SimpleResponse{}
	if err := proto.Unmarshal(tea.Body[grpcHead:], answer); err != nil || tea.Call != "OK" || tea.Said != "" || string(answer.GetPayload().GetBody()) != "tea" {
		t.Errorf("tea: %+v, %v", tea, err)
	}
	if milk.Call != "NOT_FOUND" || milk.Said != "no 100% milk" || milk.Header.Get("Grpc-Status") != "5" || len(milk.Body) != 0 {
		t.Errorf("milk: %+v", milk)
	}
}

func TestAStatusThatThereIsNotIsRefused(t *testing.T) {
	job := Job{Rate: 1, For: 1, Requests: []Request{{URL: "http://127.0.0.1:1/a/b", GRPC: &GRPC{Messages: [][]byte{nil}, Status: "GONE"}}}}
	if err := job.Check(); err == nil || !strings.Contains(err.Error(), `"GONE" is no status of gRPC; there are OK, CANCELLED, `) {
		t.Error(err)
	}
}

// The names are those of google.rpc.Code, which a load does not link for them.
func TestTheStatusesAreThoseOfTheirDefinition(t *testing.T) {
	names := statuses()
	if len(names) != len(rpccode.Code_name) {
		t.Errorf("%d statuses, want %d", len(names), len(rpccode.Code_name))
	}
	for code, want := range rpccode.Code_name {
		if got := names[code]; got != want {
			t.Errorf("status %d is called %s, want %s", code, got, want)
		}
	}
}
