package load

import "time"

// How finely arrivals are compared with the schedule: in time over the run,
// and in the gaps between them.
const (
	bins    = 1024
	gapSpan = 16 // mean gaps that the bins reach over
)

// Arrivals hold when requests were due and when they were sent, as counts in
// fixed bins, so that one distribution can be held against the other.
type arrivals struct {
	from, span       time.Duration
	gap              time.Duration // mean between requests of one worker
	due, sent        [bins + 1]int64
	dueGaps, gaps    [bins + 1]int64
	any              bool
	lastDue, lastOut time.Duration
}

func newArrivals(job *Job) arrivals {
	a := arrivals{from: job.WarmUp, span: max(job.For, 1)}
	if rate := job.intended(); rate > 0 {
		a.gap = time.Duration(float64(time.Second) / rate * float64(max(job.Workers, 1)))
	}
	a.gap = max(a.gap, 1)
	return a
}

func (a *arrivals) add(due, sent time.Duration) {
	a.due[bin(due-a.from, a.span)]++
	a.sent[bin(sent-a.from, a.span)]++
	if a.any {
		a.dueGaps[bin(due-a.lastDue, gapSpan*a.gap)]++
		a.gaps[bin(sent-a.lastOut, gapSpan*a.gap)]++
	}
	a.any, a.lastDue, a.lastOut = true, due, sent
}

// bin is where d falls among the bins over span; what is beyond has the last.
func bin(d, span time.Duration) int {
	return max(min(int(float64(d)/float64(span)*float64(bins)), bins), 0)
}

func (a *arrivals) merge(other *arrivals) {
	for i := range a.due {
		a.due[i] += other.due[i]
		a.sent[i] += other.sent[i]
	}
	for i := range a.gaps {
		a.dueGaps[i] += other.dueGaps[i]
		a.gaps[i] += other.gaps[i]
	}
}

// distance is the Kolmogorov-Smirnov statistic of two samples in bins: the
// largest difference of their distribution functions, where what differs by
// no more than slack bins does not count.
func distance(want, got []int64, slack int) float64 {
	var all, seen int64
	for i := range want {
		all += want[i]
		seen += got[i]
	}
	if all == 0 || seen == 0 {
		return 0
	}
	w, g := cumulative(want, all), cumulative(got, seen)
	most := 0.0
	for i := range g {
		late := -g[i] // too few by then
		if i >= slack {
			late += w[i-slack]
		}
		early := g[i] - w[min(i+slack, len(w)-1)]
		most = max(most, late, early)
	}
	return most
}

func cumulative(counts []int64, all int64) []float64 {
	sums := make([]float64, len(counts))
	var sum int64
	for i, n := range counts {
		sum += n
		sums[i] = float64(sum) / float64(all)
	}
	return sums
}

// spread says how far the arrivals are from the schedule over the run, and
// their gaps from those of the schedule. A gap may be off by slack.
func (a *arrivals) spread(slack time.Duration) (times, gaps float64) {
	return distance(a.due[:], a.sent[:], 1), distance(a.dueGaps[:], a.gaps[:], bin(slack, gapSpan*a.gap)+1)
}
