package publish

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"

	"github.com/seamtest/seam/harness/internal/publish/jaegertest"
	"github.com/seamtest/seam/harness/internal/receive"
	"github.com/seamtest/seam/harness/trace"
)

func TestSpansArriveWhole(t *testing.T) {
	each(t, func(t *testing.T, protocol string) {
		end := far(t, nil)
		p := start(t, Config{Endpoint: end.url(), Protocol: protocol})
		p.Publish([]*trace.Span{whole()})
		flush(t, p)
		if diff := cmp.Diff([]*trace.Span{whole()}, end.spans, jaegertest.Equal); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		if diff := cmp.Diff(Stats{Sent: 1}, p.Stats()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestTheCollectorReadsWhatIsEncoded(t *testing.T) {
	other, bare, named := whole(), &trace.Span{Trace: trace.ID{5}, ID: trace.SpanID{6}}, numbered(1, 1)[0]
	other.Scope = &trace.Scope{Name: "other"}
	spans := []*trace.Span{whole(), bare, other, named}
	request := ptraceotlp.NewExportRequest()
	if err := request.UnmarshalProto(encode(nil, spans)); err != nil {
		t.Fatal(err)
	}
	bare.Resource, bare.Scope = &trace.Resource{}, &trace.Scope{}
	if diff := cmp.Diff(sorted(spans), sorted(jaegertest.Spans(request.Traces())), jaegertest.Equal, cmp.Comparer(sameResource)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	broken, request := whole(), ptraceotlp.NewExportRequest()
	broken.Name, broken.Resource.Service = "a\xffb", "s\xff"
	if err := request.UnmarshalProto(encode(nil, []*trace.Span{broken})); err != nil || jaegertest.Spans(request.Traces())[0].Name != "a\uFFFDb" {
		t.Errorf("text that is not UTF-8: %v", err)
	}
}

// sameResource overlooks that the service's name came to be an attribute.
func sameResource(a, b *trace.Resource) bool {
	return a.Service == b.Service && a.Dropped == b.Dropped && a.Schema == b.Schema && max(len(a.Attrs), 1) == max(len(b.Attrs), 1)
}

func sorted(spans []*trace.Span) map[trace.SpanID][]*trace.Span {
	all := map[trace.SpanID][]*trace.Span{}
	for _, s := range spans {
		all[s.ID] = append(all[s.ID], s)
	}
	return all
}

// A restart of the endpoint loses nothing so long as the queue holds.
func TestAnEndpointThatDiesAndComesBackGetsEverything(t *testing.T) {
	each(t, func(t *testing.T, protocol string) {
		end := far(t, nil)
		p := start(t, Config{Endpoint: end.url(), Protocol: protocol, Batch: 50})
		const spans = 4000
		for i := 0; i < spans; i += 10 {
			p.Publish(numbered(i+1, 10))
			switch i {
			case 1000:
				eventually(t, "first span", func() bool { return p.Stats().Sent > 0 })
				end.down(t)
			case 3000:
				eventually(t, "failure", func() bool { return p.Stats().Retried > 0 })
				end.up(t)
			}
		}
		flush(t, p)
		if s := p.Stats(); len(end.distinct()) != spans || s.Sent != spans || s.Dropped != 0 || s.LastError == "" {
			t.Errorf("%d of %d arrived; counted %+v", len(end.distinct()), spans, s)
		}
	})
}

func TestABusyEndpointIsObeyed(t *testing.T) {
	each(t, func(t *testing.T, protocol string) {
		var asked atomic.Int64
		end := far(t, func() error {
			if asked.Add(1) == 1 {
				return receive.ErrBusy
			}
			return nil
		})
		p := start(t, Config{Endpoint: end.url(), Protocol: protocol})
		begun := time.Now()
		p.Publish(numbered(1, 3))
		flush(t, p)
		if took := time.Since(begun); took < time.Second { // the receiver says one second
			t.Errorf("tried again after %s", took)
		}
		if s := p.Stats(); len(end.spans) != 3 || s.Sent != 3 || s.Retried != 1 || !strings.Contains(s.LastError, "busy") {
			t.Errorf("%d arrived, counted %+v", len(end.spans), s)
		}
	})
}

func TestFlushGivesUpOnAnEndpointThatOnlyFails(t *testing.T) {
	each(t, func(t *testing.T, protocol string) {
		nobody, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		nobody.Close()
		p := start(t, Config{Endpoint: "http://" + nobody.Addr().String(), Protocol: protocol, Patience: 300 * time.Millisecond})
		p.Publish(numbered(1, 700))
		if err := p.Flush(within(t)); err == nil || !strings.Contains(err.Error(), "700 spans not sent within ") || !strings.Contains(err.Error(), "refused") {
			t.Errorf("flush: %v", err)
		}
		balanced(t, p.Stats(), 700)
		if err := p.Close(within(t)); err != nil {
			t.Error(err)
		}
		if s := p.Stats(); s.Dropped != 700 || s.Waiting != 0 || !strings.Contains(s.LastError, "refused") {
			t.Errorf("after the end: %+v", s)
		}
		p.Publish(numbered(1, 1))
		balanced(t, p.Stats(), 701)
		if err := p.Flush(within(t)); err != nil {
			t.Errorf("flush after close: %v", err)
		}
	})
}

func TestTroubleIsToldOnceAndSoIsItsEnd(t *testing.T) {
	each(t, func(t *testing.T, protocol string) {
		end := far(t, nil)
		told := make(chan string, 100)
		p := start(t, Config{Endpoint: end.url(), Protocol: protocol, Patience: 50 * time.Millisecond, Trouble: func(why error) { told <- fmt.Sprint(why) }})
		end.down(t)
		p.Publish(numbered(1, 600))
		eventually(t, "trouble", func() bool { return len(told) > 0 })
		retried := p.Stats().Retried
		eventually(t, "more failures", func() bool { return p.Stats().Retried > retried+2 })
		end.up(t)
		eventually(t, "end of it", func() bool { return p.Stats().Sent == 600 && len(told) > 1 })
		p.Publish(numbered(601, 1))
		flush(t, p)
		if why, over := <-told, <-told; !strings.Contains(why, "refused") || over != "<nil>" || len(told) != 0 {
			t.Errorf("told %q, then %q and %d more", why, over, len(told))
		}
	})
}

func TestPatienceIsShorterWithWhoNeverTookAnything(t *testing.T) {
	p := &Publisher{cfg: Config{Patience: time.Hour}}
	if got := p.patience(); got != 30*time.Minute {
		t.Errorf("before the first attempt: %s", got)
	}
	if p.tried = time.Now().Add(-20 * time.Minute); p.patience() > 10*time.Minute {
		t.Errorf("after 20 minutes of failures: %s", p.patience())
	}
	if p.tried = time.Now().Add(-20 * time.Hour); p.patience() != 6*time.Minute {
		t.Errorf("after a day of failures: %s", p.patience())
	}
	if p.took = true; p.patience() != time.Hour {
		t.Errorf("of one that took spans: %s", p.patience())
	}
}

// held is an endpoint that answers only when it is let.
func held(t *testing.T) (url string, inside *atomic.Int64, most *atomic.Int64, let chan struct{}) {
	inside, most, let = new(atomic.Int64), new(atomic.Int64), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // only then does the server see that the sender left
		now := inside.Add(1)
		for seen := most.Load(); now > seen && !most.CompareAndSwap(seen, now); seen = most.Load() {
			continue
		}
		select {
		case <-let:
		case <-r.Context().Done():
		}
		inside.Add(-1)
	}))
	t.Cleanup(server.Close)
	return server.URL, inside, most, let
}

func TestASlowEndpointIsSentToAtOnceByAFew(t *testing.T) {
	url, inside, most, let := held(t)
	p := start(t, Config{Endpoint: url, Batch: 10, Senders: 3})
	p.Publish(numbered(1, 3))
	eventually(t, "request", func() bool { return inside.Load() == 1 })
	p.Publish(numbered(4, 9)) // less than a batch, so it waits for the first answer
	p.Publish(numbered(13, 41))
	eventually(t, "three requests", func() bool { return inside.Load() == 3 })
	soon, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := p.Flush(soon); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "53 spans") {
		t.Errorf("flush before anything was answered: %v", err)
	}
	balanced(t, p.Stats(), 53)
	close(let)
	flush(t, p)
	if s := p.Stats(); s.Sent != 53 || most.Load() != 3 {
		t.Errorf("%+v, %d requests at once", s, most.Load())
	}
}

func TestAFullQueueDropsAndCounts(t *testing.T) {
	size := numbered(1, 1)[0].Size()
	for reason, cfg := range map[string]Config{"4 spans": {Queue: 4}, "bytes": {QueueBytes: 4 * size}} {
		url, inside, _, let := held(t)
		cfg.Endpoint, cfg.Batch = url, 1
		p := start(t, cfg)
		p.Publish(numbered(1, 1))
		eventually(t, "request", func() bool { return inside.Load() == 1 })
		p.Publish(numbered(2, 19))
		if s := p.Stats(); s.Dropped != 16 || s.Waiting != 4 || !strings.Contains(s.LastError, reason) {
			t.Errorf("%s: %+v", reason, s)
		}
		close(let)
		flush(t, p)
		p.Publish(numbered(21, 4)) // there is room again
		flush(t, p)
		if s := p.Stats(); s.Sent != 8 || s.Dropped != 16 || p.bytes != 0 {
			t.Errorf("%s: %+v, %d bytes held", reason, s, p.bytes)
		}
	}
}

func TestAnAttemptThatHangsIsTriedAgain(t *testing.T) {
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // only then does the server see that the sender left
		if asked.Add(1) == 1 {
			<-r.Context().Done()
		}
	}))
	defer server.Close()
	p := start(t, Config{Endpoint: server.URL, Timeout: 100 * time.Millisecond})
	p.Publish(numbered(1, 2))
	flush(t, p)
	if s := p.Stats(); s.Sent != 2 || s.Retried != 1 {
		t.Errorf("%+v", s)
	}
}

