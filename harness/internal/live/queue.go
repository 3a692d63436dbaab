package live

import (
	"context"
	"fmt"
	"sync"

	"github.com/seamtest/seam/contracts/cover"
	"github.com/seamtest/seam/harness/edge"
)

// The bounds of the queue: exchanges, and bytes of captured bodies. As much
// again may be with the worker, and the exchange under judgement needs at most
// twice edge.DecodeLimit.
const (
	mostFiled = 4096
	mostBytes = 64 << 20
)

// filed is an exchange that waits for its judgement.
type filed struct {
	exchange edge.Exchange
	docket   *Docket
	ledger   *cover.Ledger
}

// size is what the exchange's bodies hold at most.
func (f *filed) size() int64 {
	return min(f.exchange.RequestBytes, edge.CaptureLimit) + min(f.exchange.ResponseBytes, edge.CaptureLimit)
}

// A Judge is the one worker of a system and its queue. It is safe for
// concurrent use.
type Judge struct {
	mu     sync.Mutex
	change sync.Cond // of anything below
	queue  []filed   // guarded by mu
	bytes  int64     // guarded by mu; of queue
	busy   bool      // guarded by mu; one exchange is being judged
	closed bool      // guarded by mu

	struck struck
	work   sync.WaitGroup
}

// Start makes a judge; Close must be called.
func Start() *Judge {
	j := &Judge{}
	j.change.L = &j.mu
	j.work.Go(j.run)
	return j
}

// take files an exchange. It reports false where there is no room; in the
// phase drive it waits for some.
func (j *Judge) take(f filed) bool {
	size := f.size()
	j.mu.Lock()
	defer j.mu.Unlock()
	for f.exchange.Phase == edge.Drive && !j.closed && !j.room(size) {
		j.change.Wait()
	}
	if j.closed || !j.room(size) {
		return false
	}
	j.queue = append(j.queue, f)
	j.bytes += size
	j.change.Broadcast()
	return true
}

// room says whether there is some for bodies of that size. mu is held.
func (j *Judge) room(size int64) bool {
	return len(j.queue) < mostFiled && (j.bytes+size <= mostBytes || len(j.queue) == 0)
}

func (j *Judge) full() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return !j.room(0)
}

// run judges until Close, in the order of filing; batches keep the lock rare.
func (j *Judge) run() {
	var batch []filed
	for {
		j.mu.Lock()
		j.busy = false
		j.change.Broadcast()
		for len(j.queue) == 0 && !j.closed {
			j.change.Wait()
		}
		if len(j.queue) == 0 {
			j.mu.Unlock()
			return
		}
		batch, j.queue = j.queue, batch[:0]
		j.bytes, j.busy = 0, true
		j.mu.Unlock()
		for i := range batch {
			f := &batch[i]
			f.docket.rule(f.ledger, &f.exchange)
			*f = filed{}
		}
	}
}

// Settle returns when everything that was filed is judged, or with ctx's error.
func (j *Judge) Settle(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() {
		j.mu.Lock()
		defer j.mu.Unlock()
		j.change.Broadcast()
	})
	defer stop()
	j.mu.Lock()
	defer j.mu.Unlock()
	for len(j.queue) > 0 || j.busy {
		if ctx.Err() != nil {
			return fmt.Errorf("contracts: %d exchanges are not judged yet: %w", len(j.queue), context.Cause(ctx))
		}
		j.change.Wait()
	}
	return nil
}

// Close judges what is filed and ends the worker. What comes later is
// counted as not judged.
func (j *Judge) Close() {
	j.mu.Lock()
	j.closed = true
	j.change.Broadcast()
	j.mu.Unlock()
	j.work.Wait()
}
