package receive

import (
	"fmt"
	"sync/atomic"
)

// A budget bounds the requests that are being read and decoded: how many, and
// how much memory they take together.
type budget struct {
	total    int64
	used     atomic.Int64
	most     int64 // requests
	requests atomic.Int64
}

// admit counts a request in until release, or refuses it with busy.
func (b *budget) admit() (*lease, error) {
	if b.requests.Add(1) > b.most {
		b.requests.Add(-1)
		return nil, refuse(Busy, fmt.Errorf("%d requests are in flight already", b.most))
	}
	return &lease{of: b, admitted: true}, nil
}

// A lease is the part of a budget that one request holds. It is charged for
// the body as it is read and for what is decoded from it before that is made.
type lease struct {
	of       *budget
	held     int64 // taken from the budget
	needed   int64 // charged so far; at most held
	admitted bool
}

// leaseStep is how much is taken at once, so that a span costs no atomic operation.
const leaseStep = 64 << 10

// take charges n bytes. It refuses with busy where other requests hold the
// budget, and with tooLarge where the request alone exceeds it.
func (l *lease) take(n int) error {
	l.needed += int64(n)
	if l.needed <= l.held {
		return nil
	}
	if l.needed > l.of.total {
		return refuse(TooLarge, fmt.Errorf("the request takes more than %d bytes when decoded; send smaller batches", l.of.total))
	}
	step := min(max(leaseStep, l.needed-l.held), l.of.total-l.held)
	if l.of.used.Add(step) > l.of.total {
		l.of.used.Add(-step)
		return refuse(Busy, fmt.Errorf("requests in flight hold %d bytes already", l.of.total))
	}
	l.held += step
	return nil
}

func (l *lease) release() {
	l.of.used.Add(-l.held)
	l.held, l.needed = 0, 0
	if l.admitted {
		l.of.requests.Add(-1)
		l.admitted = false
	}
}
