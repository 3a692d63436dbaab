package receive

import (
	"cmp"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"github.com/seamtest/seam/harness/trace"
)

// zipkinDecoder decodes a list of spans of Zipkin v2 in JSON.
func zipkinDecoder(contentType string) func([]byte, *lease, *shared) (batch, error) {
	if contentType == jsonType {
		return decodeZipkin
	}
	return nil
}

// A zipkinSpan is a span of zipkin2-api.yaml; times are in microseconds.
type zipkinSpan struct {
	TraceID        string            `json:"traceId"`
	ID             string            `json:"id"`
	ParentID       string            `json:"parentId"`
	Kind           string            `json:"kind"`
	Name           string            `json:"name"`
	Timestamp      int64             `json:"timestamp"`
	Duration       int64             `json:"duration"`
	LocalEndpoint  zipkinEndpoint    `json:"localEndpoint"`
	RemoteEndpoint zipkinEndpoint    `json:"remoteEndpoint"`
	Tags           map[string]string `json:"tags"`
	Debug          bool              `json:"debug"`
	Shared         bool              `json:"shared"`
	Annotations    []struct {
		Timestamp int64  `json:"timestamp"`
		Value     string `json:"value"`
	} `json:"annotations"`
}

type zipkinEndpoint struct {
	ServiceName string `json:"serviceName"`
	IPv4        string `json:"ipv4"`
	IPv6        string `json:"ipv6"`
	Port        int64  `json:"port"`
}

// decodeZipkin follows OpenTelemetry's "OpenTelemetry to Zipkin
// Transformation" (specification 1.51) backwards. Tags that it does not name
// stay attributes, in the order of their names, as strings.
func decodeZipkin(body []byte, l *lease, _ *shared) (batch, error) {
	if err := chargeJSON(body, l); err != nil {
		return batch{}, err
	}
	var spans []zipkinSpan
	if err := json.Unmarshal(body, &spans); err != nil {
		return batch{}, malformed("Zipkin v2 JSON", err)
	}
	var out batch
	resources := map[string]*trace.Resource{}
	scopes := map[[2]string]*trace.Scope{}
	for i := range spans {
		s, scope, err := spans[i].turn()
		if err != nil {
			out.reject(1, err)
			continue
		}
		name := spans[i].LocalEndpoint.ServiceName
		if resources[name] == nil {
			resources[name] = &trace.Resource{Service: name, Attrs: []attribute.KeyValue{attribute.String("service.name", name)}}
		}
		if scopes[scope] == nil {
			scopes[scope] = &trace.Scope{Name: scope[0], Version: scope[1]}
		}
		s.Resource, s.Scope = resources[name], scopes[scope]
		out.spans = append(out.spans, s)
	}
	return out, nil
}

var zipkinKinds = map[string]trace.Kind{
	"": trace.Internal, "CLIENT": trace.Client, "SERVER": trace.Server, "PRODUCER": trace.Producer, "CONSUMER": trace.Consumer,
}

func (z *zipkinSpan) turn() (s *trace.Span, scope [2]string, err error) {
	s = &trace.Span{Name: z.Name, Kind: zipkinKinds[strings.ToUpper(z.Kind)], Start: micros(z.Timestamp)}
	if z.Timestamp != 0 {
		s.End = s.Start.Add(time.Duration(z.Duration) * time.Microsecond)
	}
	for _, id := range []struct {
		to   []byte
		from string
	}{{s.Trace[:], z.TraceID}, {s.ID[:], z.ID}, {s.Parent[:], z.ParentID}} {
		if err := padded(id.to, id.from); err != nil {
			return nil, scope, err
		}
	}
	if err := whole(s, nil); err != nil {
		return nil, scope, err
	}
	scope = z.tags(s)
	z.endpoints(s)
	for _, a := range z.Annotations {
		s.Events = append(s.Events, trace.Event{Name: a.Value, Time: micros(a.Timestamp)})
	}
	return s, scope, nil
}

// padded reads a hexadecimal id that may leave leading zeros out.
func padded(to []byte, from string) error {
	if len(from) > 2*len(to) {
		return flaw(fmt.Sprintf("an id has more than %d hexadecimal digits", 2*len(to)))
	}
	if _, err := hex.Decode(to, []byte(strings.Repeat("0", 2*len(to)-len(from))+from)); err != nil {
		return flaw("an id is not hexadecimal")
	}
	return nil
}

func (z *zipkinSpan) tags(s *trace.Span) (scope [2]string) {
	_, said := z.Tags["otel.status_code"]
	for _, key := range slices.Sorted(maps.Keys(z.Tags)) {
		value := z.Tags[key]
		switch {
		case key == "otel.status_code" && isStatus(value):
			s.Code = statusOf(value)
		case key == "otel.status_description":
			s.Message = value
		case key == "w3c.tracestate":
			s.State = value
		case key == "otel.scope.name", key == "otel.library.name":
			scope[0] = value
		case key == "otel.scope.version", key == "otel.library.version":
			scope[1] = value
		case key == "error" && said: // repeats the description
			s.Message = value
		case key == "error":
			s.Code, s.Attrs = trace.Error, append(s.Attrs, attribute.String(key, value))
		default:
			s.Attrs = append(s.Attrs, attribute.String(key, value))
		}
	}
	return scope
}

// endpoints keeps what the endpoints and marks say, under today's names.
func (z *zipkinSpan) endpoints(s *trace.Span) {
	put := func(key attribute.Key, value string) {
		if value != "" {
			s.Attrs = append(s.Attrs, key.String(value))
		}
	}
	port := func(key attribute.Key, n int64) {
		if n != 0 {
			s.Attrs = append(s.Attrs, key.Int64(n))
		}
	}
	mark := func(key attribute.Key, is bool) {
		if is {
			s.Attrs = append(s.Attrs, key.Bool(true))
		}
	}
	put("network.local.address", cmp.Or(z.LocalEndpoint.IPv6, z.LocalEndpoint.IPv4))
	port("network.local.port", z.LocalEndpoint.Port)
	put("peer.service", z.RemoteEndpoint.ServiceName)
	put("network.peer.address", cmp.Or(z.RemoteEndpoint.IPv6, z.RemoteEndpoint.IPv4))
	port("network.peer.port", z.RemoteEndpoint.Port)
	mark("zipkin.debug", z.Debug)
	mark("zipkin.shared", z.Shared)
}
