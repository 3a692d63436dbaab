package load

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"
)

// leaving gives every request back that comes on its connection.
func leaving(p peer, _ uint32) { p.frame(frameGoAway, 0, 0, make([]byte, 8)) }

// A request that was given back does not wait until the next one is due, which
// here is in a quarter of an hour.
func TestARequestThatIsGivenBackIsSentAgainAtOnce(t *testing.T) {
	ctx, arrived := context.WithCancel(t.Context())
	defer arrived()
	var asked atomic.Int64
	url := h2Origin(t, answering(func(p peer, s uint32) {
		if asked.Add(1) == 1 {
			leaving(p, s)
			return
		}
		p.ok(s)
		arrived()
	}))
	s, err := Run(ctx, Job{Rate: 0.001, For: time.Hour, Protocol: "h2c", Requests: []Request{{URL: url}}})
	if !errors.Is(err, context.Canceled) || s.Requests != 1 || asked.Load() != 2 {
		t.Errorf("%+v, %v, asked %d times", s, err, asked.Load())
	}
}

// A server that gives every request back is not called more often than rests
// fit into the time, and its requests fail once they have been given back often.
func TestAServerThatGivesEverythingBackIsLeftToRest(t *testing.T) {
	for name, job := range map[string]Job{
		"open":   {Rate: 100, For: 200 * time.Millisecond},
		"closed": {Connections: 2, Streams: 3, For: 200 * time.Millisecond},
	} {
		var calls atomic.Int64
		url := h2Origin(t, func(p peer) {
			calls.Add(1)
			answering(leaving)(p)
		})
		job.Protocol, job.Requests = "h2c", []Request{{URL: url}}
		begun := time.Now()
		s, err := runSome(t, job)
		if err != nil || s.Classes[classGoAway] != s.Requests || s.Failed[0].Note == "" {
			t.Errorf("%s: %+v, %v", name, s, err)
			continue
		}
		connections := max(int64(job.Connections), 1)
		if most := connections * (int64(time.Since(begun)/restFor) + 2); calls.Load() > most {
			t.Errorf("%s: %d calls where %d may be", name, calls.Load(), most)
		}
	}
}

// A server that allows no stream is not called more often than rests fit into
// the time either.
func TestAServerThatAllowsNoStreamIsLeftToRest(t *testing.T) {
	var calls atomic.Int64
	url := h2Origin(t, func(p peer) {
		calls.Add(1)
		p.hello(settingStreams, 0)
		p.requests(func(uint32) {})
	})
	begun := time.Now()
	s, err := Run(t.Context(), Job{Rate: 2000, For: 200 * time.Millisecond, Timeout: 200 * time.Millisecond, Protocol: "h2c", Requests: []Request{{URL: url}}})
	if err != nil || s.Requests == 0 || s.Classes[classTimeout]+s.Classes[classUnfinished] != s.Requests {
		t.Fatalf("%+v, %v", s, err)
	}
	if most := int64(time.Since(begun)/restFor) + 2; calls.Load() > most {
		t.Errorf("%d calls where %d may be", calls.Load(), most)
	}
}

// A server that ends each connection after one answer works: nothing rests and
// nothing is lost.
func TestAServerThatAnswersOnceOnEachConnectionLosesNothing(t *testing.T) {
	url := h2Origin(t, answering(func(p peer, s uint32) {
		if s != 1 {
			return // it has said already that it will not begin with it
		}
		p.frame(frameGoAway, 0, 0, []byte{0, 0, 0, 1, 0, 0, 0, 0})
		p.ok(s)
	}))
	for name, job := range map[string]Job{
		"open":   {Rate: 200, For: 200 * time.Millisecond},
		"closed": {Connections: 2, For: 100 * time.Millisecond},
	} {
		job.Protocol, job.Requests = "h2c", []Request{{URL: url}}
		s, err := runSome(t, job)
		if err != nil || s.Errors != 0 || s.Statuses[200] != s.Requests {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
}

// What is sent again counts its time from the first sending, so it comes
// before what was sent later.
func TestStreamsAreInTheOrderOfSending(t *testing.T) {
	var l streamList
	streams := []*stream{{mark: mark{sent: 3}}, {mark: mark{sent: 5}}, {mark: mark{sent: 1}}, {mark: mark{sent: 4}}, {mark: mark{sent: 9}}}
	for _, st := range streams {
		l.add(st)
	}
	l.remove(streams[1])
	var forth, back []time.Duration
	for st := l.oldest; st != nil; st = st.next {
		forth = append(forth, st.mark.sent)
	}
	for st := l.newest; st != nil; st = st.prev {
		back = append([]time.Duration{st.mark.sent}, back...)
	}
	want := []time.Duration{1, 3, 4, 9}
	for i := range want {
		if len(forth) != len(want) || len(back) != len(want) || forth[i] != want[i] || back[i] != want[i] {
			t.Fatalf("%v, backwards %v", forth, back)
		}
	}
}
