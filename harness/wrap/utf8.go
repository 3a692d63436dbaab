package wrap

import (
	"context"
	"strings"
	"unicode/utf8"

	"go.opentelemetry.io/otel/attribute"
	sdk "go.opentelemetry.io/otel/sdk/trace"
)

// A utf8Exporter mends text that is not UTF-8 before it is sent. Protobuf
// refuses it, and with it the whole batch: one request with a strange
// User-Agent would cost the spans of all others.
type utf8Exporter struct{ sdk.SpanExporter }

func (e utf8Exporter) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	mended := make([]sdk.ReadOnlySpan, len(spans))
	for i, span := range spans {
		mended[i] = span
		if !sound(span) {
			mended[i] = utf8Span{span}
		}
	}
	return e.SpanExporter.ExportSpans(ctx, mended)
}

func sound(span sdk.ReadOnlySpan) bool {
	ok := utf8.ValidString(span.Name()) && utf8.ValidString(span.Status().Description) && soundAttrs(span.Attributes())
	for _, event := range span.Events() {
		ok = ok && utf8.ValidString(event.Name) && soundAttrs(event.Attributes)
	}
	return ok
}

func soundAttrs(attrs []attribute.KeyValue) bool {
	for _, a := range attrs {
		switch a.Value.Type() {
		case attribute.STRING:
			if !utf8.ValidString(a.Value.AsString()) {
				return false
			}
		case attribute.STRINGSLICE:
			for _, s := range a.Value.AsStringSlice() {
				if !utf8.ValidString(s) {
					return false
				}
			}
		}
	}
	return true
}

// A utf8Span shows the text of a span as UTF-8.
type utf8Span struct{ sdk.ReadOnlySpan }

func (s utf8Span) Name() string { return mend(s.ReadOnlySpan.Name()) }

func (s utf8Span) Status() sdk.Status {
	status := s.ReadOnlySpan.Status()
	status.Description = mend(status.Description)
	return status
}

func (s utf8Span) Attributes() []attribute.KeyValue { return mendAttrs(s.ReadOnlySpan.Attributes()) }

func (s utf8Span) Events() []sdk.Event {
	events := append([]sdk.Event(nil), s.ReadOnlySpan.Events()...)
	for i := range events {
		events[i].Name, events[i].Attributes = mend(events[i].Name), mendAttrs(events[i].Attributes)
	}
	return events
}

func mendAttrs(attrs []attribute.KeyValue) []attribute.KeyValue {
	mended := append([]attribute.KeyValue(nil), attrs...)
	for i, a := range mended {
		switch a.Value.Type() {
		case attribute.STRING:
			mended[i].Value = attribute.StringValue(mend(a.Value.AsString()))
		case attribute.STRINGSLICE:
			list := append([]string(nil), a.Value.AsStringSlice()...)
			for j := range list {
				list[j] = mend(list[j])
			}
			mended[i].Value = attribute.StringSliceValue(list)
		}
	}
	return mended
}

func mend(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }
