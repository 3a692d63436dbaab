package edge

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// FaultInjected is Exchange.Fault where an injected fault stood for the provider.
const FaultInjected = "fault_injected"

// The other values of Exchange.Fault, which the span bears as error.type.
const (
	faultCanceled   = "canceled"            // the consumer went away
	faultRequest    = "malformed_request"   // the consumer's framing was ambiguous or broken
	faultUnready    = "provider_not_ready"  // held until Config.Hold had passed
	faultDied       = "provider_died"       // Proxy.Fail said so
	faultClosing    = "edge_closed"         // the run ended while the call was held
	faultRefused    = "connection_refused"  // nobody listens at the provider's address
	faultReset      = "connection_reset"    // the provider broke the connection
	faultClosed     = "connection_closed"   // the provider closed it before an answer
	faultName       = "name_not_resolved"   // the provider's host name is unknown
	faultTimeout    = "timeout"             // an operating system's or a fault's time limit
	faultTLS        = "tls"                 // the provider's certificate or handshake
	faultTruncated  = "truncated_response"  // the answer broke off in its body
	faultResponse   = "malformed_response"  // the answer is no HTTP
	faultMethod     = "method_not_passable" // CONNECT: an edge is no forward proxy
	faultTransport  = "transport"           // anything else on the way to the provider
	statusNoMethod  = http.StatusNotImplemented
	statusNoAnswer  = http.StatusBadGateway
	statusNotReady  = http.StatusServiceUnavailable
	statusMalformed = http.StatusBadRequest
)

var (
	errCoding = errors.New("unknown content coding")
	errEnded  = errors.New("read after the exchange ended")
	errSent   = errors.New("the provider closed the connection without an answer")
	errGone   = errors.New("the consumer's connection is closed")
)

// A failure is an answer that the edge gives in the provider's place.
type failure struct {
	status  int // 0: there is nobody to answer
	fault   string
	address string // of the provider, where it is known
	message string
	remedy  string
}

// A refusal is the body of such an answer.
type refusal struct {
	Error    string `json:"error"`
	Kind     string `json:"kind"`
	Edge     string `json:"edge"`
	Provider string `json:"provider"`
	Address  string `json:"address,omitempty"`
	Remedy   string `json:"remedy"`
}

// refuse answers with f; where an answer is on its way already, or nobody is
// there to read one, it aborts the connection.
func (c *call) refuse(w http.ResponseWriter, f *failure) {
	c.Fault, c.message = f.fault, f.message
	if c.fence() || f.status == 0 {
		panic(http.ErrAbortHandler)
	}
	c.sent = f.status
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false) // an edge is named with an arrow
	err := encoder.Encode(refusal{
		Error: f.message, Kind: f.fault, Edge: c.Edge.String(), Provider: c.Edge.Provider,
		Address: f.address, Remedy: f.remedy,
	})
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Content-Length", strconv.Itoa(body.Len()))
	header.Set("Seam-Error", f.fault)
	if c.request.ProtoMajor == 1 && (c.body.broken() != nil || c.body.providerGone() != nil) {
		header.Set("Connection", "close") // the next request could not be found
	}
	w.WriteHeader(f.status)
	if c.Method != http.MethodHead {
		_, _ = w.Write(body.Bytes()) // the consumer may be gone; there is nobody else to tell
	}
	_ = http.NewResponseController(w).Flush() // the same
}

func (p *Proxy) diedFailure(why string) *failure {
	f := p.newFailure(faultDied, fmt.Sprintf("%s died: %s", p.cfg.Edge.Provider, why))
	f.remedy = "read the last lines that " + p.cfg.Edge.Provider + " logged"
	return f
}

func (p *Proxy) unreadyFailure() *failure {
	f := p.newFailure(faultUnready, fmt.Sprintf("%s was not ready within %s", p.cfg.Edge.Provider, p.cfg.Hold))
	f.status = statusNotReady
	f.remedy = "see why it does not start, or give it a longer `ready: within`"
	return f
}

func (p *Proxy) closingFailure() *failure {
	f := p.newFailure(faultClosing, "the run ended before "+p.cfg.Edge.Provider+" was ready")
	f.status = statusNotReady
	f.remedy = "nothing to repair: seam is stopping"
	return f
}

