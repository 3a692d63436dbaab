package receive

import (
	"encoding/json"
	"errors"

	"go.opentelemetry.io/collector/pdata/ptrace"
)

// What JSON may cost when it is decoded: every brace begins at most one object
// of the decoder's, every comma at most one element of a slice.
const (
	costOfObject = 512
	costOfComma  = 96
	maxJSONDepth = 256 // an attribute takes up to five levels for each of its own
)

// decodeJSON reads OTLP's JSON encoding: hexadecimal ids, enums as numbers or
// names, unknown fields passed over. It goes by way of protobuf, so that there
// is one place that makes spans of OTLP.
func decodeJSON(body []byte, l *lease, s *shared) (batch, error) {
	if err := chargeJSON(body, l); err != nil {
		return batch{}, err
	}
	var plain ptrace.JSONUnmarshaler
	traces, err := plain.UnmarshalTraces(body)
	if err != nil {
		return batch{}, malformed("OTLP JSON request", err)
	}
	var wire ptrace.ProtoMarshaler
	encoded, err := wire.MarshalTraces(traces)
	if err != nil {
		return batch{}, malformed("OTLP JSON request", err)
	}
	return decodeOTLP(encoded, l, s)
}

// chargeJSON refuses what is not JSON or nested too deep for a recursive
// decoder, and charges what decoding the rest may take.
func chargeJSON(body []byte, l *lease) error {
	var depth, deepest, objects, commas int
	var quoted bool
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case c == '"':
			quoted = !quoted
		case quoted && c == '\\':
			i++
		case quoted:
		case c == '{' || c == '[':
			objects++
			depth++
			deepest = max(deepest, depth)
		case c == '}' || c == ']':
			depth--
		case c == ',':
			commas++
		}
	}
	if deepest > maxJSONDepth {
		return refuse(Malformed, errors.New("JSON is nested more than 256 deep"))
	}
	if !json.Valid(body) {
		return refuse(Malformed, errors.New("the body is not JSON"))
	}
	return l.take(len(body) + objects*costOfObject + commas*costOfComma)
}
