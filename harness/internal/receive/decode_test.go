package receive

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/seamtest/seam/harness/internal/publish/jaegertest"
	"github.com/seamtest/seam/harness/trace"
)

// everything has each field of OTLP's spans set to something of its own.
func everything() ptrace.Traces {
	all := ptrace.NewTraces()
	for _, service := range []string{"orders", "stock"} {
		rs := all.ResourceSpans().AppendEmpty()
		rs.SetSchemaUrl("https://example.test/resource")
		rs.Resource().Attributes().PutStr("service.name", service)
		rs.Resource().SetDroppedAttributesCount(1)
		ss := rs.ScopeSpans().AppendEmpty()
		ss.SetSchemaUrl("https://example.test/scope")
		ss.Scope().SetName("library")
		ss.Scope().SetVersion("1.2")
		ss.Scope().Attributes().PutBool("scoped", true)
		ss.Scope().SetDroppedAttributesCount(2)
		for i := range 3 {
			fill(ss.Spans().AppendEmpty(), byte(i+1))
		}
	}
	return all
}

func fill(s ptrace.Span, n byte) {
	s.SetTraceID(pcommon.TraceID{15: n})
	s.SetSpanID(pcommon.SpanID{7: n})
	s.SetParentSpanID(pcommon.SpanID{6: n})
	s.TraceState().FromRaw("vendor=1,other=2")
	s.SetFlags(0x301)
	s.SetName("GET /é")
	s.SetKind(ptrace.SpanKindServer)
	s.SetStartTimestamp(1_700_000_000_123_456_789)
	s.SetEndTimestamp(1_700_000_000_123_456_790)
	s.Status().SetCode(ptrace.StatusCodeError)
	s.Status().SetMessage("broken")
	s.SetDroppedAttributesCount(3)
	s.SetDroppedEventsCount(4)
	s.SetDroppedLinksCount(math.MaxUint32)
	ofEveryType(s.Attributes())
	e := s.Events().AppendEmpty()
	e.SetName("exception")
	e.SetTimestamp(5)
	e.SetDroppedAttributesCount(6)
	ofEveryType(e.Attributes())
	l := s.Links().AppendEmpty()
	l.SetTraceID(pcommon.TraceID{1})
	l.SetSpanID(pcommon.SpanID{2})
	l.TraceState().FromRaw("linked=1")
	l.SetFlags(1)
	l.SetDroppedAttributesCount(7)
	ofEveryType(l.Attributes())
}

func ofEveryType(m pcommon.Map) {
	m.PutStr("string", "text")
	m.PutStr("none", "")
	m.PutBool("bool", true)
	m.PutInt("int", -1)
	m.PutDouble("double", math.Inf(-1))
	m.PutEmptyBytes("bytes").FromRaw([]byte{0, 0xff})
	m.PutEmpty("empty")
	m.PutEmptySlice("nothing")
	for range 7 {
		m.PutEmptySlice("list").AppendEmpty().SetStr("x")
	}
	words := m.PutEmptySlice("words")
	words.AppendEmpty().SetStr("a")
	words.AppendEmpty().SetStr("b")
	mixed := m.PutEmptySlice("mixed")
	mixed.AppendEmpty().SetInt(1)
	mixed.AppendEmpty().SetEmptyMap().PutStr("deep", "er")
	mixed.AppendEmpty()
	inner := m.PutEmptyMap("map")
	inner.PutEmptySlice("numbers").AppendEmpty().SetDouble(0.5)
	inner.PutBool("a", false)
}

func encoded(t testing.TB, traces ptrace.Traces) []byte {
	t.Helper()
	var wire ptrace.ProtoMarshaler
	body, err := wire.MarshalTraces(traces)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func roomy() *lease { return &lease{of: &budget{total: 256 << 20}} }

func TestOTLPIsReadAsTheCollectorReadsIt(t *testing.T) {
	want := everything()
	var plain ptrace.JSONMarshaler
	text, err := plain.MarshalTraces(want)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		body   []byte
		decode func([]byte, *lease, *shared) (batch, error)
	}{"protobuf": {encoded(t, want), decodeOTLP}, "JSON": {text, decodeJSON}} {
		got, err := test.decode(test.body, roomy(), new(shared))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(jaegertest.Spans(want), got.spans, jaegertest.Equal); diff != "" {
			t.Errorf("%s: -want +got:\n%s", name, diff)
		}
	}
}