func (p *Proxy) newFailure(fault, message string) *failure {
	f := &failure{status: statusNoAnswer, fault: fault, message: message}
	if s := p.state.Load(); s.target != nil {
		f.address = s.target.Host
	}
	return f
}

// noAnswer turns the error of a round trip into the answer that tells of it.
func (c *call) noAnswer(err error) *failure {
	gone := c.body.providerGone()
	if gone != nil {
		err = gone // what the transport says is a consequence
	}
	if broken := c.body.broken(); broken != nil && gone == nil {
		if isDisconnect(broken) || c.wasReset(broken) {
			return &failure{fault: faultCanceled, message: "the consumer went away within its request"}
		}
		f := c.proxy.newFailure(faultRequest, "the request's body is malformed: "+broken.Error())
		f.status = statusMalformed
		f.remedy = "repair how the consumer frames its request"
		return f
	}
	if c.request.Context().Err() != nil && gone == nil {
		return &failure{fault: faultCanceled, message: "the consumer went away before the answer"}
	}
	if errors.Is(err, http.ErrAbortHandler) {
		if c.request.ProtoMajor == 1 { // in HTTP/2 only the stream breaks
			_ = c.conn.SetLinger(0) // best effort: the consumer sees a reset
		}
		return &failure{fault: FaultInjected, message: err.Error()}
	}
	fault := faultOf(err)
	provider := c.Edge.Provider
	why := text(err)
	if fault == faultClosed {
		why = "it closed the connection instead"
	}
	f := c.proxy.newFailure(fault, fmt.Sprintf("%s gave no answer: %s", provider, why))
	if c.crossed(fault) {
		f.status = 0
	}
	f.remedy = remedies[fault]
	if f.remedy == "" {
		f.remedy = "read what " + provider + " logged while it handled this request"
	}
	return f
}

var remedies = map[string]string{
	faultRefused:  "see whether the provider still runs and listens on this address",
	faultName:     "repair the host in the service's `url:`",
	faultTLS:      "repair the provider's certificate, or name the host that it is made for",
	faultResponse: "the provider must speak HTTP here; for another protocol set `protocol: tcp` on the call",
}

// faultOf classifies an error of the way to the provider.
func faultOf(err error) string {
	var dns *net.DNSError
	var alert tls.AlertError
	var cert *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var timeout net.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return faultRefused
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return faultReset
	case errors.As(err, &dns):
		return faultName
	case errors.As(err, &alert), errors.As(err, &cert), errors.As(err, &record):
		return faultTLS
	case errors.Is(err, context.Canceled):
		return faultCanceled
	case errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return faultTimeout
	case errors.Is(err, errSent), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed):
		return faultClosed
	case strings.HasPrefix(err.Error(), "stream error: ") && strings.HasSuffix(err.Error(), "; received from peer"):
		return faultReset // of a stream of HTTP/2, which net/http's type does not tell
	case isNoAnswer(err.Error()):
		return faultResponse
	}
	return faultTransport
}

// isNoAnswer knows by net/http's words what it could not read as an answer.
func isNoAnswer(text string) bool {
	for _, said := range [...]string{"malformed HTTP", "malformed MIME", "Content-Length", "transfer encoding", "response headers exceeded"} {
		if strings.Contains(text, said) {
			return true
		}
	}
	return false
}

// crossed reports whether a connection that was kept for long ended as the
// request came: it was idle for too long. Consumers know that of their own
// connections and try again, so theirs ends too; 502 would be the last word.
func (c *call) crossed(fault string) bool {
	return c.idle >= c.proxy.longIdle && c.request.ProtoMajor == 1 && !c.conn.heard.Load() && (fault == faultClosed || fault == faultReset)
}

// wasReset reports whether the consumer ended a stream of HTTP/2 within its
// body. The only fault of framing that net/http finds there is a length that
// was not kept.
func (c *call) wasReset(err error) bool {
	return c.request.ProtoMajor != 1 && !strings.Contains(err.Error(), "Content-Length")
}

// isDisconnect tells a consumer that went away from one that sent nonsense.
func isDisconnect(err error) bool {
	var network net.Error
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, context.Canceled) ||
		errors.Is(err, net.ErrClosed) || errors.As(err, &network)
}

// text is an error's message, shorter than any log line should be.
func text(err error) string {
	const limit = 300
	s := err.Error()
	if len(s) > limit {
		s = s[:limit] + "..."
	}
	return s
}
