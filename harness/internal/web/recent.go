package web

import (
	"sync"
	"time"
)

const (
	seconds   = 60      // that a Tally looks back
	mostLines = 2000    // that a Log keeps
	mostText  = 1 << 20 // bytes of text that a Log keeps
	longLine  = 4 << 10 // bytes of a line that a Log keeps
)

// A Tally counts calls by second over the last minute. Its zero value is
// ready, and it is safe for concurrent use.
type Tally struct {
	mu    sync.Mutex
	slots [seconds]slot // guarded by mu
}

type slot struct {
	second        int64 // Unix time; whatever it holds of another is over
	calls, failed int
}

// Add counts a call that ended.
func (t *Tally) Add(at time.Time, failed bool) {
	second := at.Unix()
	t.mu.Lock()
	defer t.mu.Unlock()
	s := &t.slots[second%seconds]
	if s.second != second {
		*s = slot{second: second}
	}
	s.calls++
	if failed {
		s.failed++
	}
}

// minute lists the calls of each second, the latest last: it is the one before
// now, for that of now is not over.
func (t *Tally) minute(now time.Time) (calls, failed []int) {
	calls, failed = make([]int, seconds), make([]int, seconds)
	first := now.Unix() - seconds
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range t.slots {
		if n := t.slots[i].second - first; n >= 0 && n < seconds {
			calls[n], failed[n] = t.slots[i].calls, t.slots[i].failed
		}
	}
	return calls, failed
}

// Over fills in the figures of an edge that a tally knows.
func (e *Edge) Over(t *Tally, now time.Time) {
	const latest = 10
	e.Calls, e.Failed = t.minute(now)
	calls, failed := 0, 0
	for i, n := range e.Calls {
		calls, failed = calls+n, failed+e.Failed[i]
		if i >= seconds-latest {
			e.Rate += float64(n) / latest
		}
	}
	if calls > 0 {
		e.Share = float64(failed) / float64(calls)
	}
}

// A Log keeps the latest lines of the services: 2,000, and 1 MiB of text. Its
// zero value is ready, and it is safe for concurrent use.
type Log struct {
	mu    sync.Mutex
	lines []Line // guarded by mu; the oldest first
	size  int    // guarded by mu; bytes of text
	n     uint64 // guarded by mu; lines so far
}

// Add keeps a line, the first 4 KiB of it.
func (l *Log) Add(service, text string) {
	if len(text) > longLine {
		text = text[:longLine] + " [cut]"
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.n++
	l.lines = append(l.lines, Line{N: l.n, At: time.Now(), Service: service, Text: text})
	l.size += len(text)
	drop := max(len(l.lines)-mostLines, 0)
	for i, size := 0, l.size; size > mostText; i++ {
		size -= len(l.lines[i].Text)
		drop = max(drop, i+1)
	}
	for _, line := range l.lines[:drop] {
		l.size -= len(line.Text)
	}
	l.lines = l.lines[drop:]
}

// After lists the lines that came after the one of that number, and the number
// of the last.
func (l *Log) After(n uint64) (lines []Line, last uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, line := range l.lines {
		if line.N > n {
			return append(lines, l.lines[i:]...), l.n
		}
	}
	return nil, l.n
}
