package edge

import (
	"strings"
	"testing"
)

func TestGuessRoute(t *testing.T) {
	tests := []struct{ path, want, reason string }{
		{"/", "/", "the root"},
		{"*", "", "no path"},
		{"", "", "nothing"},
		{"host:1", "", "an authority"},
		{"/orders", "/orders", "a name"},
		{"/orders/", "/orders/", "a slash at the end is another route"},
		{"/orders/4711", "/orders/{id}", "a number"},
		{"/orders/4711/items/3", "/orders/{id}/items/{id}", "two numbers"},
		{"/users/550e8400-e29b-41d4-a716-446655440000", "/users/{id}", "a UUID"},
		{"/users/550E8400E29B41D4A716446655440000", "/users/{id}", "a UUID without marks"},
		{"/blobs/deadbeef0", "/blobs/{id}", "hexadecimal"},
		{"/facade", "/facade", "letters that happen to be hexadecimal"},
		{"/o/01ARZ3NDEKTSV4RRFFQ69G5FAV", "/o/{id}", "a ULID"},
		{"/s/eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.x", "/s/{id}", "a long token"},
		{"/orders/order-17", "/orders/{id}", "a name with a number"},
		{"/orders/ord_8f3k2q9z", "/orders/{id}", "a prefixed code"},
		{"/p/a1b2c3", "/p/{id}", "letters and digits in turn"},
		{"/days/2026-11-24", "/days/{id}", "a date"},
		{"/days/2026-11-24T10:00:00Z", "/days/{id}", "a date with its time"},
		{"/users/a@b.c", "/users/{id}", "an e-mail address"},
		{"/find/caf%C3%A9", "/find/{id}", "what is percent-encoded"},
		{"/files/17.json", "/files/{id}.json", "a number with an extension"},
		{"/app.js", "/app.js", "a file"},
		{"/api/v1/orders", "/api/v1/orders", "a version"},
		{"/api/v2.1/orders", "/api/v2.1/orders", "a version with a point"},
		{"/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/Check", "a gRPC method"},
		{"/oauth2/callback", "/oauth2/callback", "a name with a number of its own"},
		{"/sha256-signature-check", "/sha256-signature-check", "the same, long"},
		{"/k8s/i18n", "/k8s/i18n", "abbreviations"},
		{"/purchase-order-history", "/purchase-order-history", "a long name"},
		{"/a;jsessionid=0815/b", "/a/b", "parameters of a segment"},
		{strings.Repeat("/a", 20), strings.Repeat("/a", 16) + "/{rest}", "too deep"},
		{"//x", "//x", "an empty segment"},
	}
	for _, test := range tests {
		if got := GuessRoute(test.path); got != test.want {
			t.Errorf("GuessRoute(%q) = %q, want %q (%s)", test.path, got, test.want, test.reason)
		}
	}
}

// FuzzGuessRoute holds a guess to being a route itself: guessing again changes
// nothing but what a placeholder stands for, and it never grows without bound.
func FuzzGuessRoute(f *testing.F) {
	for _, seed := range []string{"/orders/4711", "/a;b/c.json", "/x%2fy//", "*", "/00000000-0000-0000-0000-000000000000"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		route := GuessRoute(path)
		if (route == "") != (path == "" || path[0] != '/') {
			t.Fatalf("GuessRoute(%q) = %q", path, route)
		}
		if n := strings.Count(route, "/"); n > routeSegments+1 || len(route) > (routeSegments+1)*(longestSegment+1) {
			t.Fatalf("GuessRoute(%q) has %d segments and %d bytes", path, n, len(route))
		}
		if strings.ContainsAny(route, ";%@?=") {
			t.Fatalf("GuessRoute(%q) = %q", path, route)
		}
	})
}
