package load

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// A deaf peer never reads: what is written to it waits until it is closed.
type deaf struct {
	net.Conn
	over  chan struct{}
	close sync.Once
}

func (d *deaf) Write([]byte) (int, error) {
	<-d.over
	return 0, os.ErrClosed
}

func (d *deaf) Close() error {
	d.close.Do(func() { close(d.over) })
	return nil
}

// full takes nothing of what is offered to its pipe.
type full struct {
	syscall.RawConn
	pipe *pipe
}

func (f *full) Write(func(fd uintptr) bool) error {
	f.pipe.errno = syscall.EAGAIN
	return nil
}

// A peer that answers, or resets, without ever reading does not make us keep
// more and more requests for it.
func TestWhatAPeerDoesNotReadIsBounded(t *testing.T) {
	for _, kind := range []string{"answers", "resets", "pings"} {
		c := aConn(t, 100, Request{})
		p := newPipe(&deaf{over: make(chan struct{})}, c.drained)
		p.raw = &full{pipe: p}
		t.Cleanup(func() { _ = p.Close() })
		c.net, c.pipe = p, p
		if _, err := c.take(settingsFrame()); err != nil || c.flying != 100 {
			t.Fatalf("%d streams, %v", c.flying, err)
		}
		most := 0
		for id := uint32(1); c.flying > 0 && id < 100_000; id += 2 {
			b := appendFrame(nil, frame{frameHeaders, flagEndHeaders | flagEndStream, id, []byte{0x88}})
			switch kind {
			case "resets":
				b = appendNumber(nil, frameReset, id, uint32(codeInternal))
			case "pings":
				b = appendFrame(nil, frame{kind: framePing, payload: make([]byte, 8)})
			}
			if _, err := c.take(b); err != nil {
				break
			}
			p.mu.Lock()
			most = max(most, len(p.kept))
			p.mu.Unlock()
		}
		if limit := mostBacklog + 2*leastFrame; most == 0 || most > limit {
			t.Errorf("%s: %d bytes wait for a peer that does not read, where %d may", kind, most, limit)
		}
	}
}

// More streams than fit into the backlog begin all the same where the peer reads.
func TestManyStreamsBeginAtOnce(t *testing.T) {
	c := aConn(t, mostStreams, Request{Header: map[string]string{"x": strings.Repeat("y", 60)}})
	if _, err := c.take(settingsFrame()); err != nil || c.flying != mostStreams {
		t.Fatalf("%d streams, %v", c.flying, err)
	}
}

// A server may change its mind about how many streams it allows, and how wide
// their windows are, while they run.
func TestSettingsThatChangeMidStream(t *testing.T) {
	streams := func(n byte) []byte {
		return appendFrame(nil, frame{frameSettings, 0, 0, []byte{0, settingStreams, 0, 0, 0, n}})
	}
	answer := func(id uint32) []byte {
		return appendFrame(nil, frame{frameHeaders, flagEndHeaders | flagEndStream, id, []byte{0x88}})
	}
	c := aConn(t, 10, Request{})
	for _, step := range []struct {
		say    []byte
		flying int
		reason string
	}{
		{streams(4), 4, "four are allowed"},
		{streams(0), 4, "none is allowed: those that run go on"},
		{answer(1), 3, "one that ends is followed by none"},
		{streams(2), 3, "two are allowed where three run"},
		{answer(3), 2, "still as many as there may be"},
		{streams(255), 10, "as many as we like"},
		{answer(5), 10, "one follows another"},
	} {
		if _, err := c.take(step.say); err != nil || c.flying != step.flying {
			t.Fatalf("%s: %d streams, want %d, %v", step.reason, c.flying, step.flying, err)
		}
		if wrong := c.sound(); wrong != "" {
			t.Fatalf("%s: %s", step.reason, wrong)
		}
	}
	c = aConn(t, 2, Request{Method: "PUT", Body: make([]byte, 100)})
	window := func(sizes ...uint32) []byte {
		var b []byte
		for _, n := range sizes {
			b = binary.BigEndian.AppendUint32(append(b, 0, settingWindow), n)
		}
		return appendFrame(nil, frame{frameSettings, 0, 0, b})
	}
	left := func() (left []int) {
		for st := c.order.oldest; st != nil; st = st.next {
			left = append(left, len(st.rest))
		}
		return left
	}
	for _, step := range []struct {
		say  []byte
		left []int
	}{
		{window(30), []int{70, 70}},
		{window(10), []int{70, 70}}, // 20 bytes below nothing
		{appendNumber(nil, frameWindow, 1, 15), []int{70, 70}},
		{appendNumber(nil, frameWindow, 1, 15), []int{60, 70}},
		{window(largestWindow, 0, 30), []int{40, 70}},
		{window(1000), []int{0, 0}},
	} {
		if _, err := c.take(step.say); err != nil || !slices.Equal(left(), step.left) {
			t.Fatalf("% x: %v left, want %v, %v", step.say, left(), step.left, err)
		}
	}
}