func TestASpanKeepsNothingOfTheBodyItCameIn(t *testing.T) {
	body := encoded(t, everything())
	got, err := decodeOTLP(body, roomy(), new(shared))
	if err != nil {
		t.Fatal(err)
	}
	clear(body) // the buffer serves the next request
	if diff := cmp.Diff(jaegertest.Spans(everything()), got.spans, jaegertest.Equal); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestBatchesOfOneSenderShareTheirResourceAndScope(t *testing.T) {
	s := new(shared)
	first, err1 := decodeOTLP(encoded(t, everything()), roomy(), s)
	second, err2 := decodeOTLP(encoded(t, everything()), roomy(), s)
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	if first.spans[0].Resource != second.spans[0].Resource || first.spans[0].Scope != second.spans[3].Scope {
		t.Error("equal resources or scopes are held twice")
	}
	if first.spans[0].Resource == first.spans[3].Resource {
		t.Error("two services share a resource")
	}
}

func TestTheCacheOfResourcesIsBounded(t *testing.T) {
	var c cache[trace.Resource]
	for i := range 10_000 {
		c.put(identity{encoded: strings.Repeat("x", 1000), schema: strings.Repeat("y", i)}, new(trace.Resource))
	}
	held := 0
	for id := range c.kept {
		held += len(id.encoded) + len(id.schema)
	}
	if held == 0 || held > cacheBytes {
		t.Errorf("holds %d bytes, want some and at most %d", held, cacheBytes)
	}
}

func TestSingleSpansAreRefused(t *testing.T) {
	nested := pcommon.NewValueEmpty()
	for range 40 {
		outer := pcommon.NewValueSlice()
		nested.CopyTo(outer.Slice().AppendEmpty())
		nested = outer
	}
	for reason, spoil := range map[string]func(ptrace.ResourceSpans, ptrace.Span){
		"no trace id":             func(_ ptrace.ResourceSpans, s ptrace.Span) { s.SetTraceID(pcommon.TraceID{}) },
		"no span id":              func(_ ptrace.ResourceSpans, s ptrace.Span) { s.SetSpanID(pcommon.SpanID{}) },
		"nested more than 32":     func(_ ptrace.ResourceSpans, s ptrace.Span) { nested.CopyTo(s.Attributes().PutEmpty("deep")) },
		"more than 4096 elements": func(_ ptrace.ResourceSpans, s ptrace.Span) { long(s.Events().At(0).Attributes().PutEmptySlice("long")) },
		"more than 4096":          func(r ptrace.ResourceSpans, _ ptrace.Span) { long(r.Resource().Attributes().PutEmptySlice("long")) },
	} {
		traces := everything()
		spoil(traces.ResourceSpans().At(0), traces.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(1))
		got, err := decodeOTLP(encoded(t, traces), roomy(), new(shared))
		if err != nil {
			t.Fatalf("%s: %v", reason, err)
		}
		if len(got.spans)+got.refused != 6 || got.refused == 0 || !strings.Contains(got.why.Error(), reason) {
			t.Errorf("%s: %d spans taken, %d refused because %v", reason, len(got.spans), got.refused, got.why)
		}
	}
}

func long(s pcommon.Slice) {
	for range maxElements + 1 {
		s.AppendEmpty()
	}
}

func TestIDsOfOtherLengthsRefuseTheirSpan(t *testing.T) {
	span := protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), make([]byte, 15))
	got, err := decodeOTLP(request(span), roomy(), new(shared))
	if err != nil || got.refused != 1 {
		t.Errorf("got %+v, %v", got, err)
	}
}

