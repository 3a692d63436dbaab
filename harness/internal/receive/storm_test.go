package receive

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jaegertracing/jaeger-idl/thrift-gen/jaeger"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"

	"github.com/seamtest/seam/harness/trace"
)

// A ledger knows which spans a receiver said that it had taken.
type ledger struct {
	mu    sync.Mutex
	taken map[trace.SpanID]bool // guarded by mu
}

func (l *ledger) enter(first uint64, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range n {
		l.taken[jaegerSpanID(int64(first)+int64(i))] = true
	}
}

// compare holds what was answered with success, what arrived and what was
// counted against each other.
func (l *ledger) compare(t *testing.T, arrived []*trace.Span, counted uint64) {
	t.Helper()
	if uint64(len(arrived)) != counted {
		t.Errorf("%d spans arrived, %d were counted", len(arrived), counted)
	}
	come := map[trace.SpanID]bool{}
	for _, s := range arrived {
		come[s.ID] = true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	lost := 0
	for id := range l.taken {
		if !come[id] {
			lost++
		}
	}
	if lost > 0 || len(l.taken) == 0 {
		t.Errorf("%d spans of %d that were answered with success did not arrive", lost, len(l.taken))
	}
}

const stormBatch = 50

// storm sends batches over gRPC and HTTP at once until stop is closed, each
// with ids of its own. It returns when every sender has.
func storm(t *testing.T, r *Receiver, stop <-chan struct{}, begun func()) *ledger {
	l := &ledger{taken: map[trace.SpanID]bool{}}
	client := caller(t, r)
	over := []func(uint64) bool{
		func(first uint64) bool {
			_, err := client.Export(within(t), ptraceotlp.NewExportRequestFromTraces(numbered(first, stormBatch)))
			return err == nil
		},
		func(first uint64) bool {
			answer, err := http.Post(r.Endpoints().OTLP+pathTraces, protobufType, bytes.NewReader(encoded(t, numbered(first, stormBatch))))
			if err != nil {
				return false
			}
			answer.Body.Close()
			return answer.StatusCode == http.StatusOK
		},
	}
	var senders sync.WaitGroup
	for sender := range uint64(8) {
		senders.Go(func() {
			for batch := uint64(1); ; batch++ {
				select {
				case <-stop:
					return
				default:
				}
				if first := sender<<40 | batch*stormBatch; over[sender%2](first) {
					l.enter(first, stormBatch)
					begun()
				}
			}
		})
	}
	senders.Wait()
	return l
}

func TestWhatIsAnsweredWithSuccessHasArrived(t *testing.T) {
	for _, test := range []struct {
		reason   string
		graceful bool
		every    int64 // of so many batches the sink refuses one
	}{
		{"a close that waits", true, 1 << 40},
		{"a close that cuts off", false, 1 << 40},
		{"a sink that is often busy", true, 2},
	} {
		t.Run(test.reason, func(t *testing.T) {
			var batches atomic.Int64
			b := &tub{refuse: func([]*trace.Span) error {
				if batches.Add(1)%test.every == 0 {
					return ErrBusy
				}
				return nil
			}}
			r, err := Start(Config{Sink: b.take, UDP: "-"})
			if err != nil {
				t.Fatal(err)
			}
			stop, enough := make(chan struct{}), make(chan struct{}, 1)
			var sent *ledger
			var done sync.WaitGroup
			done.Go(func() {
				var n int
				var mu sync.Mutex
				sent = storm(t, r, stop, func() {
					mu.Lock()
					defer mu.Unlock()
					if n++; n == 100 {
						enough <- struct{}{}
					}
				})
			})
			<-enough
			ctx := within(t)
			if !test.graceful {
				var cancel context.CancelFunc
				ctx, cancel = context.WithCancel(ctx)
				cancel()
			}
			if err := r.Close(ctx); test.graceful && err != nil {
				t.Error(err)
			}
			arrived := len(b.all())
			close(stop)
			done.Wait()
			http.DefaultClient.CloseIdleConnections()
			if late := len(b.all()) - arrived; late != 0 {
				t.Errorf("%d spans reached the sink after Close", late)
			}
			sent.compare(t, b.all(), r.Stats().accepted())
		})
	}
}

func TestDrainWaitsForWhatHadCome(t *testing.T) {
	inside, let := make(chan struct{}, 8), make(chan struct{})
	b := &tub{refuse: func([]*trace.Span) error {
		inside <- struct{}{}
		<-let
		return nil
	}}
	r, _ := open(t, Config{Sink: b.take})
	conn, err := net.Dial("udp", r.Endpoints().UDP)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write(packet(t, jaegerBatch())); err != nil {
		t.Fatal(err)
	}
	var sender sync.WaitGroup
	sender.Go(func() {
		post(t, r.Endpoints().OTLP+pathTraces, "Content-Type: "+protobufType, encoded(t, numbered(1, 3)))
	})
	<-inside
	<-inside
	soon, cancel := context.WithCancel(within(t))
	cancel()
	if err := r.Drain(soon); err == nil || !strings.Contains(err.Error(), "drain") {
		t.Errorf("a drain that may not wait: %v", err)
	}
	close(let)
	if err := r.Drain(within(t)); err != nil {
		t.Error(err)
	}
	if n := len(b.all()); n != 4 {
		t.Errorf("%d spans after the drain, want 4", n)
	}
	sender.Wait()
}

// A reader that is stopped shows what the kernel drops, and counts it.
func TestPacketsThatTheKernelDropsAreCounted(t *testing.T) {
	let := make(chan struct{})
	b := &tub{refuse: func([]*trace.Span) error { <-let; return nil }}
	r, err := Start(Config{Sink: b.take})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("udp", r.Endpoints().UDP)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	one, sent := packet(t, &jaeger.Batch{Process: jaegerBatch().Process, Spans: jaegerBatch().Spans[:1]}), 0
	eventually(t, "dropped packet", func() bool {
		for range 1000 {
			if _, err := conn.Write(one); err == nil {
				sent++
			}
		}
		return r.Stats().Missed > 0
	})
	close(let)
	if err := r.Close(within(t)); err != nil {
		t.Error(err)
	}
	s := r.Stats()
	if uint64(len(b.all())) != s.accepted() || s.accepted()+s.Missed < uint64(sent) {
		t.Errorf("%d packets sent, %d arrived; counted %d taken and %d missed", sent, len(b.all()), s.accepted(), s.Missed)
	}
	if s.Lost() != s.Missed {
		t.Errorf("lost %d, missed %d", s.Lost(), s.Missed)
	}
}

func TestPacketsThatAreNoBatchAreCounted(t *testing.T) {
	r, _ := open(t, Config{})
	conn, err := net.Dial("udp", r.Endpoints().UDP)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, body := range []string{"", "nonsense", "\x82\x81\x01\x0aemitZipkin\x00"} {
		if _, err := conn.Write([]byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Drain(within(t)); err != nil {
		t.Fatal(err)
	}
	if n := r.Stats().Refused[Refusal{JaegerUDP, Malformed}].Requests; n != 3 {
		t.Errorf("%d counted, want 3", n)
	}
}

func TestStartAndCloseSayWhatIsWrong(t *testing.T) {
	r, _ := open(t, Config{})
	taken := strings.TrimPrefix(r.Endpoints().OTLP, "http://")
	sink := func([]*trace.Span) error { return nil }
	for reason, config := range map[string]Config{
		"nil":      {},
		"is taken": {Sink: sink, Listen: []string{"127.0.0.1:0", taken}},
		"udp":      {Sink: sink, UDP: r.Endpoints().UDP},
		"listen":   {Sink: sink, Listen: []string{"nowhere.invalid:1"}},
	} {
		if _, err := Start(config); err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("%s: %v", reason, err)
		}
	}
	for range 2 {
		if err := r.Close(within(t)); err != nil {
			t.Error(err)
		}
	}
	if err := r.Drain(within(t)); err != nil {
		t.Errorf("drain after close: %v", err)
	}
}
