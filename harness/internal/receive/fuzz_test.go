package receive

import (
	"bytes"
	"context"
	"testing"

	"github.com/apache/thrift/lib/go/thrift"
	"github.com/google/go-cmp/cmp"
	"github.com/jaegertracing/jaeger-idl/thrift-gen/agent"
	"github.com/jaegertracing/jaeger-idl/thrift-gen/jaeger"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/seamtest/seam/harness/internal/publish/jaegertest"
)

// What our reader takes whole it must read as the collector's reader does.
func FuzzOTLP(f *testing.F) {
	f.Add(encoded(f, everything()))
	f.Add(request([]byte{1<<3 | lengths, 0}))
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := decodeOTLP(body, &lease{of: &budget{total: 1 << 20}}, new(shared))
		if err != nil || got.refused > 0 || nesting(body, 0) > 20 {
			return
		}
		var wire ptrace.ProtoUnmarshaler
		traces, err := wire.UnmarshalTraces(bytes.Clone(body))
		if err != nil {
			return // it refuses known fields of another wire type, which protobuf passes over
		}
		if diff := cmp.Diff(jaegertest.Spans(traces), got.spans, jaegertest.Equal); diff != "" {
			t.Errorf("-collector +seam:\n%s", diff)
		}
	})
}

// nesting bounds what is given to a reader that recurses without one.
func nesting(body []byte, depth int) int {
	m := message{text: string(body)}
	deepest := depth
	for f, ok := m.next(); ok && depth <= 20; f, ok = m.next() {
		if f.tag&7 == lengths && len(f.str) > 1 {
			deepest = max(deepest, nesting([]byte(f.str), depth+1))
		}
	}
	return deepest
}

func FuzzOTLPJSON(f *testing.F) {
	var plain ptrace.JSONMarshaler
	text, err := plain.MarshalTraces(everything())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"resourceSpans":[{"scopeSpans":[{"spans":[{"kind":"SPAN_KIND_SERVER","attributes":[{"key":"a","value":{"bytesValue":"AA=="}}]}]}]}]}`))
	f.Fuzz(func(t *testing.T, body []byte) { held(t, body, decodeJSON) })
}

func FuzzJaegerThrift(f *testing.F) {
	f.Add(thriftBatch(f, jaegerBatch()))
	f.Fuzz(func(t *testing.T, body []byte) { held(t, body, decodeThrift) })
}

func FuzzJaegerPacket(f *testing.F) {
	f.Add(packet(f, jaegerBatch()))
	f.Fuzz(func(t *testing.T, body []byte) {
		held(t, body, func(body []byte, l *lease, _ *shared) (batch, error) { return decodePacket(body, l) })
	})
}

func FuzzZipkin(f *testing.F) {
	f.Add([]byte(zipkinText))
	f.Fuzz(func(t *testing.T, body []byte) { held(t, body, decodeZipkin) })
}

// held checks what holds for any input: no panic, memory within the lease, and
// spans that a store can take.
func held(t *testing.T, body []byte, decode func([]byte, *lease, *shared) (batch, error)) {
	l := &lease{of: &budget{total: 1 << 20}}
	got, err := decode(body, l, new(shared))
	if l.held > 1<<20 {
		t.Errorf("took %d bytes of 1 MiB", l.held)
	}
	if err != nil {
		return
	}
	for _, s := range got.spans {
		if s.Resource == nil || s.Scope == nil || s.Trace.IsZero() || s.ID.IsZero() {
			t.Errorf("an unusable span came through: %+v", s)
		}
	}
}

func packet(t testing.TB, b *jaeger.Batch) []byte {
	t.Helper()
	ctx, to := context.Background(), thrift.NewTMemoryBuffer()
	p := thrift.NewTCompactProtocolConf(to, nil)
	err := p.WriteMessageBegin(ctx, "emitBatch", thrift.ONEWAY, 1)
	if err == nil {
		err = (&agent.AgentEmitBatchArgs{Batch: b}).Write(ctx, p)
	}
	if err != nil {
		t.Fatal(err)
	}
	return to.Bytes()
}
