package wrap

import (
	"fmt"
	"io"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/opentracing/opentracing-go"
	"github.com/uber/jaeger-client-go"
	"github.com/uber/jaeger-client-go/config"
)

// Jaeger makes a tracer for a service that is instrumented with OpenTracing
// and github.com/uber/jaeger-client-go, such that its spans join the traces of
// services on OpenTelemetry, both ways: its HTTP and text map propagation
// reads and writes W3C trace context and baggage beside uber-trace-id, and
// trace ids have 128 bits.
//
// The spans leave over Jaeger's own protocol as the JAEGER_* environment says:
// Thrift over HTTP to JAEGER_ENDPOINT, or over UDP to JAEGER_AGENT_HOST and
// JAEGER_AGENT_PORT. With none of these nothing is sent, but context passes
// through. JAEGER_SERVICE_NAME beats service. Unlike the client on its own,
// every new trace is sampled unless JAEGER_SAMPLER_TYPE is set, and batches
// follow OTEL_BSP_SCHEDULE_DELAY unless JAEGER_REPORTER_FLUSH_INTERVAL is set.
//
// Closing sends what is not sent yet. Spans that end later are lost, so stop
// serving first.
func Jaeger(service string) (opentracing.Tracer, io.Closer, error) {
	settings := &config.Configuration{
		ServiceName: service,
		Gen128Bit:   true,
		Sampler:     &config.SamplerConfig{Type: jaeger.SamplerTypeConst, Param: 1},
		Reporter:    &config.ReporterConfig{BufferFlushInterval: flushInterval()},
	}
	if err := checkJaeger(); err != nil {
		return nil, nil, err
	}
	settings, err := settings.FromEnv()
	if err != nil {
		return nil, nil, fmt.Errorf("wrap: read the JAEGER_ environment: %w", err)
	}
	headers := newPropagator(jaeger.NewHTTPHeaderPropagator)
	texts := newPropagator(jaeger.NewTextMapPropagator)
	options := []config.Option{
		config.Gen128Bit(true), // JAEGER_TRACEID_128BIT=false would cut traces in two
		config.Injector(opentracing.HTTPHeaders, headers), config.Extractor(opentracing.HTTPHeaders, headers),
		config.Injector(opentracing.TextMap, texts), config.Extractor(opentracing.TextMap, texts),
	}
	if firstEnv("JAEGER_ENDPOINT", "JAEGER_AGENT_HOST", "JAEGER_AGENT_PORT") == "" {
		options = append(options, config.Reporter(jaeger.NewNullReporter()))
	}
	tracer, closer, err := settings.NewTracer(options...)
	if err != nil {
		return nil, nil, fmt.Errorf("wrap: start the Jaeger tracer of %q: %w", settings.ServiceName, err)
	}
	return tracer, closer, nil
}

// checkJaeger refuses what the client panics on, or loses every span by.
func checkJaeger() error {
	if endpoint := os.Getenv("JAEGER_ENDPOINT"); endpoint != "" {
		if u, err := url.Parse(endpoint); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return fmt.Errorf("wrap: JAEGER_ENDPOINT is %q: set it to a whole URL, such as http://127.0.0.1:14268/api/traces", endpoint)
		}
	}
	tags := os.Getenv("JAEGER_TAGS")
	if tags == "" {
		return nil
	}
	for tag := range strings.SplitSeq(tags, ",") {
		if !strings.Contains(tag, "=") {
			return fmt.Errorf("wrap: JAEGER_TAGS is %q: set it to key=value,key=value", tags)
		}
	}
	return nil
}

// flushInterval is 0, the client's default, where the environment is silent.
func flushInterval() time.Duration {
	delay, err := strconv.Atoi(os.Getenv("OTEL_BSP_SCHEDULE_DELAY"))
	if err != nil || delay <= 0 {
		return 0
	}
	return time.Duration(delay) * time.Millisecond
}
