package fault

import (
	"context"
	"math"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// A Set is the faults that are in force on one way. The zero value has none,
// and asking it costs one atomic load. It is safe for concurrent use.
type Set struct {
	mu    sync.Mutex                   // held to change what is in force
	force atomic.Pointer[[]*Injection] // never changed in place
}

// An Injection is a fault that was put into force.
type Injection struct {
	Fault Fault

	set     *Set
	mu      sync.Mutex
	met     int // requests that it was meant for; guarded by mu
	strikes int // of these, those that it struck; guarded by mu
}

// Put brings a fault into force: it strikes requests from now on, whichever
// connection they come by. Faults strike in the order in which they were put.
func (s *Set) Put(f Fault) *Injection {
	i := &Injection{Fault: f, set: s}
	s.change(func(all []*Injection) []*Injection { return append(all, i) })
	return i
}

// Remove takes the fault back: it strikes no request that begins from now on.
// A second call does nothing.
func (i *Injection) Remove() {
	i.set.change(func(all []*Injection) []*Injection {
		return slices.DeleteFunc(all, func(other *Injection) bool { return other == i })
	})
}

// Strikes counts the requests that the fault struck.
func (i *Injection) Strikes() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.strikes
}

func (s *Set) change(to func([]*Injection) []*Injection) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []*Injection
	if old := s.force.Load(); old != nil {
		all = slices.Clone(*old)
	}
	if all = to(all); len(all) == 0 {
		s.force.Store(nil)
		return
	}
	s.force.Store(&all)
}

// Struck is the faults that strike one request, in their order; none is nil.
type Struck []Fault

// Strike says which faults strike a request, and counts them. Of a connection
// that is passed on unread, method and path are "".
func (s *Set) Strike(method, path string) Struck {
	all := s.force.Load()
	if all == nil {
		return nil
	}
	var struck Struck
	for _, i := range *all {
		if i.Fault.meets(method, path) && i.strike() {
			struck = append(struck, i.Fault)
		}
	}
	return struck
}

// strike spreads the share evenly: of a tenth, it is each tenth request.
func (i *Injection) strike() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.met++
	if share := i.Fault.Share; share > 0 {
		const slack = 1e-9 // ten times a tenth is one
		if math.Floor(float64(i.met)*share+slack) == math.Floor(float64(i.met-1)*share+slack) {
			return false
		}
	}
	if i.Fault.Times > 0 && i.strikes >= i.Fault.Times {
		return false
	}
	i.strikes++
	return true
}

// String says what the faults do.
func (s Struck) String() string {
	all := make([]string, len(s))
	for i := range s {
		all[i] = s[i].String()
	}
	return strings.Join(all, ", ")
}

// Replace reports whether the faults stand for the provider, which is not asked.
func (s Struck) Replace() bool {
	return slices.ContainsFunc(s, func(f Fault) bool { return f.replaces() })
}

// Over puts the faults round a way to the provider; the first is the outermost.
func (s Struck) Over(way http.RoundTripper) http.RoundTripper {
	for _, f := range slices.Backward(s) {
		way = &faulty{f, way}
	}
	return way
}

// Connect is what the faults do to a connection that is passed on unread,
// before it is: it takes their latency, and fails with ErrReset where one
// breaks it, or with ctx's error.
func (s Struck) Connect(ctx context.Context) error {
	for _, f := range s {
		if err := pause(ctx, f.Latency); err != nil {
			return err
		}
		if f.Reset {
			return ErrReset
		}
	}
	return nil
}

// pause takes d, or ends with ctx's error.
func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
