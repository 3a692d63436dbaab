// Package wrap is what a Go service imports to appear in traces: it sets
// OpenTelemetry up from the standard environment, wraps HTTP and gRPC on both
// sides, and bridges services that still use Jaeger's old client.
//
// Without an endpoint in the environment nothing is recorded and nothing is
// sent, but trace context still passes through: a service may always call it.
package wrap

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"go.opentelemetry.io/contrib/propagators/autoprop"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace/noop"
)

// A Config names the service. The rest comes from the environment variables
// that OpenTelemetry specifies (OTEL_EXPORTER_OTLP_*, OTEL_BSP_*,
// OTEL_TRACES_SAMPLER, OTEL_PROPAGATORS, OTEL_RESOURCE_ATTRIBUTES, ...), see
// https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/.
type Config struct {
	Service string // where OTEL_SERVICE_NAME is unset; default: the program's name
}

// A Telemetry holds what Start began.
type Telemetry struct {
	provider *sdk.TracerProvider // nil where nothing is sent
}

// Start makes OpenTelemetry's global tracer provider and propagators what the
// environment asks for. It does not wait for the endpoint: spans are sent in
// batches by a goroutine that ends with Shutdown. The propagators default to
// W3C trace context and baggage.
func Start(ctx context.Context, c Config) (*Telemetry, error) {
	otel.SetTextMapPropagator(autoprop.NewTextMapPropagator())
	exporter, err := newExporter(ctx)
	if err != nil {
		return nil, err
	}
	if exporter == nil {
		otel.SetTracerProvider(noop.NewTracerProvider())
		return &Telemetry{}, nil
	}
	if c.Service == "" {
		c.Service = filepath.Base(os.Args[0])
	}
	described, err := resource.New(ctx,
		resource.WithAttributes(semconv.ServiceName(c.Service)), resource.WithTelemetrySDK(), resource.WithFromEnv())
	switch {
	case errors.Is(err, resource.ErrPartialResource):
		// OpenTelemetry has an application go on without what it cannot read.
		otel.Handle(fmt.Errorf("wrap: OTEL_RESOURCE_ATTRIBUTES is %q: write key=value,key=value; what is not is left out: %w", os.Getenv("OTEL_RESOURCE_ATTRIBUTES"), err))
	case err != nil:
		return nil, fmt.Errorf("wrap: describe service %s: %w", c.Service, err)
	}
	provider := sdk.NewTracerProvider(sdk.WithResource(described), sdk.WithBatcher(utf8Exporter{exporter}))
	otel.SetTracerProvider(provider)
	return &Telemetry{provider: provider}, nil
}

// Shutdown sends what is not sent yet and ends the goroutine of Start. Spans
// that end later are lost, so stop serving first. It may be called again.
func (t *Telemetry) Shutdown(ctx context.Context) error {
	if t.provider == nil {
		return nil
	}
	if err := t.provider.Shutdown(ctx); err != nil {
		return fmt.Errorf("wrap: send the last spans: %w", err)
	}
	return nil
}

// newExporter returns nil where the environment asks for none.
func newExporter(ctx context.Context) (sdk.SpanExporter, error) {
	if strings.EqualFold(os.Getenv("OTEL_SDK_DISABLED"), "true") {
		return nil, nil
	}
	switch name := os.Getenv("OTEL_TRACES_EXPORTER"); strings.TrimSpace(name) {
	case "", "otlp":
	case "none":
		return nil, nil
	default:
		return nil, fmt.Errorf("wrap: OTEL_TRACES_EXPORTER is %q: set it to otlp or none", name)
	}
	if asked, err := hasEndpoint(); !asked || err != nil {
		return nil, err
	}
	for _, name := range [...]string{"OTEL_BSP_MAX_QUEUE_SIZE", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE"} {
		if n, err := strconv.Atoi(os.Getenv(name)); err == nil && n < 0 { // the SDK would panic
			return nil, fmt.Errorf("wrap: %s is %d: set it to 1 or more", name, n)
		}
	}
	var exporter sdk.SpanExporter
	var err error
	switch protocol := firstEnv("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"); protocol {
	case "", "http/protobuf":
		exporter, err = otlptracehttp.New(ctx)
	case "grpc":
		exporter, err = otlptracegrpc.New(ctx)
	default:
		return nil, fmt.Errorf("wrap: OTEL_EXPORTER_OTLP_PROTOCOL is %q: set it to http/protobuf or grpc", protocol)
	}
	if err != nil {
		return nil, fmt.Errorf("wrap: start the OTLP exporter: %w", err)
	}
	return exporter, nil
}

// hasEndpoint refuses an address that is no URL: the exporters would pass over
// it with a line in the log, and send to port 4318 of this machine instead.
func hasEndpoint() (bool, error) {
	for _, name := range [...]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"} {
		value := os.Getenv(name)
		if value == "" {
			continue
		}
		if u, err := url.Parse(strings.TrimSpace(value)); err != nil || u.Host == "" && u.Scheme != "unix" {
			return false, fmt.Errorf("wrap: %s is %q: set it to a whole URL, such as http://127.0.0.1:4318", name, value)
		}
		return true, nil
	}
	return false, nil
}

func firstEnv(names ...string) string {
	for _, name := range names {
		if value := os.Getenv(name); value != "" {
			return value
		}
	}
	return ""
}
