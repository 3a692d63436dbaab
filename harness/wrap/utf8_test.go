package wrap

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// One span with text that is not UTF-8 must not cost the others of its batch.
func TestTextThatIsNotUTF8IsMended(t *testing.T) {
	to := newCollector(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", to.URL)
	t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
	telemetry, err := Start(t.Context(), Config{Service: "orders"})
	if err != nil {
		t.Fatal(err)
	}
	tracer := otel.Tracer("test")
	_, plain := tracer.Start(t.Context(), "plain")
	plain.End()
	_, strange := tracer.Start(t.Context(), "a\xff")
	strange.SetAttributes(attribute.String("agent", "caf\xe9"), attribute.StringSlice("list", []string{"b", "\xfe"}), attribute.Int("n", 1))
	strange.AddEvent("e\xff", trace.WithAttributes(attribute.String("k", "\xff")))
	strange.SetStatus(codes.Error, "\xc3")
	strange.End()
	if err := telemetry.Shutdown(context.Background()); err != nil {
		t.Fatal(err)
	}
	to.named(t, "plain")
	want := map[string]string{"agent": "caf\uFFFD", "list": `["b","` + "\uFFFD" + `"]`, "n": "1"}
	if diff := cmp.Diff(want, to.named(t, "a\uFFFD").Attrs); diff != "" {
		t.Error(diff)
	}
}
