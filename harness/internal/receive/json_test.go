package receive

import (
	"math"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"

	"github.com/seamtest/seam/harness/trace"
)

func TestJSONOddities(t *testing.T) {
	span := `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"0102030405060708090A0b0c0d0e0f10","spanId":"0102030405060708",%s}]}]}]}`
	for _, test := range []struct {
		reason, field string
		want          func(*trace.Span) bool
	}{
		{"an enum by its number", `"kind":3`, func(s *trace.Span) bool { return s.Kind == trace.Client }},
		{"an enum by its name", `"kind":"SPAN_KIND_CLIENT"`, func(s *trace.Span) bool { return s.Kind == trace.Client }},
		{"times as strings", `"startTimeUnixNano":"1"`, func(s *trace.Span) bool { return s.Start.UnixNano() == 1 }},
		{"times as numbers", `"startTimeUnixNano":1`, func(s *trace.Span) bool { return s.Start.UnixNano() == 1 }},
		{"unknown fields", `"new":{"a":[1,{"b":null}]}`, func(s *trace.Span) bool { return s.Trace[9] == 0x0a }},
		{"fields by their names in the proto files", `"start_time_unix_nano":"1","dropped_attributes_count":2`, func(s *trace.Span) bool { return s.Start.UnixNano() == 1 && s.DroppedAttrs == 2 }},
		{"null is the default", `"name":null,"attributes":null,"status":null,"kind":null`, func(s *trace.Span) bool { return s.Name == "" && s.Attrs == nil }},
		{"escapes", `"name":"\"\\\/\b\f\n\r\t\u00e9"`, func(s *trace.Span) bool { return s.Name == "\"\\/\b\f\n\r\té" }},
		{"a pair of surrogates", `"name":"\ud83d\ude00"`, func(s *trace.Span) bool { return s.Name == "😀" }},
		{"half a pair, and another", `"name":"\ud83d\u0041\ud83d"`, func(s *trace.Span) bool { return s.Name == "\uFFFDA\uFFFD" }},
		{"an escape in a field's name", `"na\u006de":"x"`, func(s *trace.Span) bool { return s.Name == "x" }},
		{"text that is not UTF-8", "\"name\":\"a\xff\"", func(s *trace.Span) bool { return s.Name == "a\uFFFD" }},
		{"bytes in the other alphabet", `"attributes":[{"key":"b","value":{"bytesValue":"-_8"}}]`, func(s *trace.Span) bool { return string(s.Attr("b").AsByteSlice()) == "\xfb\xff" }},
		{"what JSON has no number for", `"attributes":[{"key":"f","value":{"doubleValue":"-Infinity"}}]`, func(s *trace.Span) bool { return math.IsInf(s.Attr("f").AsFloat64(), -1) }},
		{"a number beyond the largest", `"attributes":[{"key":"f","value":{"doubleValue":1e999}}]`, func(s *trace.Span) bool { return math.IsInf(s.Attr("f").AsFloat64(), 1) }},
		{"space everywhere", " \"kind\" :\t3 \r\n", func(s *trace.Span) bool { return s.Kind == trace.Client }},
		{"integers as strings", `"attributes":[{"key":"n","value":{"intValue":"7"}}]`, func(s *trace.Span) bool { return s.Attr("n") == attribute.Int64Value(7) }},
	} {
		got, err := decodeJSON([]byte(strings.Replace(span, "%s", test.field, 1)), roomy(), new(shared))
		if err != nil || len(got.spans) != 1 || !test.want(got.spans[0]) {
			t.Errorf("%s: %+v, %v", test.reason, got, err)
		}
	}
	for reason, body := range map[string]string{
		"not JSON": "{", "empty": "", "text after the end": "{} {}", "a number": "7",
		"a comma too many": `{"resourceSpans":[],}`, "a comma too few": `{"a":1 "b":2}`, "text cut off": `{"a":"b`, "an escape cut off": `{"a":"\u00`,
		"an escape that is none": `{"a":"\x"}`, "a control character": "{\"a\":\"\n\"}", "a number that begins with 0": `{"a":01}`, "half a number": `{"a":1.}`,
		"a word that is none": `{"a":nul}`, "a list for an object": `{"resourceSpans":{}}`, "a number for text": `{"resourceSpans":[{"schemaUrl":1}]}`,
		"an enum that is none": `{"resourceSpans":[{"scopeSpans":[{"spans":[{"kind":"SIDECAR"}]}]}]}`, "an integer with a fraction": `{"resourceSpans":[{"scopeSpans":[{"spans":[{"flags":0.5}]}]}]}`,
		"a bad id":    `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"xyz"}]}]}]}`,
		"nested deep": strings.Repeat(`{"a":[`, 1000) + strings.Repeat("]}", 1000),
	} {
		if got, err := decodeJSON([]byte(body), roomy(), new(shared)); err == nil || refused(err).reason != Malformed {
			t.Errorf("%s: %+v, error %v, want a malformed request", reason, got, err)
		}
	}
}
