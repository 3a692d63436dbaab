package main

import (
	"net/http"

	"github.com/opentracing/opentracing-go"
	"github.com/opentracing/opentracing-go/ext"
	"github.com/opentracing/opentracing-go/log"
)

// traced makes a server span of every request, in the way of OpenTracing.
func traced(tracer opentracing.Tracer, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Without a parent, Extract fails and the span begins a trace.
		parent, _ := tracer.Extract(opentracing.HTTPHeaders, opentracing.HTTPHeadersCarrier(r.Header))
		span := tracer.StartSpan(r.Method, ext.RPCServerOption(parent))
		defer span.Finish()
		ext.Component.Set(span, "net/http")
		ext.HTTPMethod.Set(span, r.Method)
		ext.HTTPUrl.Set(span, r.URL.Path)

		seen := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		routed := r.WithContext(opentracing.ContextWithSpan(r.Context(), span))
		next.ServeHTTP(seen, routed)
		if routed.Pattern != "" {
			span.SetOperationName(routed.Pattern)
		}
		ext.HTTPStatusCode.Set(span, uint16(seen.status))
		ext.Error.Set(span, seen.status >= http.StatusInternalServerError)
	})
}

// tell leaves what became of a charge on the span of the request.
func tell(r *http.Request, outcome string) {
	if span := opentracing.SpanFromContext(r.Context()); span != nil {
		span.SetTag("shop.outcome", outcome)
		span.LogFields(log.String("event", "card "+outcome))
	}
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}
