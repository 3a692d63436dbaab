package receive

import (
	"errors"
	"fmt"
	"net/http"
)

// ErrBusy is what a sink returns to make senders try again later.
var ErrBusy = errors.New("the sink is busy")

// A Reason says why something was refused.
type Reason string

// The reasons of a refusal. Only Busy and Closing invite the sender to try again.
const (
	Busy        Reason = "busy"        // the sink or a bound on requests in flight said so
	Closing     Reason = "closing"     // the request was late: the receiver is closed
	TooLarge    Reason = "too large"   // beyond Config.MaxBody, or decoded beyond Config.MaxInFlight
	Malformed   Reason = "malformed"   // not what its content type says
	Unsupported Reason = "unsupported" // another content type, encoding, method or path
	Aborted     Reason = "aborted"     // the sender went away before the end of the body
	Invalid     Reason = "invalid"     // single spans of a sound request: no id, nested too deep
	Failed      Reason = "failed"      // the sink's own error
)

// A refusal is the answer to a request that was not taken.
type refusal struct {
	reason Reason
	status int // of HTTP
	code   int // of gRPC
	err    error
}

func (r *refusal) Error() string { return r.err.Error() }
func (r *refusal) Unwrap() error { return r.err }

// retry reports whether the same request may succeed later.
func (r *refusal) retry() bool { return r.reason == Busy || r.reason == Closing }

func refuse(reason Reason, err error) *refusal {
	r := &refusal{reason: reason, err: err}
	switch reason {
	case Busy:
		r.status, r.code = http.StatusTooManyRequests, 8 // RESOURCE_EXHAUSTED
	case Closing:
		r.status, r.code = http.StatusServiceUnavailable, 14 // UNAVAILABLE
	case TooLarge:
		r.status, r.code = http.StatusRequestEntityTooLarge, 8
	case Malformed, Invalid:
		r.status, r.code = http.StatusBadRequest, 3 // INVALID_ARGUMENT
	case Unsupported:
		r.status, r.code = http.StatusUnsupportedMediaType, 12 // UNIMPLEMENTED
	case Aborted:
		r.status, r.code = http.StatusBadRequest, 1 // CANCELLED
	default:
		r.status, r.code = http.StatusInternalServerError, 13 // INTERNAL
	}
	return r
}

// refused finds the refusal in err, and makes any other error a Failed one.
func refused(err error) *refusal {
	if r, ok := errors.AsType[*refusal](err); ok {
		return r
	}
	if errors.Is(err, ErrBusy) {
		return refuse(Busy, err)
	}
	return refuse(Failed, err)
}

func malformed(what string, err error) *refusal {
	return refuse(Malformed, fmt.Errorf("%s: %w", what, err))
}

// A flaw makes one span unusable while the rest of its request is sound.
type flaw string

func (f flaw) Error() string { return string(f) }
