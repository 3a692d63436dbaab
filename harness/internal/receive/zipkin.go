package receive

import (
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/translator/zipkin/zipkinv2"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
)

// zipkinDecoder decodes a list of spans of Zipkin v2 in JSON.
func zipkinDecoder(contentType string) func([]byte, *lease, *shared) (batch, error) {
	if contentType != "application/json" {
		return nil
	}
	return decodeZipkin
}

// zipkinGrowth is how much memory the translation takes for a byte of JSON.
const zipkinGrowth = 16

// decodeZipkin goes by way of OTLP: the translation is the collector's, and
// what comes of it is read like any other OTLP.
func decodeZipkin(body []byte, l *lease, s *shared) (batch, error) {
	if err := l.take(zipkinGrowth * len(body)); err != nil {
		return batch{}, err
	}
	traces, err := zipkinv2.NewJSONTracesUnmarshaler(false).UnmarshalTraces(body)
	if err != nil {
		return batch{}, malformed("Zipkin v2 JSON", err)
	}
	encoded, err := ptraceotlp.NewExportRequestFromTraces(traces).MarshalProto()
	if err != nil {
		return batch{}, malformed("Zipkin v2 JSON", err)
	}
	return decodeOTLP(encoded, l, s)
}
