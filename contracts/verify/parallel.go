package verify

import (
	"context"
	"iter"
	"slices"
	"sync"
	"sync/atomic"
)

// together runs the trials of a pact side by side where their states allow
// it, and yields the results in the order of the trials.
func (r *replay) together(ctx context.Context, trials []*trial, yield func(Result) bool) {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()

	done := make(map[*trial]chan Result, len(trials))
	var free, bound []*trial
	for _, t := range trials {
		done[t] = make(chan Result, 1)
		if r.cfg.States != nil && len(t.of.States) > 0 {
			bound = append(bound, t)
		} else {
			free = append(free, t)
		}
	}
	var failed atomic.Bool
	one := func(t *trial) {
		result := t.result(ctx, r.cfg.FailFast && failed.Load())
		if result.Outcome == Failed {
			failed.Store(true)
		}
		done[t] <- result
	}
	running.Go(func() {
		inParallel(free, r.cfg.Parallel, one)
		inParallel(bound, 1, one)
	})
	for _, t := range trials {
		if !yield(<-done[t]) {
			return
		}
	}
}

// inParallel calls do for each item, at most n at once, and waits for all.
func inParallel[E any](items []E, n int, do func(E)) {
	var group sync.WaitGroup
	var next atomic.Int64
	for range min(n, len(items)) {
		group.Go(func() {
			for {
				at := int(next.Add(1)) - 1
				if at >= len(items) {
					return
				}
				do(items[at])
			}
		})
	}
	group.Wait()
}

// A Task is a pact and how it is to be verified.
type Task struct {
	Source
	Config Config
}

// All runs tasks and yields each result with the number of its task, in the
// order of the tasks. Pacts of one provider are verified one after the other,
// because they share its states; where the first task says Parallel, those of
// different providers are verified side by side. FailFast counts across tasks.
func All(ctx context.Context, tasks []Task) iter.Seq2[int, Result] {
	return func(yield func(int, Result) bool) {
		if len(tasks) == 0 {
			return
		}
		ctx, cancel := context.WithCancel(ctx)
		var running sync.WaitGroup
		defer running.Wait()
		defer cancel()

		results := make([]chan []Result, len(tasks))
		for n := range results {
			results[n] = make(chan []Result, 1)
		}
		var failed atomic.Bool
		do := func(group []int) {
			for _, n := range group {
				results[n] <- tasks[n].run(ctx, &failed)
			}
		}
		running.Go(func() { inParallel(byProvider(tasks), max(tasks[0].Config.Parallel, 1), do) })
		for n := range tasks {
			for _, result := range <-results[n] {
				if !yield(n, result) {
					return
				}
			}
		}
	}
}

// byProvider groups the numbers of tasks by the address of their provider.
func byProvider(tasks []Task) [][]int {
	var groups [][]int
	places := map[string]int{}
	for n, task := range tasks {
		at := task.Pact.Provider
		if task.Config.Provider != nil {
			at = task.Config.Provider.Host
		}
		place, known := places[at]
		if !known {
			place = len(groups)
			places[at] = place
			groups = append(groups, nil)
		}
		groups[place] = append(groups[place], n)
	}
	return groups
}

func (task Task) run(ctx context.Context, failed *atomic.Bool) []Result {
	r := replay{cfg: task.Config, pact: task.Pact}
	defer r.prepare()()
	if r.cfg.FailFast && failed.Load() {
		var skipped []Result
		for _, t := range r.trials() {
			skipped = append(skipped, t.result(ctx, true))
		}
		return skipped
	}
	results := slices.Collect(Pact(ctx, task.Pact, task.Config))
	if slices.ContainsFunc(results, func(one Result) bool { return one.Outcome == Failed }) {
		failed.Store(true)
	}
	return results
}
