package edge

import (
	"slices"
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/seamtest/seam/harness/trace"
)

// RedactSpans replaces the credentials in spans that services sent: the values
// of headers that hold them by name (http.request.header.cookie), and secrets
// in URLs, wherever a text holds one. It changes the spans, which the caller
// owns, but nothing that they share.
func RedactSpans(spans []*trace.Span) {
	var from, to *trace.Resource // neighbours mostly have one
	for _, s := range spans {
		if s.Resource != from {
			from, to = s.Resource, redactResource(s.Resource)
		}
		s.Resource = to
		s.Name, s.Message = redactText(s.Name), redactText(s.Message)
		s.Attrs = redactAttrs("", s.Attrs)
		s.Events = redactEach(s.Events, func(e *trace.Event) *[]attribute.KeyValue { return &e.Attrs })
		s.Links = redactEach(s.Links, func(l *trace.Link) *[]attribute.KeyValue { return &l.Attrs })
	}
}

func redactResource(r *trace.Resource) *trace.Resource {
	if r == nil {
		return nil
	}
	attrs := redactAttrs("", r.Attrs)
	if same(attrs, r.Attrs) {
		return r
	}
	kept := *r
	kept.Attrs = attrs
	return &kept
}

func redactEach[T any](items []T, attrs func(*T) *[]attribute.KeyValue) []T {
	kept := items
	for i := range items {
		of := *attrs(&items[i])
		redacted := redactAttrs("", of)
		if same(redacted, of) {
			continue
		}
		if same(kept, items) {
			kept = slices.Clone(items)
		}
		*attrs(&kept[i]) = redacted
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
	if header != "" && secretHeader(header) {
		return hidden(v), true
	}
	redact := redactText
	if header != "" || holdsURL(key) {
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

// redactText redacts each word of a text that may be anything: a name, a
// message, a statement. A text without a sign of a URL stays as it is.
func redactText(text string) string {
	if !strings.Contains(text, "://") && (strings.IndexByte(text, '/') < 0 || strings.IndexByte(text, '?') < 0) {
		return text
	}
	return redactWords(text)
}

// redactWords redacts what stands between blanks and quotes, each by itself.
func redactWords(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	for text != "" {
		end := strings.IndexAny(text, " \t\r\n\"'`<>")
		if end < 0 {
			end = len(text)
		}
		b.WriteString(RedactTarget(text[:end]))
		between := min(end+1, len(text))
		b.WriteString(text[end:between])
		word := text[:end]
		sep := text[end:between]
		text = text[between:]
		if n := quotedSecret(word, sep, text); n > 0 {
			b.WriteString(Redacted)
			text = text[n:]
		}
	}
	return b.String()
}

// quotedSecret is how many bytes of rest are a secret value, where word names
// one and sep opens it; without a close it reaches to the end of the line.
func quotedSecret(word, sep, rest string) int {
	name, assigned := strings.CutSuffix(word, "=")
	if !assigned {
		name, assigned = strings.CutSuffix(word, ":")
	}
	name = name[strings.LastIndexAny(name, "&?#;,/(){}[]")+1:]
	if !assigned || sep == "" || strings.IndexByte("\"'`<", sep[0]) < 0 || !secretName(name) {
		return 0
	}
	stop := sep
	if sep == "<" {
		stop = ">"
	}
	for i := 0; i < len(rest); i++ {
		switch rest[i] {
		case '\\':
			i++
		case stop[0], '\n':
			return i
		}
	}
	return len(rest)
}
