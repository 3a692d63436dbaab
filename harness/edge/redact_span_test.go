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
		{"a key whose last part is secret", attribute.String("db.user.password", "s"), attribute.String("db.user.password", Redacted)},
		{"a key that is secret", attribute.String("password", "s"), attribute.String("password", Redacted)},
		{"a key in capitals", attribute.String("app.apiKey", "s"), attribute.String("app.apiKey", Redacted)},
		{"a key of a door", attribute.String("stripe.api.key", "s"), attribute.String("stripe.api.key", Redacted)},
		{"a list of secrets", list("app.secrets", []string{"s", "t"}), list("app.secrets", []string{Redacted, Redacted})},
		{"a secret that is a number", attribute.Int("card.cvv", 123), attribute.String("card.cvv", Redacted)},
		{"bytes", attribute.ByteSlice("client_secret", []byte("s")), attribute.String("client_secret", Redacted)},
		{"all of a secret map", attribute.Map("credentials", attribute.String("a", "s")), attribute.String("credentials", Redacted)},
		{"a member of a map", attribute.Map("user", attribute.String("name", "b"), attribute.String("password", "s")), attribute.Map("user", attribute.String("name", "b"), attribute.String("password", Redacted))},
		{"JSON", attribute.String("http.request.body", `{"user":"b","password":"s"}`), attribute.String("http.request.body", `{"user":"b","password":"REDACTED"}`)},
		{"JSON within JSON", attribute.String("event", `{"body":"{\"password\":\"s\",\"a\":1}"}`), attribute.String("event", `{"body":"{\"password\":\"REDACTED\",\"a\":1}"}`)},
		{"a query anywhere", attribute.String("app.request", "a=1&token=s&b=2"), attribute.String("app.request", "a=1&token=REDACTED&b=2")},
		{"a password of a URL anywhere", attribute.String("peer", "amqp://u:s@h:5672/v"), attribute.String("peer", "amqp://REDACTED@h:5672/v")},
		{"baggage", list("http.request.header.baggage", []string{"user=joe,token=s,n=1"}), list("http.request.header.baggage", []string{"user=joe,token=REDACTED,n=1"})},
		{"a token by its looks", attribute.String("app.seen", "got "+jwt+"."), attribute.String("app.seen", "got REDACTED.")},
		{"a card", attribute.String("app.paid", "with 4242 4242 4242 4242"), attribute.String("app.paid", "with REDACTED")},
		{"whether there is one stays", attribute.Bool("user.has_password", true), attribute.Bool("user.has_password", true)},
		{"what tells about one stays", attribute.String("oauth.token_type", "Bearer"), attribute.String("oauth.token_type", "Bearer")},
		{"a key of a message stays", attribute.String("messaging.kafka.message.key", "order-7"), attribute.String("messaging.kafka.message.key", "order-7")},
		{"a session stays", attribute.String("session.id", "7"), attribute.String("session.id", "7")},
		{"an address stays", attribute.String("server.address", "token-service:8080"), attribute.String("server.address", "token-service:8080")},
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
	events, links := []trace.Event{{Name: "login with password=s"}}, []trace.Link{{State: "token=s,a=b"}}
	scope := &trace.Scope{Name: "lib", Attrs: []attribute.KeyValue{attribute.String("api_key", "s")}}
	s := &trace.Span{Name: "GET /x?token=s", Message: "http://u:s@h refused", State: "a=b,api_key=s", Events: events, Links: links, Scope: scope, Resource: &trace.Resource{Service: "http://u:s@h"}}
	RedactSpans([]*trace.Span{s})
	got := []string{s.Name, s.Message, s.State, s.Events[0].Name, s.Links[0].State, s.Scope.Attrs[0].Value.AsString(), s.Resource.Service}
	want := []string{"GET /x?token=REDACTED", "http://REDACTED@h refused", "a=b,api_key=REDACTED", "login with password=REDACTED", "token=REDACTED,a=b", Redacted, "http://REDACTED@h"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if events[0].Name == s.Events[0].Name || links[0].State == s.Links[0].State || scope == s.Scope {
		t.Error("what the span was made of was changed")
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
