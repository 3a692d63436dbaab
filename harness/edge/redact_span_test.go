package edge

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"

	"github.com/seamtest/seam/harness/trace"
)

func TestRedactSpansReplacesCredentials(t *testing.T) {
	list := attribute.StringSlice
	tests := []struct {
		reason    string
		sent, key attribute.KeyValue
	}{
		{"a header that is a credential", list("http.request.header.authorization", []string{"Bearer s"}), list("http.request.header.authorization", []string{Redacted})},
		{"each of its values", list("http.response.header.set-cookie", []string{"a=s", "b=s"}), list("http.response.header.set-cookie", []string{Redacted, Redacted})},
		{"a header with underscores", attribute.String("http.request.header.x_api_key", "s"), attribute.String("http.request.header.x_api_key", Redacted)},
		{"what gRPC calls metadata", list("rpc.grpc.request.metadata.authorization", []string{"s"}), list("rpc.grpc.request.metadata.authorization", []string{Redacted})},
		{"a list of anything", attribute.Slice("http.request.header.cookie", attribute.StringValue("s"), attribute.Int64Value(7)), list("http.request.header.cookie", []string{Redacted, Redacted})},
		{
			"headers as a map", attribute.Map("http.request.headers", attribute.String("Cookie", "s"), attribute.String("Accept", "*/*")),
			attribute.Map("http.request.headers", attribute.String("Cookie", Redacted), attribute.String("Accept", "*/*")),
		},
		{"a URL within another header", list("http.request.header.referer", []string{"/x?token=s", "/y"}), list("http.request.header.referer", []string{"/x?token=REDACTED", "/y"})},
		{"a URL", attribute.String("url.full", "http://u:s@h/x?token=s&a=1"), attribute.String("url.full", "http://REDACTED@h/x?token=REDACTED&a=1")},
		{"a query", attribute.String("url.query", "a=1&api_key=s/t"), attribute.String("url.query", "a=1&api_key=REDACTED")},
		{"the older names", attribute.String("http.target", "/x?sig=s"), attribute.String("http.target", "/x?sig=REDACTED")},
		{"an address of a database", attribute.String("db.connection_string", "postgres://u:s@h/db"), attribute.String("db.connection_string", "postgres://REDACTED@h/db")},
		{"a message of an error", attribute.String("exception.message", `Get "http://h/x?token=s": refused`), attribute.String("exception.message", `Get "http://h/x?token=REDACTED": refused`)},
		{"a URL in a list of anything", attribute.Slice("links", attribute.StringValue("http://h/?token=s")), attribute.Slice("links", attribute.StringValue("http://h/?token=REDACTED"))},
		{"what is no credential stays", list("http.request.header.accept", []string{"*/*"}), list("http.request.header.accept", []string{"*/*"})},
		{"a statement stays", attribute.String("db.query.text", "SELECT * FROM t WHERE token = ? AND key=?"), attribute.String("db.query.text", "SELECT * FROM t WHERE token = ? AND key=?")},
		{"a number that is called token stays", attribute.Int("gen_ai.usage.input_tokens", 7), attribute.Int("gen_ai.usage.input_tokens", 7)},
	}
	for _, test := range tests {
		resource := &trace.Resource{Service: "web", Attrs: []attribute.KeyValue{test.sent}}
		sent := []attribute.KeyValue{attribute.String("a", "b"), test.sent}
		spans := []*trace.Span{
			{Resource: resource, Attrs: sent, Events: []trace.Event{{Name: "e"}, {Name: "f", Attrs: sent}}, Links: []trace.Link{{Attrs: sent}}},
			{Resource: resource, Attrs: sent},
		}
		RedactSpans(spans)
		want := []attribute.KeyValue{attribute.String("a", "b"), test.key}
		for _, s := range spans {
			got := [][]attribute.KeyValue{s.Attrs, s.Resource.Attrs}
			wanted := [][]attribute.KeyValue{want, want[1:]}
			if len(s.Events) > 0 {
				got, wanted = append(got, s.Events[1].Attrs, s.Links[0].Attrs), append(wanted, want, want)
			}
			if diff := cmp.Diff(wanted, got, cmp.AllowUnexported(attribute.Value{})); diff != "" {
				t.Errorf("%s (-want +got):\n%s", test.reason, diff)
			}
		}
		if spans[0].Resource != spans[1].Resource {
			t.Errorf("%s: two spans of one resource have two", test.reason)
		}
		if !cmp.Equal(resource.Attrs[0], test.sent, cmp.AllowUnexported(attribute.Value{})) || !cmp.Equal(sent[1], test.sent, cmp.AllowUnexported(attribute.Value{})) {
			t.Errorf("%s: what the spans share was changed", test.reason)
		}
	}
}

func TestRedactSpansReadsNamesAndMessages(t *testing.T) {
	s := &trace.Span{Name: "GET /x?token=s", Message: "http://u:s@h refused"}
	RedactSpans([]*trace.Span{s})
	if s.Name != "GET /x?token=REDACTED" || s.Message != "http://REDACTED@h refused" {
		t.Errorf("name %q, message %q", s.Name, s.Message)
	}
}

func BenchmarkRedactSpans(b *testing.B) {
	s := &trace.Span{Name: "GET /books/{id}", Resource: &trace.Resource{Service: "web", Attrs: []attribute.KeyValue{attribute.String("service.name", "web")}}, Attrs: []attribute.KeyValue{
		attribute.String("http.request.method", "GET"), attribute.String("url.path", "/books/1"), attribute.String("http.route", "/books/{id}"), attribute.Int("http.response.status_code", 200),
		attribute.String("server.address", "127.0.0.1"), attribute.Int("server.port", 8080), attribute.String("user_agent.original", "Go-http-client/1.1"), attribute.String("url.scheme", "http"),
	}}
	spans := []*trace.Span{s}
	b.ReportAllocs()
	for b.Loop() {
		RedactSpans(spans)
	}
}
