package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"
)

// mostError is how far from its due time the 99th of 100 requests may be.
const mostError = 100 * time.Microsecond

const k6Open = `import http from 'k6/http';
export const options = { scenarios: { open: { executor: 'constant-arrival-rate', rate: %d, timeUnit: '1s', duration: '%s', preAllocatedVUs: 256, maxVUs: 256 } } };
export default function () { http.get('%s', { headers: { Traceparent: '%s' } }); }
`

// open compares when requests came with when a constant rate has them due, as
// the kernel of the origin's side stamped them.
func (b *bench) open(ctx context.Context) error {
	stop, err := b.startOrigin(ctx)
	if err != nil {
		return err
	}
	defer stop()
	most, err := b.mostOf(ctx)
	if err != nil {
		return err
	}
	half := roundTo(most / 2)
	b.say("## At a rate: when requests came, as the origin's kernel stamped them\n\n")
	b.say("%s each, %d rounds in turning order; origin and client on a core each. Request i is due i/rate after the start, which is put\n", b.each, b.rounds)
	b.say("where the most punctual request has no error: no client sends early. Errors are the medians of the rounds in microseconds.\n")
	b.say("%d/s is half of the %.0f that seam reaches with this origin, over %d connections. Missing are requests that were due and never came.\n\n", half, most, connections)
	b.say("| rate | client | p50 | p99 | max | p99, least to most | missing |\n|---|---|---|---|---|---|---|\n")
	type result struct {
		rate int
		p99  float64
	}
	var ours []result
	for _, rate := range []int{10_000, half} {
		p99, err := b.openAt(ctx, rate)
		if err != nil {
			return err
		}
		ours = append(ours, result{rate, p99})
	}
	b.say("\n")
	for _, r := range ours {
		b.bar(fmt.Sprintf("schedule error at %d/s: p99 at most %d microseconds (here %.0f)", r.rate, mostError.Microseconds(), r.p99), r.p99 <= float64(mostError.Microseconds()))
	}
	b.say("\n")
	return nil
}

// mostOf is how many requests a second the origin with stamps takes from seam,
// as fast as answers come.
func (b *bench) mostOf(ctx context.Context) (float64, error) {
	_, err := client(ctx, "", b.seam, "load", b.originURL()+"/", "--connections", strconv.Itoa(connections), "--for", b.each.String(), "-q")
	if err != nil {
		return 0, err
	}
	came, err := arrivals(ctx, b.originURL())
	return float64(len(came)) / b.each.Seconds(), err
}

// openAt is one row for each client; it returns seam's p99 in microseconds.
func (b *bench) openAt(ctx context.Context, rate int) (float64, error) {
	url, each, r := b.originURL()+"/", b.each.String(), strconv.Itoa(rate)
	script := filepath.Join(b.folder, "open.js")
	if err := os.WriteFile(script, fmt.Appendf(nil, k6Open, rate, each, url, staticTrace[len("Traceparent: "):]), 0o644); err != nil {
		return 0, err
	}
	peers := []peer{
		{"seam", "", []string{"sh", "-c", `"$@" || [ $? = 3 ]`, "-", b.seam, "load", url, "--rate", r + "/s", "--for", each, "-q"}}, // 3: it says itself that it was late
		{"vegeta", "GET " + url + "\n", []string{"vegeta", "attack", "-rate", r, "-duration", each, "-max-workers", "256", "-header", staticTrace, "-output", os.DevNull}},
		{"k6", "", []string{"k6", "run", "-q", script}},
	}
	p50, p99, most, missing := newSeries(), newSeries(), newSeries(), newSeries()
	for round := range b.rounds {
		for i := range peers {
			p := peers[(i+round)%len(peers)]
			if _, err := arrivals(ctx, b.originURL()); err != nil { // those of before
				return 0, err
			}
			if _, err := client(ctx, p.stdin, p.argv...); err != nil {
				return 0, err
			}
			came, err := arrivals(ctx, b.originURL())
			if err != nil {
				return 0, err
			}
			errors := scheduleErrors(came, rate)
			if len(errors) == 0 {
				return 0, fmt.Errorf("%s sent nothing", p.name)
			}
			p50.add(p.name, micro(errors[len(errors)/2]))
			p99.add(p.name, micro(errors[len(errors)*99/100]))
			most.add(p.name, micro(errors[len(errors)-1]))
			missing.add(p.name, max(float64(rate)*b.each.Seconds()-float64(len(came)), 0))
		}
	}
	for _, p := range peers {
		values := p99.of[p.name]
		b.say("| %d/s | %s | %.0f | %.0f | %.0f | %.0f to %.0f | %.0f |\n", rate, p.name, p50.median(p.name), p99.median(p.name), most.median(p.name),
			slices.Min(values), slices.Max(values), missing.median(p.name))
	}
	return p99.median("seam"), nil
}

// scheduleErrors holds arrivals, in order, against an even rate; they rise.
func scheduleErrors(came []time.Duration, rate int) []time.Duration {
	if len(came) == 0 {
		return nil
	}
	due := func(i int) time.Duration { return time.Duration(float64(i) / float64(rate) * float64(time.Second)) }
	start := came[0]
	for i, at := range came {
		start = min(start, at-due(i))
	}
	errors := make([]time.Duration, len(came))
	for i, at := range came {
		errors[i] = at - start - due(i)
	}
	slices.Sort(errors)
	return errors
}

func micro(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }
