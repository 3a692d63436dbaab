package expect

import (
	"cmp"
	"regexp"
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/seamtest/seam/harness/trace"
)

// What an edge's span bears of HTTP's semantic conventions.
const (
	methodKey = attribute.Key("http.request.method")
	routeKey  = attribute.Key("http.route")
	pathKey   = attribute.Key("url.path")
	statusKey = attribute.Key("http.response.status_code")
)

// entries are the exchanges from outside that a pattern picks in a trace:
// "POST /checkout", or "/checkout" for every method, or "*" for all. The
// path is held against the route and against the path itself; in it * stands
// for any characters and {name} for one segment.
func entries(s subject, t *trace.Trace) []*trace.Span {
	var picked []*trace.Span
	for _, span := range t.Entries() {
		if s.matches(span) {
			picked = append(picked, span)
		}
	}
	return picked
}

// A subject is what a measure is taken of: a provider, an edge or a route.
type subject struct {
	consumer, provider string // may contain *
	method, route      string
	who, path          *regexp.Regexp // nil: any
}

// parseSubject reads "payments", "orders->stock", "/charge", "POST /charge"
// or "*". It takes any text: what fits none of these is a provider's name.
func parseSubject(text string) subject {
	text = strings.TrimSpace(text)
	if consumer, provider, ok := strings.Cut(text, "->"); ok {
		s := subject{consumer: strings.TrimSpace(consumer), provider: strings.TrimSpace(provider)}
		s.who = glob(s.consumer + "->" + s.provider)
		return s
	}
	method, path, ok := strings.Cut(text, " ")
	if !ok {
		method, path = "", text
	}
	if path = strings.TrimSpace(path); strings.HasPrefix(path, "/") || ok && path == "*" {
		s := subject{method: method, route: path, path: glob(path)}
		if method == "*" {
			s.method = ""
		}
		return s
	}
	if text == "*" {
		return subject{route: text}
	}
	return subject{provider: text, who: glob("*->" + text)}
}

// matches reports whether the exchange of an edge's span is of the subject.
func (s *subject) matches(span *trace.Span) bool {
	if s.who != nil {
		return s.who.MatchString(span.Edge())
	}
	if s.method != "" && !strings.EqualFold(s.method, span.Attr(methodKey).AsString()) {
		return false
	}
	return s.path == nil || s.path.MatchString(span.Attr(routeKey).AsString()) || s.path.MatchString(span.Attr(pathKey).AsString())
}

var wild = regexp.MustCompile(`\\\*|\\\{[^/{}]*\\\}`)

// glob compiles a pattern in which * is any run of characters and {name} one
// segment. Matching is linear in the text.
func glob(pattern string) *regexp.Regexp {
	quoted := wild.ReplaceAllStringFunc(regexp.QuoteMeta(pattern), func(w string) string {
		if w == `\*` {
			return `.*`
		}
		return `[^/]+`
	})
	return regexp.MustCompile(`(?s)\A` + quoted + `\z`)
}

// routeOf is how people name an exchange: method and route.
func routeOf(span *trace.Span) string {
	route := cmp.Or(span.Attr(routeKey).AsString(), span.Attr(pathKey).AsString())
	return strings.TrimSpace(span.Attr(methodKey).AsString() + " " + route)
}