// request wraps encoded spans in a request.
func request(spans ...[]byte) []byte {
	var scope []byte
	for _, s := range spans {
		scope = protowire.AppendBytes(protowire.AppendTag(scope, 2, protowire.BytesType), s)
	}
	resource := protowire.AppendBytes(protowire.AppendTag(nil, 2, protowire.BytesType), scope)
	return protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), resource)
}

func TestMalformedProtobufIsRefusedWhole(t *testing.T) {
	whole := encoded(t, everything())
	for reason, body := range map[string][]byte{
		"cut off":           whole[:len(whole)-1],
		"length beyond end": {1<<3 | lengths, 0xff, 0xff, 0xff, 0xff, 0x7f},
		"endless varint":    bytes.Repeat([]byte{0xff}, 20),
		"a group":           {1<<3 | 3},
		"field number zero": {0, 0},
	} {
		if _, err := decodeOTLP(body, roomy(), new(shared)); err == nil || refused(err).reason != Malformed {
			t.Errorf("%s: error %v, want a malformed request", reason, err)
		}
	}
}

func TestTextThatIsNotUTF8IsMended(t *testing.T) {
	traces := everything()
	traces.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0).SetName("a\xffb")
	got, err := decodeOTLP(encoded(t, traces), roomy(), new(shared))
	if err != nil || got.spans[0].Name != "a\uFFFDb" {
		t.Errorf("name %q, error %v", got.spans[0].Name, err)
	}
}

// Two bytes of the wire make an empty span of some 400 bytes: the bound must
// be on what is made, not on what was sent.
func TestDecodingTakesNoMoreThanItsLease(t *testing.T) {
	small := slices.Repeat([][]byte{{}}, 1_000_000)
	for name, body := range map[string][]byte{"empty spans": request(small...)} {
		of := &budget{total: 8 << 20}
		l := &lease{of: of}
		_, err := decodeOTLP(body, l, new(shared))
		if err == nil || refused(err).reason != TooLarge {
			t.Errorf("%s: error %v, want too large", name, err)
		}
		if used := of.used.Load(); used > of.total {
			t.Errorf("%s: took %d of %d", name, used, of.total)
		}
		if l.release(); of.used.Load() != 0 {
			t.Errorf("%s: %d bytes were not given back", name, of.used.Load())
		}
	}
	if _, err := decodeJSON([]byte(`{"resourceSpans":[{"scopeSpans":[{"spans":[`+strings.Repeat("{},", 100_000)+`{}]}]}]}`), &lease{of: &budget{total: 8 << 20}}, new(shared)); err == nil || refused(err).reason != TooLarge {
		t.Errorf("JSON: error %v, want too large", err)
	}
}

// A message that is repeated a million times is one message, and is put
// together in the time that its bytes take.
func TestRepeatedMessagesAreMerged(t *testing.T) {
	part := func(key string) []byte {
		m := pcommon.NewMap()
		m.PutStr(key, "v")
		all := ptrace.NewTraces()
		m.CopyTo(all.ResourceSpans().AppendEmpty().Resource().Attributes())
		return encoded(t, all)[2:] // without the tag and length of ResourceSpans
	}
	span := encoded(t, numbered(7, 1))
	_, tag := protowire.ConsumeVarint(span)
	content, _ := protowire.ConsumeBytes(span[tag:])
	for _, times := range []int{1, 400_000} {
		body := slices.Concat(bytes.Repeat(part("a"), times), part("b"), content)
		body = protowire.AppendBytes([]byte{1<<3 | lengths}, body)
		got, err := decodeOTLP(body, &lease{of: &budget{total: 512 << 20}}, new(shared))
		if err != nil {
			t.Fatal(err)
		}
		if r := got.spans[0].Resource; r.Service != "sender" || len(r.Attrs) != times+2 {
			t.Errorf("%d times: service %q and %d attributes", times, r.Service, len(r.Attrs))
		}
		if _, err := decodeOTLP(body, &lease{of: &budget{total: int64(len(body)) / 2}}, new(shared)); err == nil {
			t.Errorf("%d times: not charged", times)
		}
	}
}
