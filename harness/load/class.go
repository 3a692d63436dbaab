package load

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
)

// The classes of what can go wrong with a request.
const (
	classStatus    = "status"          // an answer, but not the one that was wanted
	classTimeout   = "timeout"         // no whole answer in time
	classRefused   = "refused"         // nobody listens
	classReset     = "reset"           // the connection was broken off
	classClosed    = "closed"          // the connection ended before the answer did
	classProtocol  = "protocol"        // the answer is not HTTP
	classTooLarge  = "too-large"       // the answer is beyond the limits
	classDNS       = "dns"             // the host has no address
	classFiles     = "too-few-files"   // no file descriptor left
	classPorts     = "ports-exhausted" // no local port left
	classNoRoute   = "unreachable"     // no way to the host
	classForbidden = "forbidden"       // the host may not be loaded
	classRequest   = "request"         // the request could not be written
	classNotH2     = "not-h2"          // the server does not speak HTTP/2
	classTLS       = "tls"             // no handshake
	classGoAway    = "goaway"          // the server left: with an error, or again and again before it began to work on the request
	classNotGRPC   = "not-grpc"        // an answer, but none of gRPC

	classRefusedStream = "refused-stream" // the server did not begin to work on the request
	classUnfinished    = "unfinished"     // the end of the run cut it off
	classCheck         = "check"          // the answer does not show what a step asks of it
	classExtract       = "extract"        // a value is not in the answer
)

// remedyOf says what to change when requests fail with the class; "" where the
// class says it all.
func remedyOf(class string) string {
	switch class {
	case classRefused:
		return "nothing listens there: start the service, or check the port"
	case classDNS:
		return "the name service does not know the host: check its spelling, or name an address"
	case classFiles:
		return "too few file descriptors: raise the limit (ulimit -n 65536), or lower the connections"
	case classPorts:
		return "no local port is left: keep connections alive, widen net.ipv4.ip_local_port_range, or set net.ipv4.tcp_tw_reuse to 1"
	case classTimeout:
		return "no answer in time: raise --timeout, or lower the rate"
	case classProtocol:
		return "the answers are not HTTP as its RFCs have it: check scheme and port"
	case classNotH2:
		return "the server does not speak HTTP/2 there: check the port, use http or https as it does, or load it with HTTP/1.1"
	case classTLS:
		return "the TLS handshake failed: check scheme and port; --insecure takes any certificate"
	case classNotGRPC:
		return "the answers are not those of a gRPC server: check the port and the method"
	case classGoAway:
		return "the server left with GOAWAY, with an error or before it worked on anything: its log says why"
	case classRefusedStream:
		return "the server refused streams before it worked on them: lower --streams"
	case "grpc-UNIMPLEMENTED":
		return "the server does not know the method: compare --proto with what it serves"
	case "grpc-DEADLINE_EXCEEDED":
		return "the server met the deadline before it had the answer: raise --timeout, or lower the rate"
	case "grpc-UNAVAILABLE", "grpc-RESOURCE_EXHAUSTED":
		return "the server takes no more of such calls now: lower the rate, or see its limits; the failed requests hold what it said"
	case "grpc-UNAUTHENTICATED", "grpc-PERMISSION_DENIED":
		return "the server wants credentials: --header 'Authorization: Bearer ...'"
	case classTooLarge:
		return "answers beyond 256 KiB of header or 1 GiB of body are cut off"
	case classExtract:
		return "a value was not where a step takes it from; the steps say which"
	case classCheck:
		return "answers did not pass a check; the steps say which"
	case classRequest:
		return "a value cannot stand in a header: it holds a control character"
	case classForbidden:
		return "the host is neither this machine nor private: name it with --allow-host if you may load it"
	}
	return ""
}

// classOf names why no whole answer came.
func classOf(err error) string {
	var timeout interface{ Timeout() bool }
	var dns *net.DNSError
	var errno syscall.Errno
	var forbidden *HostError
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &forbidden):
		return classForbidden
	case errors.As(err, &dns):
		return classDNS
	case errors.As(err, &errno):
		return classOfErrno(errno)
	case errors.As(err, &certificate), errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		return classTLS
	case errors.As(err, &timeout) && timeout.Timeout():
		return classTimeout
	case errors.Is(err, errTooLarge), strings.Contains(err.Error(), "server response headers exceeded"): // net/http has no value for it
		return classTooLarge
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return classClosed
	}
	return classProtocol
}

func classOfErrno(errno syscall.Errno) string {
	switch errno {
	case syscall.ECONNREFUSED:
		return classRefused
	case syscall.ECONNRESET, syscall.EPIPE, syscall.ECONNABORTED:
		return classReset
	case syscall.EMFILE, syscall.ENFILE:
		return classFiles
	case syscall.EADDRNOTAVAIL:
		return classPorts
	case syscall.ETIMEDOUT:
		return classTimeout
	case syscall.EHOSTUNREACH, syscall.ENETUNREACH, syscall.ENETDOWN:
		return classNoRoute
	}
	return classProtocol
}

// classOfAnswer names what is wrong with an answer.
func classOfAnswer(err error) string {
	switch {
	case errors.Is(err, errTooLarge):
		return classTooLarge
	case errors.Is(err, errTruncated):
		return classClosed
	}
	return classProtocol
}
