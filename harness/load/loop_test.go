//go:build linux && (amd64 || arm64)

package load

import (
	"net"
	"os"
	"strings"
	"testing"
	"time"
)

// aLoop is a loop with its first connections, at work by hand.
func aLoop(t testing.TB, job Job) *loop {
	t.Helper()
	job.Workers = 1
	job.complete()
	r, err := newRunner(t.Context(), &job)
	if err != nil {
		t.Fatal(err)
	}
	r.tapes = []*tape{r.newTape()}
	l, err := newLoop(r, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.close)
	r.start = time.Now()
	l.prepare()
	l.begin()
	return l
}

// turn is one round of the loop.
func (l *loop) turn() {
	now := l.now()
	l.expire(now)
	if l.r.closedModel() {
		l.wake(now)
	} else {
		l.launch(now)
	}
	l.attendTo(now)
}

func polite(t testing.TB) string {
	answer := []byte("HTTP/1.1 200 OK\r\nContent-Length: 12\r\nContent-Type: text/plain\r\n\r\nhello, world")
	return origin(t, func(c net.Conn) { _, _ = c.Write(answer) })
}

func TestARequestAllocatesNothing(t *testing.T) {
	url := polite(t)
	for name, job := range map[string]Job{
		"closed": {Connections: 4},
		"a ring": {Connections: 2 * leastRing},
		"open":   {Rate: 2000, MaxInFlight: 16},
		"chance": {Rate: 2000, MaxInFlight: 16, Poisson: true},
	} {
		job.For, job.Requests = time.Hour, []Request{{URL: url}}
		l := aLoop(t, job)
		until := func(n int64) {
			for l.tape.requests < n {
				l.turn()
			}
		}
		until(500)
		before := l.tape.requests
		const rounds = 20
		allocations := testing.AllocsPerRun(rounds, func() { until(l.tape.requests + 100) })
		if l.tape.errors > 0 || l.tape.requests < before+100*rounds {
			t.Errorf("%s: %d requests, errors %v", name, l.tape.requests, l.tape.classes)
		}
		if allocations >= 1 {
			t.Errorf("%s: %.1f allocations in 100 requests", name, allocations)
		}
	}
}

// A loop that is behind takes what has come before it makes a connection more:
// answers that wait for it free those that it has.
func TestALateLoopLooksForAnswersBeforeItConnects(t *testing.T) {
	answered := make(chan bool, 200)
	url := origin(t, func(c net.Conn) {
		_, _ = c.Write([]byte("HTTP/1.1 204 No Content\r\n\r\n"))
		answered <- true
	})
	l := aLoop(t, Job{Rate: 1, MaxInFlight: 4096, For: time.Hour, Requests: []Request{{URL: url}}})
	for i := range 200 {
		l.fire(l.free(), l.now(), l.now())
		l.advance()
		select {
		case <-answered:
		case <-time.After(10 * time.Second):
			t.Fatalf("request %d is not sent: its connection is not looked at", i+1)
		}
		if l.flying == 0 || l.tape.requests < int64(i-warmConns) {
			t.Fatalf("after %d requests %d are in flight, %d had their outcome", i+1, l.flying, l.tape.requests)
		}
	}
	if made := l.most - len(l.spare); made > warmConns {
		t.Errorf("200 requests, each answered before the next, took %d connections", made)
	}
}

func TestWorkersShareARunWithoutLoss(t *testing.T) {
	s, err := Run(t.Context(), Job{Rate: 1000, For: 500 * time.Millisecond, WarmUp: 100 * time.Millisecond, Workers: 3, Requests: []Request{{URL: polite(t)}}})
	if err != nil || s.Requests != 500 || s.Errors != 0 || s.Statuses[200] != 500 || s.Bytes != 12*500 || s.Certificate.Workers != 3 {
		t.Errorf("summary %+v, error %v", s, err)
	}
}

func TestNoFileIsLeftOpen(t *testing.T) {
	url := polite(t)
	count := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		maps, err := os.ReadFile("/proc/self/maps")
		if err != nil {
			t.Fatal(err)
		}
		return len(entries) + strings.Count(string(maps), "io_uring")
	}
	run := func() {
		if _, err := Run(t.Context(), Job{Connections: leastRing, Workers: 1, For: 50 * time.Millisecond, Requests: []Request{{URL: url}}}); err != nil {
			t.Fatal(err)
		}
	}
	run()
	before := count()
	for range 5 {
		run()
	}
	deadline := time.Now().Add(5 * time.Second)
	for count() > before {
		if time.Now().After(deadline) {
			t.Fatalf("%d files are open or mapped, %d were", count(), before)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func TestConnectionsBeyondTheLimitOfFilesAreRefused(t *testing.T) {
	if err := enoughFiles(&Job{Connections: 1 << 30}); err == nil {
		t.Error("a billion connections are accepted")
	}
	job := Job{MaxInFlight: 1 << 30}
	if err := enoughFiles(&job); err != nil || job.MaxInFlight == 1<<30 {
		t.Errorf("%d in flight, error %v", job.MaxInFlight, err)
	}
}

// A shot costs the same origin the same in both cases: what a flow takes more
// is a value out of the JSON of one answer, a check, and the value in the next path.
func BenchmarkShot(b *testing.B) {
	answer := []byte("HTTP/1.1 200 OK\r\nContent-Length: 39\r\nContent-Type: application/json\r\n\r\n" + `{"total": 7, "books": [{"sku": "b-1"}]}`)
	url := origin(b, func(c net.Conn) { _, _ = c.Write(answer) })
	for name, job := range map[string]Job{
		"plain": {Requests: []Request{{URL: url}}},
		"flow": {Flows: []Flow{{Name: "browse", Steps: []Step{
			{Request: Request{URL: url + "/books"}, Extract: []Extract{{Name: "sku", From: FromJSON, At: "/books/0/sku"}}, Checks: []Check{{Of: FromJSON, At: "/total"}}},
			{Request: Request{URL: url + "/books/{{sku}}"}},
		}}}},
	} {
		b.Run(name, func(b *testing.B) {
			job.Connections, job.For = 16, time.Hour
			l := aLoop(b, job)
			b.ReportAllocs()
			for b.Loop() {
				for want := l.tape.requests + 1; l.tape.requests < want; {
					l.turn()
				}
			}
			if l.tape.errors > 0 {
				b.Fatal(l.tape.classes)
			}
		})
	}
}
