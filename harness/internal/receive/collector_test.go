package receive

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/translator/zipkin/zipkinv2"
	"go.opentelemetry.io/otel/attribute"

	"github.com/seamtest/seam/harness/internal/publish/jaegertest"
	"github.com/seamtest/seam/harness/trace"
)

// zipkinNames are attributes that the collector gives names of old conventions.
var zipkinNames = map[attribute.Key]attribute.Key{
	"net.host.ip": "network.local.address", "net.host.port": "network.local.port",
	"net.peer.ip": "network.peer.address", "net.peer.port": "network.peer.port",
}

// What Zipkin means is read as the collector's translator reads it, but for
// what seam does on purpose: today's names for addresses; the marks debug and
// shared are kept; a status is read in OpenTelemetry's spelling too; and tags
// that OpenTelemetry would put in a resource stay with their span, since the
// other spans of the service need not share them.
func TestZipkinIsReadAsTheCollectorReadsIt(t *testing.T) {
	for _, test := range []struct{ reason, span string }{
		{"the least", ``},
		{"a parent", `"parentId":"3"`},
		{"a span that is its own parent", `"parentId":"2"`},
		{"every kind: client", `"kind":"CLIENT"`},
		{"every kind: server", `"kind":"SERVER"`},
		{"every kind: producer", `"kind":"PRODUCER"`},
		{"every kind: consumer", `"kind":"CONSUMER"`},
		{"no kind, but the tag", `"tags":{"span.kind":"internal"}`},
		{"times", `"timestamp":1700000000123456,"duration":7`},
		{"an annotation", `"timestamp":5,"duration":7,"annotations":[{"timestamp":6,"value":"sent"}]`},
		{"tags", `"tags":{"b":"2","a":"1","":"","n":"7"}`},
		{"an error", `"tags":{"error":"broken"}`},
		{"an error that says nothing", `"tags":{"error":"true"}`},
		{"an error without text", `"tags":{"error":""}`},
		{"a status that is well", `"tags":{"otel.status_code":"STATUS_CODE_OK"}`},
		{"a status with a description", `"tags":{"otel.status_code":"STATUS_CODE_ERROR","otel.status_description":"broken"}`},
		{"a trace state", `"tags":{"w3c.tracestate":"a=b"}`},
		{"a scope", `"tags":{"otel.scope.name":"lib","otel.scope.version":"2"}`},
		{"endpoints", `"localEndpoint":{"serviceName":"a","ipv4":"127.0.0.1","port":1},"remoteEndpoint":{"serviceName":"b","ipv6":"::1","port":2}`},
	} {
		fields := []string{`"traceId":"00000000000000010000000000000005"`, `"id":"0000000000000002"`, `"localEndpoint":{"serviceName":"s"}`}
		if strings.Contains(test.span, "localEndpoint") {
			fields = fields[:2]
		}
		if !strings.Contains(test.span, "timestamp") {
			fields = append(fields, `"timestamp":5,"duration":0`)
		}
		if test.span != "" {
			fields = append(fields, strings.ReplaceAll(test.span, `"parentId":"`, `"parentId":"000000000000000`))
		}
		body := fmt.Appendf(nil, `[{%s}]`, strings.Join(fields, ","))
		ours, err := decodeZipkin(body, roomy(), nil)
		if err != nil {
			t.Errorf("%s: %v", test.reason, err)
			continue
		}
		theirs, err := zipkinv2.NewJSONTracesUnmarshaler(false).UnmarshalTraces(body)
		if err != nil {
			t.Errorf("%s: the collector: %v", test.reason, err)
			continue
		}
		want := jaegertest.Spans(theirs)
		inOrder(want, zipkinNames)
		inOrder(ours.spans, nil)
		if diff := cmp.Diff(want, ours.spans, jaegertest.Equal); diff != "" {
			t.Errorf("%s: -collector +seam:\n%s", test.reason, diff)
		}
	}
}

// inOrder sorts the attributes, which no reader may rely on, by their new names.
func inOrder(spans []*trace.Span, names map[attribute.Key]attribute.Key) {
	for _, s := range spans {
		for i := range s.Attrs {
			if name, ok := names[s.Attrs[i].Key]; ok {
				s.Attrs[i].Key = name
			}
		}
		slices.SortFunc(s.Attrs, func(a, b attribute.KeyValue) int { return strings.Compare(string(a.Key), string(b.Key)) })
	}
}
