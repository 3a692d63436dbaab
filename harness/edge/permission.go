package edge

import (
	"net/http"
	"time"
)

// continueWait is how long a consumer that expects 100 (Continue) waits for a
// provider that knows nothing of it; consumers wait that long themselves.
const continueWait = time.Second

// A permission says whether a body may be read that the consumer sends only
// when it is told to (Expect: 100-continue; RFC 9110, section 10.1.1).
type permission struct {
	given    chan struct{} // closed when the provider sent 100
	answered chan struct{} // closed when it answered instead
	gone     chan struct{} // closed when its connection ended instead
	stopped  chan struct{} // closed when the exchange ended
}

// newPermission is nil for a request that waits for none.
func newPermission(r *http.Request) *permission {
	if r.ContentLength == 0 || !hasToken(r.Header["Expect"], "100-continue") {
		return nil
	}
	return &permission{make(chan struct{}), make(chan struct{}), make(chan struct{}), make(chan struct{})}
}

// wait reports whether the consumer was told to send its body. A provider that
// answers at once does not get it: its connection is closed instead.
func (w *permission) wait(c *call) bool {
	if w == nil || isClosed(w.given) {
		return true
	}
	limit := time.NewTimer(continueWait)
	defer limit.Stop()
	select {
	case <-w.given:
		return true
	case <-limit.C:
		_ = c.early(http.StatusContinue, nil) // it never fails
		if isClosed(w.given) {
			return true
		}
	case <-w.answered:
	case <-w.gone:
		return false
	case <-w.stopped:
		return false
	}
	// The transport closes the provider's connection if it gets an error now,
	// and the answer's body may still be on its way.
	<-w.stopped
	return false
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