// Where a server allows fewer streams than were taken on while its connection
// was made, the others go elsewhere: nobody waits behind one that does not end.
func TestRequestsDoNotWaitBehindOneThatHangs(t *testing.T) {
	c := connOf(t, Job{Rate: 1, For: time.Hour, Protocol: "h2c", Requests: []Request{{URL: "http://127.0.0.1:1/"}}}, false)
	for n := range 10 {
		x := c.s.arrival(n, 0)
		c.s.flying.Add(1)
		c.fire(&x)
	}
	if _, err := c.take(appendFrame(nil, frame{frameSettings, 0, 0, []byte{0, settingStreams, 0, 0, 0, 3}})); err != nil {
		t.Fatal(err)
	}
	if c.flying != 3 || c.taken != 3 || len(c.s.orphans) != 7 || c.s.flying.Load() != 10 {
		t.Errorf("%d streams of %d, %d for others, %d in flight", c.flying, c.taken, len(c.s.orphans), c.s.flying.Load())
	}
	if next := newStreamConn(c.s, 1); next.limit() != 3 {
		t.Errorf("the next connection takes %d on before its settings come", next.limit())
	}
}

// Two interim answers and a final one are three: nothing of the first two is
// taken for the last, whoever looks.
func TestNothingOfAnInterimAnswerStays(t *testing.T) {
	url := h2Origin(t, answering(func(p peer, s uint32) {
		p.frame(frameHeaders, flagEndHeaders, s, block(":status", "103", "link", "early", "content-length", "7"))
		p.frame(frameHeaders, flagEndHeaders, s, block(":status", "102", "link", "later"))
		p.frame(frameHeaders, flagEndHeaders, s, block(":status", "200", "x", "y", "content-length", "2"))
		p.frame(frameData, flagEndStream, s, []byte("ok"))
	}))
	judge := func(a *Answer) string {
		if a.Status != 200 || a.Header.Get("Link") != "" || a.Header.Get("X") != "y" || string(a.Body) != "ok" {
			return "mixed up"
		}
		return ""
	}
	s, err := Run(t.Context(), Job{Rate: 50, For: 100 * time.Millisecond, Protocol: "h2c", Judge: judge, Requests: []Request{{URL: url}}})
	if err != nil || s.Errors != 0 || s.Statuses[200] != 5 {
		t.Errorf("%+v, %v", s, err)
	}
}

// The end of a run finds streams whose bodies wait for a window that never
// opens: they are unfinished, and nothing stays behind.
func TestTheEndFindsBodiesThatNobodyLetsThrough(t *testing.T) {
	for name, job := range map[string]Job{"open": {Rate: 1000, For: time.Hour}, "closed": {Connections: 2, Streams: 5, For: time.Hour}} {
		ctx, end := context.WithCancel(t.Context())
		var asked atomic.Int64
		url := h2Origin(t, func(p peer) {
			p.hello(settingWindow, 0)
			p.requests(func(stream uint32) {
				p.frame(frameHeaders, flagEndHeaders, stream, block(":status", "200")) // and no more
				if asked.Add(1) == 5 {
					end()
				}
			})
		})
		job.Protocol, job.Requests = "h2c", []Request{{Method: "PUT", URL: url, Body: make([]byte, 1<<20)}}
		s, err := Run(ctx, job)
		end()
		if !errors.Is(err, context.Canceled) || s.Requests < 5 || s.Classes[classUnfinished] != s.Requests {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
}
