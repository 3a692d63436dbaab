// Package fault is what can go wrong on the way to a provider, as a wrapper
// round that way: latency, an answer in the provider's place, a connection
// that breaks, an answer that breaks off or trickles. It knows requests and
// connections, and nothing of who put a fault there.
package fault

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// ErrReset is what a way that a fault breaks ends with. It wraps
// http.ErrAbortHandler: whoever passes the request on breaks the connection
// that it came by, in place of an answer.
var ErrReset error = reset{}

type reset struct{}

func (reset) Error() string { return "an injected fault broke the connection" }
func (reset) Unwrap() error { return http.ErrAbortHandler }

// A Fault is one thing that goes wrong: which requests it meets, and what it
// does to them. A field of zero does nothing. It is a value.
type Fault struct {
	Method string  // it meets only this one; "" every method
	Path   string  // it meets only these, without the query; * stands for any characters; "" every path
	Share  float64 // of the requests that it meets, evenly spread: 0.1 is every tenth; 0 all of them
	Times  int     // that it strikes at most; 0 is as often as it can

	Latency time.Duration // before the request goes on to the provider
	Status  int           // answered in the provider's place, from 200 to 599
	Reset   bool          // the connection breaks in place of an answer
	Cut     int64         // the answer breaks off after so many bytes of its body
	Rate    int64         // of the answer's body, in bytes per second
}

// Check says what is wrong with a fault, and what to write instead; unread is
// of connections that are passed on without a look at what they carry.
func (f *Fault) Check(unread bool) error {
	switch {
	case unread && (f.Method != "" || f.Path != "" || f.Status != 0 || f.Cut != 0 || f.Rate != 0):
		return errors.New("a connection that is passed on unread knows latency and reset, share and times only")
	case *f == Fault{Method: f.Method, Path: f.Path, Share: f.Share, Times: f.Times}:
		return errors.New("it does nothing: give it a latency, a status, a reset, a cut or a rate")
	case f.Latency < 0 || f.Cut < 0 || f.Rate < 0 || f.Times < 0:
		return errors.New("a latency, a cut, a rate and times are not below zero")
	case f.Share != f.Share || f.Share < 0 || f.Share > 1:
		return errors.New("a share is above 0% and at most 100%")
	case f.Status != 0 && (f.Status < 200 || f.Status > 599):
		return fmt.Errorf("%d is no status of an answer: one from 200 to 599", f.Status)
	case f.Path != "" && !strings.HasPrefix(f.Path, "/") && !strings.HasPrefix(f.Path, "*"):
		return fmt.Errorf("the path %q begins with neither / nor *", f.Path)
	case f.Reset && f.Status != 0:
		return errors.New("a reset and a status exclude one another: both stand for the provider's answer")
	case f.replaces() && (f.Cut != 0 || f.Rate != 0):
		return errors.New("a cut and a rate need the provider's answer, which a reset and a status stand for")
	}
	return nil
}

// replaces reports whether the provider is not asked at all.
func (f *Fault) replaces() bool { return f.Reset || f.Status != 0 }

// meets reports whether the fault is meant for such a request.
func (f *Fault) meets(method, path string) bool {
	return (f.Method == "" || strings.EqualFold(f.Method, method)) && (f.Path == "" || alike(f.Path, path))
}

// alike holds a path against a pattern whose * stands for any characters.
func alike(pattern, path string) bool {
	first, rest, several := strings.Cut(pattern, "*")
	if !several {
		return pattern == path
	}
	path, found := strings.CutPrefix(path, first)
	for found {
		var middle string
		middle, rest, several = strings.Cut(rest, "*")
		if !several {
			return strings.HasSuffix(path, middle)
		}
		_, path, found = strings.Cut(path, middle)
	}
	return false
}

// String says what the fault does, such as "latency 2s" or "status 503".
func (f *Fault) String() string {
	var all []string
	if f.Latency > 0 {
		all = append(all, "latency "+f.Latency.String())
	}
	if f.Status != 0 {
		all = append(all, fmt.Sprintf("status %d", f.Status))
	}
	if f.Reset {
		all = append(all, "reset")
	}
	if f.Cut > 0 {
		all = append(all, fmt.Sprintf("cut after %d bytes", f.Cut))
	}
	if f.Rate > 0 {
		all = append(all, fmt.Sprintf("%d bytes/s", f.Rate))
	}
	return strings.Join(all, ", ")
}
