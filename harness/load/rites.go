package load

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
)

// setUp sends the steps that come before the run; what they extract becomes
// known to every flow.
func (r *runner) setUp(ctx context.Context) error {
	if r.rites == nil || len(r.rites.up) == 0 {
		return nil
	}
	return r.perform(ctx, r.rites.up, "set-up")
}

// tearDown sends the steps that come after it, although ctx may have ended.
func (r *runner) tearDown(ctx context.Context) error {
	if r.rites == nil || len(r.rites.down) == 0 {
		return nil
	}
	return r.perform(context.WithoutCancel(ctx), r.rites.down, "tear-down")
}

// perform sends steps one after the other and stops at the first that fails.
func (r *runner) perform(ctx context.Context, steps []*stepPlan, name string) error {
	s := newSender(r)
	defer s.client.CloseIdleConnections()
	in := &session{
		script: r.rites, values: make([][]byte, len(r.rites.names)), rows: make([]int, len(r.rites.tables)),
		chance: chanceOf(r.job.Seed, 0, forThink), unique: chance(rand.Uint64()),
	}
	for _, step := range steps {
		in.flow = &flowPlan{steps: []*stepPlan{step}}
		request, err := step.request(ctx, in)
		if err != nil {
			return fmt.Errorf("load: %s step %q cannot be written: a value does not fit its place", name, step.name)
		}
		a := &seen{needs: needs{true, true}}
		answer, err := s.client.Do(request)
		if err == nil {
			err = a.read(answer)
		}
		switch {
		case err != nil:
			return fmt.Errorf("load: %s step %q: %w", name, step.name, err)
		case !accepted(step.want, a.status):
			return fmt.Errorf("load: %s step %q was answered with status %d: %s", name, step.name, a.status, clip(strings.ToValidUTF8(string(a.body[:min(len(a.body), 200)]), "?")))
		}
		if class, which := step.look(a, in); class != "" {
			return fmt.Errorf("load: %s step %q: the answer fails %s %q", name, step.name, class, step.named[which-1])
		}
		for i := range step.takes {
			at := step.takes[i].slot
			r.rites.constants[at] = bytes.Clone(in.values[at])
		}
		if !s.rest(ctx, s.now()+in.thinks()) {
			return ctx.Err()
		}
	}
	return nil
}