// Whatever happens at once, every span is counted once and what is counted as
// sent has arrived.
func TestTheCountsHoldInAStorm(t *testing.T) {
	each(t, func(t *testing.T, protocol string) {
		var asked atomic.Int64
		end := far(t, func() error {
			if asked.Add(1)%50 == 49 {
				return errors.New("no") // refused for good
			}
			return nil
		})
		p := start(t, Config{Endpoint: end.url(), Protocol: protocol, Batch: 20, Queue: 2000})
		var writers sync.WaitGroup
		const each = 3000
		for w := range 4 {
			writers.Go(func() {
				for i := 0; i < each; i += 5 {
					p.Publish(numbered(w*each+i+1, 5))
				}
			})
		}
		eventually(t, "sent spans", func() bool { return p.Stats().Sent > 1000 })
		if err := p.Close(within(t)); err != nil {
			t.Error(err)
		}
		writers.Wait()
		s := p.Stats()
		balanced(t, s, 4*each)
		if int64(len(end.distinct())) < s.Sent || s.Waiting != 0 || s.Dropped == 0 {
			t.Errorf("%d arrived, counted %+v", len(end.distinct()), s)
		}
	})
}

func TestANonsenseEndpointIsRefused(t *testing.T) {
	for _, cfg := range []Config{
		{Endpoint: ""}, {Endpoint: "jaeger"}, {Endpoint: "ftp://x"}, {Endpoint: "http://"}, {Endpoint: "http://x:1", Protocol: "udp"},
	} {
		if _, err := Start(cfg); err == nil {
			t.Errorf("%+v was taken", cfg)
		}
	}
}
