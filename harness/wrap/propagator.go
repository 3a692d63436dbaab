package wrap

import (
	"context"
	"encoding/binary"
	"errors"
	"strings"

	"github.com/opentracing/opentracing-go"
	"github.com/uber/jaeger-client-go"
	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// A propagator carries a Jaeger span context in W3C headers beside Jaeger's
// own. Where a request has both, traceparent stands, for it is what the
// services in between keep up to date.
type propagator struct {
	legacy *jaeger.TextMapPropagator
	w3c    propagation.TextMapPropagator
}

var (
	_ jaeger.Injector  = propagator{}
	_ jaeger.Extractor = propagator{}
)

func newPropagator(legacy func(*jaeger.HeadersConfig, jaeger.Metrics) *jaeger.TextMapPropagator) propagator {
	keys := (&jaeger.HeadersConfig{}).ApplyDefaults()
	return propagator{
		legacy: legacy(keys, *jaeger.NewNullMetrics()),
		w3c:    propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{}),
	}
}

// Inject implements jaeger.Injector.
func (p propagator) Inject(from jaeger.SpanContext, carrier any) error {
	writer, ok := carrier.(opentracing.TextMapWriter)
	if !ok {
		return opentracing.ErrInvalidCarrier
	}
	if err := p.legacy.Inject(from, carrier); err != nil {
		return err
	}
	if !from.IsValid() {
		return nil
	}
	ctx := trace.ContextWithSpanContext(context.Background(), toW3C(from))
	ctx = baggage.ContextWithBaggage(ctx, toBaggage(from))
	headers := propagation.MapCarrier{}
	p.w3c.Inject(ctx, headers)
	for name, value := range headers {
		writer.Set(name, value)
	}
	return nil
}

// Extract implements jaeger.Extractor.
func (p propagator) Extract(carrier any) (jaeger.SpanContext, error) {
	reader, ok := carrier.(opentracing.TextMapReader)
	if !ok {
		return jaeger.SpanContext{}, opentracing.ErrInvalidCarrier
	}
	headers := propagation.MapCarrier{}
	if err := reader.ForeachKey(func(name, value string) error {
		headers.Set(strings.ToLower(name), value)
		return nil
	}); err != nil {
		return jaeger.SpanContext{}, err
	}
	found, err := p.legacy.Extract(carrier)
	ctx := p.w3c.Extract(context.Background(), headers)
	if standard := trace.SpanContextFromContext(ctx); standard.IsValid() {
		found, err = toJaeger(standard, found), nil
	}
	for _, member := range baggage.FromContext(ctx).Members() {
		found = found.WithBaggageItem(member.Key(), member.Value())
		if errors.Is(err, opentracing.ErrSpanContextNotFound) {
			err = nil // baggage alone is worth keeping: a new trace begins with it
		}
	}
	return found, err
}

// stateKey keeps the W3C tracestate of a remote parent in the state that all
// spans of one trace in this process share, for Jaeger has no field for it.
type stateKey struct{}

// toJaeger takes identity and flags from one context and baggage from another.
func toJaeger(from trace.SpanContext, carried jaeger.SpanContext) jaeger.SpanContext {
	items := map[string]string{}
	carried.ForeachBaggageItem(func(key, value string) bool {
		items[key] = value
		return true
	})
	id, span := from.TraceID(), from.SpanID()
	to := jaeger.NewSpanContext(
		jaeger.TraceID{High: binary.BigEndian.Uint64(id[:8]), Low: binary.BigEndian.Uint64(id[8:])},
		jaeger.SpanID(binary.BigEndian.Uint64(span[:])), 0, from.IsSampled(), items)
	to.ExtendedSamplingState(stateKey{}, func() any { return from.TraceState() })
	return to
}

func toW3C(from jaeger.SpanContext) trace.SpanContext {
	var id trace.TraceID
	binary.BigEndian.PutUint64(id[:8], from.TraceID().High)
	binary.BigEndian.PutUint64(id[8:], from.TraceID().Low)
	var span trace.SpanID
	binary.BigEndian.PutUint64(span[:], uint64(from.SpanID()))
	to := trace.SpanContextConfig{TraceID: id, SpanID: span}
	if from.IsSampled() {
		to.TraceFlags = trace.FlagsSampled
	}
	to.TraceState, _ = from.ExtendedSamplingState(stateKey{}, func() any { return trace.TraceState{} }).(trace.TraceState)
	return trace.NewSpanContext(to)
}

// toBaggage leaves out the items that W3C baggage cannot carry; Jaeger's own
// headers still do.
func toBaggage(from jaeger.SpanContext) baggage.Baggage {
	var members []baggage.Member
	from.ForeachBaggageItem(func(key, value string) bool {
		if member, err := baggage.NewMemberRaw(key, value); err == nil {
			members = append(members, member)
		}
		return true
	})
	all, err := baggage.New(members...)
	if err != nil {
		return baggage.Baggage{}
	}
	return all
}
