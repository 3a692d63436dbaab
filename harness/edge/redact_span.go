package edge

import (
	"slices"
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/seamtest/seam/harness/trace"
)

// RedactSpans replaces the credentials in spans that services sent: the values
// of headers that hold them by name (http.request.header.cookie), those of
// attributes whose key's last part does (db.user.password), and what RedactOutput
// replaces. It changes the spans, which the caller owns, but nothing that they share.
func RedactSpans(spans []*trace.Span) {
	var from, to *trace.Resource // neighbours mostly have one
	var scope, scopeTo *trace.Scope
	for _, s := range spans {
		if s.Resource != from {
			from, to = s.Resource, redactResource(s.Resource)
		}
		if s.Scope != scope {
			scope, scopeTo = s.Scope, redactScope(s.Scope)
		}
		s.Resource, s.Scope = to, scopeTo
		s.Name, s.Message, s.State = redactText(s.Name), redactText(s.Message), redactMembers(s.State)
		s.Attrs = redactAttrs("", s.Attrs)
		s.Events = redactEach(s.Events, func(e *trace.Event) (*string, *[]attribute.KeyValue) { return &e.Name, &e.Attrs }, redactText)
		s.Links = redactEach(s.Links, func(l *trace.Link) (*string, *[]attribute.KeyValue) { return &l.State, &l.Attrs }, redactMembers)
	}
}

func redactResource(r *trace.Resource) *trace.Resource {
	if r == nil {
		return nil
	}
	attrs, name := redactAttrs("", r.Attrs), redactText(r.Service)
	if same(attrs, r.Attrs) && name == r.Service {
		return r
	}
	kept := *r
	kept.Attrs, kept.Service = attrs, name
	return &kept
}

func redactScope(s *trace.Scope) *trace.Scope {
	if s == nil {
		return nil
	}
	attrs := redactAttrs("", s.Attrs)
	if same(attrs, s.Attrs) {
		return s
	}
	kept := *s
	kept.Attrs = attrs
	return &kept
}

// redactEach redacts the text and the attributes of each event or link.
func redactEach[T any](items []T, parts func(*T) (*string, *[]attribute.KeyValue), redact func(string) string) []T {
	kept := items
	for i := range items {
		text, attrs := parts(&items[i])
		said, redacted := redact(*text), redactAttrs("", *attrs)
		if said == *text && same(redacted, *attrs) {
			continue
		}
		if same(kept, items) {
			kept = slices.Clone(items)
		}
		text, attrs = parts(&kept[i])
		*text, *attrs = said, redacted
	}
	return kept
}

// redactAttrs returns attrs themselves where there is nothing to replace.
func redactAttrs(within string, attrs []attribute.KeyValue) []attribute.KeyValue {
	kept := attrs
	for i := range attrs {
		key := string(attrs[i].Key)
		if within != "" {
			key = within + "." + key
		}
		v, changed := redactValue(key, attrs[i].Value)
		if !changed {
			continue
		}
		if same(kept, attrs) {
			kept = slices.Clone(attrs)
		}
		kept[i].Value = v
	}
	return kept
}

// same reports whether two slices are one.
func same[T any](a, b []T) bool { return len(a) == 0 || &a[0] == &b[0] }

// redactValue reports whether it replaced anything.
func redactValue(key string, v attribute.Value) (attribute.Value, bool) {
	header := headerOf(key)
	if header != "" && secretHeader(header) || header == "" && hides(key, v.Type()) {
		return hidden(v), true
	}
	redact := redactText
	switch {
	case header != "":
		redact = func(text string) string { return redactField(header, text) }
	case holdsURL(key):
		redact = func(text string) string { return redactURL(key, text) }
	}
	switch v.Type() {
	case attribute.STRING:
		was := v.AsString()
		kept := redact(was)
		return attribute.StringValue(kept), kept != was
	case attribute.STRINGSLICE:
		was := v.AsStringSlice() // a copy
		changed := false
		for i, text := range was {
			was[i] = redact(text)
			changed = changed || was[i] != text
		}
		return attribute.StringSliceValue(was), changed
	case attribute.SLICE:
		was := v.AsSlice()
		kept := make([]attribute.Value, len(was))
		changed := false
		for i := range was {
			var one bool
			kept[i], one = redactValue(key, was[i])
			changed = changed || one
		}
		return attribute.SliceValue(kept...), changed
	case attribute.MAP:
		was := v.AsMap()
		kept := redactAttrs(key, was)
		return attribute.MapValue(kept...), !same(kept, was)
	default: // numbers, and bytes of which nobody knows what they are
		return v, false
	}
}

// hides reports whether an attribute's value is secret by its key. Whether it
// is there never is, and of numbers only those that a strong name has: there
// are many counts of tokens.
func hides(key string, of attribute.Type) bool {
	secret, numbers := secretAttr(key)
	switch of {
	case attribute.EMPTY, attribute.BOOL, attribute.BOOLSLICE:
		return false
	case attribute.INT64, attribute.FLOAT64, attribute.INT64SLICE, attribute.FLOAT64SLICE:
		return secret && numbers
	}
	return secret
}

// hidden stands for v; of a list it keeps the number.
func hidden(v attribute.Value) attribute.Value {
	n := -1
	switch v.Type() {
	case attribute.STRINGSLICE:
		n = len(v.AsStringSlice())
	case attribute.SLICE:
		n = len(v.AsSlice())
	default:
	}
	if n < 0 {
		return attribute.StringValue(Redacted)
	}
	return attribute.StringSliceValue(slices.Repeat([]string{Redacted}, n))
}

// headerOf is the header or metadatum that an attribute tells of, by the
// conventions for HTTP, RPC and messages; "" where it tells of none.
func headerOf(key string) string {
	if !strings.HasPrefix(key, "http.") && !strings.HasPrefix(key, "rpc.") && !strings.HasPrefix(key, "messaging.") {
		return ""
	}
	for _, mark := range [...]string{".header.", ".headers.", ".metadata."} {
		if at := strings.Index(key, mark); at >= 0 {
			return key[at+len(mark):]
		}
	}
	return ""
}

// holdsURL reports whether an attribute is a URL or a part of one.
func holdsURL(key string) bool {
	switch key {
	case "http.url", "http.target", "http.path", "http.route", "http.query":
		return true
	}
	return strings.HasPrefix(key, "url.")
}

// redactURL redacts a text that is all URL, of which not every sign may show.
func redactURL(key, text string) string {
	switch key {
	case "url.query", "http.query", "url.fragment":
		return strings.TrimPrefix(RedactTarget("?"+text), "?")
	}
	return RedactTarget(text)
}
