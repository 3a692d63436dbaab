package jaegertest_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/seamtest/seam/harness/internal/publish"
	"github.com/seamtest/seam/harness/internal/publish/jaegertest"
	"github.com/seamtest/seam/harness/trace"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// What Jaeger keeps otherwise. What the shop's traces show of it, and what
// Jaeger's pages change besides, is held in package harness.
var otherwise = []jaegertest.Difference{jaegertest.NoSchema, jaegertest.NoTime, jaegertest.NoName}

func TestJaegerKeepsWhateverASpanHolds(t *testing.T) {
	jaeger := jaegertest.Start(t)
	ledger := jaegertest.Table(otherwise)
	for protocol, endpoint := range map[string]string{"http/protobuf": jaeger.OTLP, "grpc": jaeger.GRPC} {
		publisher, err := publish.Start(publish.Config{Endpoint: endpoint, Protocol: protocol})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := publisher.Close(context.Background()); err != nil {
				t.Error(err)
			}
		})
		var traces uint64
		rapid.Check(t, func(t *rapid.T) {
			traces++
			id := trace.ID{0: byte(len(protocol))}
			binary.BigEndian.PutUint64(id[8:], traces)
			spans := someSpans(t, id)
			publisher.Publish(spans)
			if err := publisher.Flush(context.Background()); err != nil {
				t.Fatal(err)
			}
			if stats := publisher.Stats(); stats.Dropped > 0 {
				t.Fatalf("dropped: %+v", stats)
			}
			theirs, err := jaeger.Kept(id)
			if err != nil {
				t.Fatal(err)
			}
			if diff := ledger.Diff(spans, theirs); diff != "" {
				t.Fatalf("%s: what Jaeger keeps (+) is not what was published (-):\n%s", protocol, diff)
			}
		})
	}
	for _, name := range ledger.Unused() {
		t.Errorf("no generated span shows %q: is it still so?", name)
	}
}

// someSpans is a trace of up to five spans of up to two services.
func someSpans(t *rapid.T, id trace.ID) []*trace.Span {
	var parties []*trace.Resource
	for i := range rapid.IntRange(1, 2).Draw(t, "services") {
		parties = append(parties, someResource(t, i))
	}
	scope := &trace.Scope{
		Name: text(t), Version: text(t), Attrs: someAttrs(t, 1), Dropped: rapid.Uint32().Draw(t, "dropped"), Schema: text(t),
	}
	var spans []*trace.Span
	for i := range rapid.IntRange(1, 5).Draw(t, "spans") {
		spans = append(spans, someSpan(t, &trace.Span{
			Trace: id, ID: trace.SpanID{7: byte(i + 1)}, Resource: rapid.SampledFrom(parties).Draw(t, "service"), Scope: scope,
		}))
	}
	return spans
}

func someResource(t *rapid.T, i int) *trace.Resource {
	r := &trace.Resource{Attrs: someAttrs(t, 1), Dropped: rapid.Uint32().Draw(t, "dropped"), Schema: text(t)}
	if rapid.IntRange(0, 9).Draw(t, "named") > 0 {
		r.Service = fmt.Sprintf("service-%d", i)
		r.Attrs = append(r.Attrs, attribute.String("service.name", r.Service))
	}
	return r
}

