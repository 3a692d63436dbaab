package load

import (
	"context"
	"testing"
	"time"
)

// lateCalls are the ways in which a connection of the closed model may come to
// begin a request with a clock that it read before the end of the schedule.
func lateCalls() map[string]func(c *streamConn, before time.Duration) {
	return map[string]func(c *streamConn, before time.Duration){
		"who looks for timeouts": func(c *streamConn, before time.Duration) { c.expire(before) },
		"a reader of settings": func(c *streamConn, before time.Duration) {
			c.mu.Lock()
			defer c.mu.Unlock()
			if wrong := c.settings(&frame{kind: frameSettings}, before); wrong != nil {
				panic(wrong)
			}
		},
		"a connection that is made again": func(c *streamConn, before time.Duration) { c.renew(before) },
	}
}

// The closed model is over once its last request has an outcome after the end
// of the schedule. Whoever read the clock before that and is late to begin the
// next request finds the run closed: no request is begun that nobody awaits.
func TestNothingBeginsOnceTheLastOutcomeIsCounted(t *testing.T) {
	for name, begin := range lateCalls() {
		for _, when := range []string{"as the wait ends", "after all"} {
			c := aConn(t, 1, Request{})
			if _, err := c.take(settingsFrame()); err != nil || c.flying != 1 {
				t.Fatalf("%s: %d streams, %v", name, c.flying, err)
			}
			before := c.s.now()
			c.s.ahead.Add(-int64(c.s.r.horizon())) // the schedule has ended
			if _, err := c.take(appendFrame(nil, frame{frameHeaders, flagEndHeaders | flagEndStream, 1, []byte{0x88}})); err != nil {
				t.Fatal(err)
			}
			c.s.stop = func() {
				if when == "as the wait ends" {
					begin(c, before)
				}
			}
			c.s.finish(t.Context())
			if when == "after all" {
				begin(c, before)
			}
			if c.tape.requests != 1 || c.tape.errors != 0 || c.taken != 0 || c.s.flying.Load() != 0 {
				t.Errorf("%s, %s: %d outcomes, %v, %d taken on, %d in flight", name, when, c.tape.requests, c.tape.classes, c.taken, c.s.flying.Load())
			}
		}
	}
}

// A request that began before the end of the schedule is awaited after it, and
// its answer takes nobody else on.
func TestWhatIsInFlightAtTheEndIsAwaited(t *testing.T) {
	c := aConn(t, 3, Request{})
	if _, err := c.take(settingsFrame()); err != nil || c.flying != 3 {
		t.Fatalf("%d streams, %v", c.flying, err)
	}
	c.s.ahead.Add(-int64(c.s.r.horizon()))
	c.s.stop = func() {}
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.s.finish(context.WithoutCancel(t.Context()))
	}()
	for _, id := range []uint32{1, 3, 5} {
		select {
		case <-done:
			t.Fatal("the run ended with requests in flight")
		default:
		}
		if _, err := c.take(appendFrame(nil, frame{frameHeaders, flagEndHeaders | flagEndStream, id, []byte{0x88}})); err != nil {
			t.Fatal(err)
		}
	}
	<-done
	if c.tape.requests != 3 || c.tape.errors != 0 {
		t.Errorf("%d outcomes, %v", c.tape.requests, c.tape.classes)
	}
}

// Bodies that did not fit into one write go on after it where the kernel took
// all of that at once: then nobody else says that there is room again.
func TestBodiesGoOnWhereTheKernelTakesAllAtOnce(t *testing.T) {
	const window = 1 << 24
	settings := appendFrame(nil, frame{frameSettings, 0, 0, []byte{0, settingWindow, 0, 0x10, 0, 0}})
	for name, first := range map[string]int64{"as the requests begin": window, "as the window opens": 0} {
		c := aConn(t, 50, Request{Method: "PUT", Body: make([]byte, 100_000)})
		c.window += first
		if _, err := c.take(settings); err != nil {
			t.Fatal(err)
		}
		if _, err := c.take(appendNumber(nil, frameWindow, 0, uint32(window-first+1))); err != nil {
			t.Fatal(err)
		}
		left := 0
		for st := c.order.oldest; st != nil; st = st.next {
			left += len(st.rest)
		}
		if c.flying != 50 || left > 0 || len(c.stuck) > 0 {
			t.Errorf("%s: of %d bodies %d bytes were not sent, %d wait", name, c.flying, left, len(c.stuck))
		}
	}
}
