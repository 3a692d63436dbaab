package edge

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	rpccode "google.golang.org/genproto/googleapis/rpc/code"

	"github.com/seamtest/seam/harness/trace"
)

// The status of a call of gRPC is that of its exchange: in the trailer of a
// whole answer, or in the header of one without a body.
func TestCallsOfGRPCShowTheirStatus(t *testing.T) {
	for name, test := range map[string]struct {
		kind, header, trailer string
		call                  string
		failed                bool
	}{
		"success":                {"application/grpc", "", "0", "OK", false},
		"an error of the caller": {"application/grpc+proto", "", "5", "NOT_FOUND", false},
		"an error of the server": {"application/grpc", "", "14", "UNAVAILABLE", true},
		"at once":                {"application/grpc", "13", "", "INTERNAL", true},
		"a code that is none":    {"application/grpc", "", "99", "UNKNOWN", true},
		"words":                  {"application/grpc", "", "ok", "UNKNOWN", true},
		"none":                   {"application/grpc", "", "", "", false},
		"no call":                {"text/plain", "", "14", "", false},
	} {
		to := provider(t, func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Type", test.kind)
			if test.header != "" {
				w.Header().Set("Grpc-Status", test.header)
				w.Header().Set("Grpc-Message", "password=hunter2 is wrong")
				return
			}
			fmt.Fprint(w, "\x00\x00\x00\x00\x00")
			if test.trailer != "" {
				w.Header().Set(http.TrailerPrefix+"Grpc-Status", test.trailer)
				w.Header().Set(http.TrailerPrefix+"Grpc-Message", "password=hunter2 is wrong")
			}
		})
		r := startEdge(t, to, nil)
		response, err := h2Client(t).Post(r.URL()+"/shop.v1.Orders/Get", test.kind, strings.NewReader("\x00\x00\x00\x00\x00"))
		if err != nil {
			t.Fatal(err)
		}
		read(t, response)
		x, span := r.only(t)
		if x.Call != test.call || x.Failed() != test.failed || (span.Code == trace.Error) != test.failed || span.Attr(attrRPCStatus).AsString() != test.call {
			t.Errorf("%s: %+v, span %+v", name, x, span)
		}
		if test.call != "" && span.Attr(attrRPCMethod).AsString() != "shop.v1.Orders/Get" {
			t.Errorf("%s: %v", name, span.Attrs)
		}
		if test.failed && (span.Attr(attrError).AsString() != test.call || strings.Contains(span.Message, "hunter2") || !strings.Contains(span.Message, "password=")) {
			t.Errorf("%s: error %q, %q", name, span.Attr(attrError).AsString(), span.Message)
		}
	}
}

// The names are those of google.rpc.Code, which an edge does not link for them.
func TestTheStatusesAreThoseOfTheirDefinition(t *testing.T) {
	if len(rpcStatuses) != len(rpccode.Code_name) {
		t.Errorf("%d statuses, want %d", len(rpcStatuses), len(rpccode.Code_name))
	}
	for code, want := range rpccode.Code_name {
		if got := rpcStatuses[code]; got != want {
			t.Errorf("status %d is called %s, want %s", code, got, want)
		}
	}
}
