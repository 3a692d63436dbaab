package receive

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// The methods of OTLP's three services.
const (
	exportTraces  = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
	exportMetrics = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"
	exportLogs    = "/opentelemetry.proto.collector.logs.v1.LogsService/Export"
)

// serveGRPC answers a unary gRPC call over HTTP/2 (gRPC's PROTOCOL-HTTP2.md).
// OTLP needs no more of gRPC than this; in return both fronts share one port,
// one bound on memory and one way of refusing.
func (r *Receiver) serveGRPC(w http.ResponseWriter, req *http.Request) {
	if req.ProtoMajor != 2 || req.Method != http.MethodPost {
		refusal := refuse(Unsupported, errors.New("gRPC needs POST over HTTP/2"))
		r.stats.refuse(OTLPGRPC, refusal, 0)
		http.Error(w, refusal.Error(), refusal.status)
		return
	}
	header := w.Header()
	header.Set("Content-Type", grpcType)
	header.Set("Grpc-Accept-Encoding", "gzip,deflate")
	o := r.callGRPC(req)
	if o.err != nil {
		refusal := refused(o.err)
		header.Set(http.TrailerPrefix+"Grpc-Status", strconv.Itoa(refusal.code))
		header.Set(http.TrailerPrefix+"Grpc-Message", percent(refusal.Error()))
		header.Set(http.TrailerPrefix+"Grpc-Status-Details-Bin", base64.RawStdEncoding.EncodeToString(statusProto(o)))
		w.WriteHeader(http.StatusOK)
		return
	}
	header.Set(http.TrailerPrefix+"Grpc-Status", "0")
	content := exportResponse(o)
	frame := binary.BigEndian.AppendUint32([]byte{0}, uint32(len(content)))
	_, _ = w.Write(append(frame, content...)) // a sender that left does not hear the answer
}

func (r *Receiver) callGRPC(req *http.Request) outcome {
	from, encoding, err := r.frame(req)
	if err == nil && req.URL.Path == exportTraces {
		return r.take(from, encoding, wayIn{OTLPGRPC, decodeOTLP})
	}
	switch {
	case err != nil:
	case req.URL.Path == exportMetrics, req.URL.Path == exportLogs:
		err = r.discard(from)
	default:
		err = refuse(Unsupported, fmt.Errorf("the method %s does not exist here", req.URL.Path))
	}
	if err != nil {
		r.stats.refuse(OTLPGRPC, err, 0)
		return outcome{err: err}
	}
	r.stats.other(req.URL.Path == exportMetrics)
	return outcome{}
}

// frame reads the prefix of the call's only message, and returns the message
// as it was sent with the name of its compression.
func (r *Receiver) frame(req *http.Request) (from io.Reader, encoding string, _ *refusal) {
	var prefix [5]byte
	if _, err := io.ReadFull(req.Body, prefix[:]); err != nil {
		return nil, "", refuse(Malformed, fmt.Errorf("gRPC message prefix: %w", err))
	}
	size := int64(binary.BigEndian.Uint32(prefix[1:]))
	switch {
	case prefix[0] > 1:
		return nil, "", refuse(Malformed, errors.New("gRPC message prefix: unknown flags"))
	case size > r.config.MaxBody:
		return nil, "", refuse(TooLarge, fmt.Errorf("the message is larger than %d bytes; send smaller batches", r.config.MaxBody))
	case prefix[0] == 1:
		if encoding = req.Header.Get("Grpc-Encoding"); encoding == "" || encoding == "identity" {
			return nil, "", refuse(Malformed, errors.New("a compressed gRPC message without grpc-encoding"))
		}
	}
	return &exact{req.Body, size}, encoding, nil
}

// exact reads left bytes; an end before that is an unexpected one.
type exact struct {
	from io.Reader
	left int64
}

func (e *exact) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n, err := e.from.Read(p[:min(int64(len(p)), e.left)])
	if e.left -= int64(n); e.left > 0 && errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// percent escapes a message for the header Grpc-Message.
func percent(message string) string {
	return strings.ReplaceAll(url.QueryEscape(message), "+", "%20")
}
