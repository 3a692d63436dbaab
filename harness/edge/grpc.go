package edge

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/seamtest/seam/harness/trace"
)

// The attributes of OpenTelemetry's conventions for calls of gRPC (semantic
// conventions v1.43, "gRPC").
const (
	attrRPC       = attribute.Key("rpc.system.name")
	attrRPCMethod = attribute.Key("rpc.method")
	attrRPCStatus = attribute.Key("rpc.response.status_code")
)

// rpcStatuses are the names of gRPC's statuses by their codes
// (https://grpc.github.io/grpc/core/md_doc_statuscodes.html).
var rpcStatuses = [...]string{
	"OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED",
	"RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS",
	"UNAUTHENTICATED",
}

// rpcFailures are those that are an error of the server, as the conventions
// have it: the others blame whoever called.
var rpcFailures = []string{"UNKNOWN", "DEADLINE_EXCEEDED", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS"}

// rpcFailed reports whether a status of gRPC is an error of the server.
func rpcFailed(status string) bool { return slices.Contains(rpcFailures, status) }

// called takes the status of a call of gRPC out of a whole answer: it is in the
// trailer, or in the header of an answer without a body.
func (c *call) called(response *http.Response) {
	if !strings.HasPrefix(response.Header.Get("Content-Type"), "application/grpc") {
		return
	}
	from := response.Trailer
	if from.Get("Grpc-Status") == "" {
		from = response.Header
	}
	written := from.Get("Grpc-Status")
	if written == "" {
		return
	}
	c.Call = "UNKNOWN"
	if code, err := strconv.Atoi(written); err == nil && code >= 0 && code < len(rpcStatuses) {
		c.Call = rpcStatuses[code]
	}
	if rpcFailed(c.Call) {
		c.message = RedactText(from.Get("Grpc-Message"))
	}
}

// describeCall adds what a call of gRPC came to.
func (c *call) describeCall(s *trace.Span) {
	if c.Call == "" {
		return
	}
	path, _, _ := strings.Cut(c.Target, "?")
	s.Attrs = append(s.Attrs, attrRPC.String("grpc"), attrRPCMethod.String(limit(strings.TrimPrefix(path, "/"))), attrRPCStatus.String(c.Call))
	if rpcFailed(c.Call) && c.Fault == "" {
		s.Code, s.Message = trace.Error, limit(c.message)
		s.Attrs = append(s.Attrs, attrError.String(c.Call))
	}
}
