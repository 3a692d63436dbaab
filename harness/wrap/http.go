package wrap

import (
	"net/http"
	"strings"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// Handler makes a server span of every request that next answers, child of
// the trace context that the request carries. Where next is or holds an
// http.ServeMux, the span is named after the pattern that matched, such as
// "GET /books/{id}", and bears it as http.route.
func Handler(next http.Handler) http.Handler {
	routed := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			// The pattern is known only once the mux has matched, panic or not.
			if slash := strings.IndexByte(r.Pattern, '/'); slash >= 0 {
				trace.SpanFromContext(r.Context()).SetAttributes(semconv.HTTPRoute(r.Pattern[slash:]))
			}
		}()
		next.ServeHTTP(w, r)
	})
	return otelhttp.NewHandler(routed, "")
}

// Transport makes a client span of every request and sends its context along
// with it. A nil base is http.DefaultTransport. The span ends once the
// answer's body was read to its end or closed.
func Transport(base http.RoundTripper) http.RoundTripper {
	return otelhttp.NewTransport(base)
}

// Client is a copy of base (nil: the zero client) on a wrapped transport.
func Client(base *http.Client) *http.Client {
	var client http.Client
	if base != nil {
		client = *base
	}
	client.Transport = Transport(client.Transport)
	return &client
}
