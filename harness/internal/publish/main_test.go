package publish

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.uber.org/goleak"

	"github.com/seamtest/seam/harness/internal/receive"
	"github.com/seamtest/seam/harness/trace"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds what a test waits for; it is reached only by a fault.
const patience = 20 * time.Second

func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience)
	t.Cleanup(cancel)
	return ctx
}

func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("no %s within %s", what, patience)
		}
	}
}

func start(t testing.TB, cfg Config) *Publisher {
	t.Helper()
	p, err := Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(within(t)); err != nil {
			t.Error(err)
		}
	})
	return p
}

func flush(t testing.TB, p *Publisher) {
	t.Helper()
	if err := p.Flush(within(t)); err != nil {
		t.Fatal(err)
	}
}

// numbered makes n spans whose ids count on from first.
func numbered(first, n int) []*trace.Span {
	resource, scope := &trace.Resource{Service: "orders"}, &trace.Scope{Name: "lib"}
	var spans []*trace.Span
	for i := range n {
		s := &trace.Span{Trace: trace.ID{1}, Name: "n", Start: time.Unix(1, 2), End: time.Unix(1, 3), Resource: resource, Scope: scope}
		binary.BigEndian.PutUint64(s.ID[:], uint64(first+i))
		spans = append(spans, s)
	}
	return spans
}

// whole has each field of a span set to something of its own.
func whole() *trace.Span {
	attrs := []attribute.KeyValue{
		attribute.Bool("bool", true), attribute.Bool("no", false), attribute.Int64("int", -7), attribute.Int64("zero", 0),
		attribute.Float64("float", 1.5), attribute.String("text", "é"), attribute.String("none", ""), {Key: "empty"}, attribute.String("", "unnamed"),
		{Key: "bytes", Value: attribute.ByteSliceValue([]byte{0, 255})}, {Key: "no bytes", Value: attribute.ByteSliceValue(nil)},
		{Key: "map", Value: attribute.MapValue(attribute.String("k", "v"), attribute.KeyValue{Key: "deep", Value: attribute.MapValue()})},
		{Key: "list", Value: attribute.SliceValue(attribute.IntValue(1), attribute.StringValue("x"), attribute.Value{})},
		attribute.BoolSlice("bools", []bool{true, false}), attribute.Int64Slice("ints", []int64{0, -1}), attribute.Float64Slice("floats", []float64{0.5}),
		attribute.StringSlice("texts", []string{"", "a"}), attribute.StringSlice("no texts", nil),
		attribute.String("long", strings.Repeat("0123456789", 2000)), // its length takes three bytes
	}
	start := time.Unix(1_700_000_000, 123_456_789).UTC()
	return &trace.Span{
		Trace: trace.ID{1, 2}, ID: trace.SpanID{3}, Parent: trace.SpanID{4}, State: "a=b", Flags: 0x101, Name: "GET /", Kind: trace.Server,
		Start: start, End: time.Unix(18_000_000_000, 5).UTC(), Code: trace.Error, Message: "broken", Attrs: attrs, DroppedAttrs: 1, DroppedEvents: 2, DroppedLinks: 3,
		Events:   []trace.Event{{Name: "exception", Time: start.Add(5), Attrs: attrs[:2], Dropped: 4}, {}},
		Links:    []trace.Link{{Trace: trace.ID{9}, Span: trace.SpanID{8}, State: "c=d", Flags: 1, Attrs: attrs[:1], Dropped: 5}},
		Resource: &trace.Resource{Service: "orders", Attrs: []attribute.KeyValue{attribute.String("service.name", "orders")}, Schema: "https://example.test/r", Dropped: 6},
		Scope:    &trace.Scope{Name: "lib", Version: "1", Attrs: attrs[:1], Schema: "https://example.test/s", Dropped: 7},
	}
}

// A far end is a real receiver that can die and come back at the same address.
type farEnd struct {
	address string
	refuse  func() error // asked for each request; may be nil

	mu    sync.Mutex
	spans []*trace.Span // guarded by mu
	r     *receive.Receiver
}

func far(t testing.TB, refuse func() error) *farEnd {
	t.Helper()
	f := &farEnd{refuse: refuse, address: "127.0.0.1:0"}
	f.up(t)
	f.address = strings.TrimPrefix(f.r.Endpoints().OTLP, "http://")
	t.Cleanup(func() { f.down(t) })
	return f
}

func (f *farEnd) up(t testing.TB) {
	t.Helper()
	var err error
	eventually(t, "free address "+f.address, func() bool {
		f.r, err = receive.Start(receive.Config{Listen: []string{f.address}, UDP: "-", Sink: f.take})
		return err == nil
	})
}

func (f *farEnd) down(t testing.TB) {
	t.Helper()
	now, cancel := context.WithCancel(within(t))
	cancel()
	_ = f.r.Close(now) // it cuts off what runs, as a death does
}

func (f *farEnd) take(spans []*trace.Span) error {
	if f.refuse != nil {
		if err := f.refuse(); err != nil {
			return err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.spans = append(f.spans, spans...)
	return nil
}

func (f *farEnd) url() string { return "http://" + f.address }

// distinct lists the ids that arrived, each once: who sends again after an
// answer that was lost sends twice.
func (f *farEnd) distinct() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var ids []string
	for _, s := range f.spans {
		ids = append(ids, s.ID.String())
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// balanced checks that every span that was published is counted once.
func balanced(t testing.TB, s Stats, published int) {
	t.Helper()
	if s.Sent+s.Dropped+s.Waiting != int64(published) {
		t.Errorf("%d published, but counted %+v", published, s)
	}
}

var protocols = []string{"http/protobuf", "grpc"}

// each runs a test for both protocols.
func each(t *testing.T, test func(t *testing.T, protocol string)) {
	for _, protocol := range protocols {
		t.Run(fmt.Sprint(protocol), func(t *testing.T) { test(t, protocol) })
	}
}