func someSpan(t *rapid.T, s *trace.Span) *trace.Span {
	if rapid.Bool().Draw(t, "child") {
		s.Parent = trace.SpanID{7: 1}
	}
	s.Name, s.State, s.Message = text(t), rapid.SampledFrom([]string{"", "a=b", "vendor=1,other=x y"}).Draw(t, "state"), text(t)
	s.Flags = rapid.SampledFrom([]uint32{0, 1, 0x101, 0x301, math.MaxUint32}).Draw(t, "flags")
	s.Kind = trace.Kind(rapid.IntRange(0, int(trace.Consumer)).Draw(t, "kind"))
	s.Code = trace.Code(rapid.IntRange(0, int(trace.Error)).Draw(t, "code"))
	if rapid.IntRange(0, 9).Draw(t, "timed") > 0 {
		s.Start = moment(t)
		s.End = s.Start.Add(time.Duration(rapid.Int64Range(-5, 1e12).Draw(t, "took")))
	}
	s.Attrs = someAttrs(t, 3)
	s.DroppedAttrs, s.DroppedEvents, s.DroppedLinks = rapid.Uint32().Draw(t, "a"), rapid.Uint32().Draw(t, "e"), rapid.Uint32().Draw(t, "l")
	for range rapid.IntRange(0, 3).Draw(t, "events") {
		e := trace.Event{Name: text(t), Attrs: someAttrs(t, 2), Dropped: rapid.Uint32().Draw(t, "dropped")}
		if rapid.Bool().Draw(t, "timed") {
			e.Time = moment(t)
		}
		s.Events = append(s.Events, e)
	}
	for range rapid.IntRange(0, 2).Draw(t, "links") {
		l := trace.Link{State: text(t), Flags: rapid.Uint32().Draw(t, "flags"), Attrs: someAttrs(t, 2), Dropped: rapid.Uint32().Draw(t, "dropped")}
		binary.BigEndian.PutUint64(l.Trace[:], rapid.Uint64Range(0, 3).Draw(t, "trace"))
		binary.BigEndian.PutUint64(l.Span[:], rapid.Uint64().Draw(t, "span"))
		s.Links = append(s.Links, l)
	}
	return s
}

func moment(t *rapid.T) time.Time {
	return time.Unix(1_790_000_000, rapid.Int64Range(0, 1e15).Draw(t, "moment")).UTC()
}

func text(t *rapid.T) string {
	return rapid.OneOf(rapid.SampledFrom([]string{"", "GET /", "é ☃ 𝄞", "\u0000\ufffd", "\"\\\n\u2028<&"}), rapid.String()).Draw(t, "text")
}

// someAttrs has unique keys, as OTLP demands.
func someAttrs(t *rapid.T, depth int) (attrs []attribute.KeyValue) {
	for _, key := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "é", "long.name_of-things", " ", "k\u0001"}), 0, 4, rapid.ID).Draw(t, "keys") {
		attrs = append(attrs, attribute.KeyValue{Key: attribute.Key(key), Value: someValue(t, depth)})
	}
	return attrs
}

func someValue(t *rapid.T, depth int) attribute.Value {
	kinds := 12
	if depth == 0 {
		kinds = 10 // without lists of anything and maps
	}
	switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
	case 0:
		return attribute.StringValue(text(t))
	case 1:
		return attribute.BoolValue(rapid.Bool().Draw(t, "v"))
	case 2:
		return attribute.Int64Value(rapid.Int64().Draw(t, "v"))
	case 3:
		return attribute.Float64Value(rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{0, math.Inf(1), math.Inf(-1), math.NaN(), 1e21, 5e-324})).Draw(t, "v"))
	case 4:
		return attribute.ByteSliceValue(rapid.SliceOfN(rapid.Byte(), 0, 5).Draw(t, "v"))
	case 5:
		return attribute.StringSliceValue(rapid.SliceOfN(rapid.String(), 0, 3).Draw(t, "v"))
	case 6:
		return attribute.BoolSliceValue(rapid.SliceOfN(rapid.Bool(), 0, 3).Draw(t, "v"))
	case 7:
		return attribute.Int64SliceValue(rapid.SliceOfN(rapid.Int64(), 0, 3).Draw(t, "v"))
	case 8:
		return attribute.Float64SliceValue(rapid.SliceOfN(rapid.Float64(), 0, 3).Draw(t, "v"))
	case 9:
		return attribute.Value{}
	case 10:
		return attribute.MapValue(someAttrs(t, depth-1)...)
	default:
		var values []attribute.Value
		for range rapid.IntRange(0, 3).Draw(t, "elements") {
			values = append(values, someValue(t, depth-1))
		}
		return attribute.SliceValue(values...)
	}
}
