package receive

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
)

const (
	pathTraces  = "/v1/traces"
	pathMetrics = "/v1/metrics"
	pathLogs    = "/v1/logs"
	pathJaeger  = "/api/traces"
	pathZipkin  = "/api/v2/spans"

	protobufType = "application/x-protobuf"
	jsonType     = "application/json"
	grpcType     = "application/grpc"
)

// retryAfter is in seconds: a busy sink has room again as soon as it caught up.
const retryAfter = 1

func (r *Receiver) serveHTTP(w http.ResponseWriter, req *http.Request) {
	leave := r.gate.enter()
	if leave == nil {
		refusal := refuse(Closing, errors.New("the receiver is closed"))
		r.stats.refuse(Unknown, refusal, 0)
		r.answerPlain(w, outcome{err: refusal})
		return
	}
	defer leave()
	contentType, _, err := mime.ParseMediaType(req.Header.Get("Content-Type"))
	if err != nil {
		contentType = ""
	}
	if contentType == grpcType || strings.HasPrefix(contentType, grpcType+"+") {
		r.serveGRPC(w, req)
		return
	}
	switch req.URL.Path {
	case pathTraces, pathMetrics, pathLogs:
		r.serveOTLP(w, req, contentType)
	case pathJaeger:
		r.answerPlain(w, r.takeHTTP(w, req, wayIn{JaegerHTTP, jaegerDecoder(contentType)}))
	case pathZipkin:
		r.answerPlain(w, r.takeHTTP(w, req, wayIn{Zipkin, zipkinDecoder(contentType)}))
	default:
		refusal := refuse(Unsupported, fmt.Errorf("nothing is served on %s; spans go to %s, %s or %s", req.URL.Path, pathTraces, pathJaeger, pathZipkin))
		refusal.status = http.StatusNotFound
		if req.Method == http.MethodPost { // else it is a probe, which brings no spans
			r.stats.refuse(Unknown, refusal, 0)
		}
		r.answerPlain(w, outcome{err: refusal})
	}
}

// A wayIn is a protocol and how to decode a request of it; a nil decode means
// that the content type is not one of the protocol's.
type wayIn struct {
	protocol Protocol
	decode   func(body []byte, l *lease, s *shared) (batch, error)
}

// An outcome is what to tell a sender: err, or how many spans were refused and why.
type outcome struct {
	refused int
	why     error
	err     error
}

// takeHTTP reads, decodes and delivers one request over HTTP, and counts it.
func (r *Receiver) takeHTTP(w http.ResponseWriter, req *http.Request, in wayIn) outcome {
	if err := acceptable(w, req, in.decode != nil); err != nil {
		r.stats.refuse(in.protocol, err, 0)
		return outcome{err: err}
	}
	o := r.take(req.Body, req.Header.Get("Content-Encoding"), in)
	if o.err != nil && refused(o.err).retry() && req.ProtoMajor == 1 {
		_ = r.discard(req.Body) // else the connection breaks before the sender reads that it may try again
	}
	return o
}

func acceptable(w http.ResponseWriter, req *http.Request, known bool) *refusal {
	if req.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		err := refuse(Unsupported, fmt.Errorf("%s is not understood here; use POST", req.Method))
		err.status = http.StatusMethodNotAllowed
		return err
	}
	if !known {
		return refuse(Unsupported, fmt.Errorf("the content type %q is not understood on %s", req.Header.Get("Content-Type"), req.URL.Path))
	}
	return nil
}

// take reads, decodes and delivers one request, and counts it.
func (r *Receiver) take(from io.Reader, encoding string, in wayIn) outcome {
	var b batch
	l, err := r.budget.admit()
	if err == nil {
		defer l.release() // not before the spans are delivered
		b, err = r.readAndDecode(from, encoding, in, l)
	}
	if err != nil {
		refusal := refused(err)
		r.stats.refuse(in.protocol, refusal, 0)
		return outcome{err: refusal}
	}
	if err := r.deliver(in.protocol, b); err != nil {
		return outcome{err: err}
	}
	return outcome{refused: b.refused, why: b.why}
}

func (r *Receiver) readAndDecode(from io.Reader, encoding string, in wayIn, l *lease) (batch, error) {
	body, err := r.read(from, encoding, l)
	if err != nil {
		return batch{}, err
	}
	defer body.free()
	return in.decode(body.buf, l, &r.shared)
}

// answerPlain is for Jaeger and Zipkin, whose senders only look at the status.
func (r *Receiver) answerPlain(w http.ResponseWriter, o outcome) {
	if o.err == nil {
		w.WriteHeader(http.StatusAccepted)
		return
	}
	refusal := refused(o.err)
	inviteRetry(w, refusal)
	http.Error(w, refusal.Error(), refusal.status)
}

func inviteRetry(w http.ResponseWriter, refusal *refusal) {
	if refusal.retry() {
		w.Header().Set("Retry-After", strconv.Itoa(retryAfter))
	}
}

// discard reads what is not kept, so that the connection can be used again.
func (r *Receiver) discard(from io.Reader) *refusal {
	n, err := io.Copy(io.Discard, io.LimitReader(from, r.config.MaxBody+1))
	if err != nil {
		return refuse(Aborted, fmt.Errorf("read the body: %w", err))
	}
	if n > r.config.MaxBody {
		return refuse(TooLarge, errors.New("the body is too large"))
	}
	return nil
}
