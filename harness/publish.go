package harness

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// trouble is what is said while the system runs of an endpoint that spans are
// published to.
func trouble(endpoint string, why error) string {
	if why == nil {
		return "publishing to " + endpoint + " works again"
	}
	return fmt.Sprintf("publishing to %s fails: %v; spans wait for it", endpoint, why)
}

// untold is how long spans may still go out at the end before it is said.
const untold = time.Second

// passOn sends what waits to be published, to all endpoints at once, and ends
// the publishers. What cannot be sent is counted, and no reason to lose the run.
func (h *Harness) passOn(ctx context.Context) error {
	errs := make([]error, len(h.publishers))
	var all sync.WaitGroup
	for i, p := range h.publishers {
		all.Go(func() {
			h.flush(ctx, p)
			errs[i] = p.Close(ctx)
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// flush says what it waits for where that takes long.
func (h *Harness) flush(ctx context.Context, p *publisher) {
	sent := make(chan struct{})
	var telling sync.WaitGroup
	telling.Go(func() {
		late := time.NewTimer(untold)
		defer late.Stop()
		select {
		case <-late.C:
			s := p.Stats()
			step := fmt.Sprintf("waiting for %s to take %s", p.Endpoint, counted(s.Waiting))
			if s.Failing {
				step += ", which fails: " + s.LastError
			}
			h.cfg.Progress(step)
		case <-sent:
		}
	})
	_ = p.Flush(ctx) // what is left is in the counts
	close(sent)
	telling.Wait()
}

func counted(spans int64) string {
	if spans == 1 {
		return "the last span"
	}
	return fmt.Sprintf("the last %d spans", spans)
}

// Unpublished says of each endpoint how many spans it did not get, and why;
// after Stop, all of them. It is empty where nothing was lost.
func (h *Harness) Unpublished() []string {
	var all []string
	for _, p := range h.publishers {
		if s := p.Stats(); s.Dropped > 0 {
			all = append(all, fmt.Sprintf("%d of %d spans did not reach %s: %s", s.Dropped, s.Dropped+s.Sent+s.Waiting, p.Endpoint, s.LastError))
		}
	}
	return all
}
