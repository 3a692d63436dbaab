package receive

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

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
	d := zipkin{lease: l, resources: map[string]*trace.Resource{}, scopes: map[[2]string]*trace.Scope{}}
	elements := json.NewDecoder(bytes.NewReader(body))
	begin, err := elements.Token()
	if err == nil && begin != json.Delim('[') {
		err = errors.New("it is not a list of spans")
	}
	for err == nil && elements.More() {
		err = d.next(elements)
	}
	if err == nil {
		_, err = elements.Token() // the end of the list
	}
	if err == nil && len(bytes.TrimSpace(body[elements.InputOffset():])) > 0 {
		err = errors.New("there is text after the list")
	}
	if r, ok := errors.AsType[*refusal](err); ok {
		return batch{}, r
	}
	if err != nil {
		return batch{}, malformed("Zipkin v2 JSON", err)
	}
	return d.batch, nil
}

// zipkin decodes one span at a time, so that only one is held in its form.
type zipkin struct {
	batch
	lease     *lease
	resources map[string]*trace.Resource
	scopes    map[[2]string]*trace.Scope
}

func (d *zipkin) next(elements *json.Decoder) error {
	var text json.RawMessage
	if err := elements.Decode(&text); err != nil {
		return err
	}
	before := d.lease.needed
	if err := d.lease.take(costOf(text)); err != nil {
		return err
	}
	var z zipkinSpan
	if err := json.Unmarshal(text, &z); err != nil {
		return err
	}
	d.lease.needed = before // z goes; what is made of it stays
	if err := d.lease.take(sizeofSpan + len(text) + 2*sizeofAttr*(len(z.Tags)+8) + 2*sizeofEvent*len(z.Annotations)); err != nil {
		return err
	}
	s, scope, err := z.turn()
	if err != nil {
		d.reject(1, err)
		return nil
	}
	s.Resource, s.Scope = d.resource(z.LocalEndpoint.ServiceName), d.scopes[scope]
	if s.Scope == nil {
		s.Scope = &trace.Scope{Name: scopeName(scope[0]), Version: scope[1]}
		d.scopes[scope] = s.Scope
	}
	d.spans = append(d.spans, s)
	return nil
}

// What decoding may cost: every brace begins at most one object, every comma at
// most one element of a list or a map.
const (
	costOfObject = 512
	costOfComma  = 96
)

// costOf bounds what decoding a span takes, by its punctuation.
func costOf(text []byte) int {
	return len(text) + bytes.Count(text, []byte("{"))*costOfObject + bytes.Count(text, []byte(","))*costOfComma
}

func (d *zipkin) resource(service string) *trace.Resource {
	r := d.resources[service]
	if r == nil {
		r = &trace.Resource{Service: service, Attrs: []attribute.KeyValue{attribute.String("service.name", service)}}
		d.resources[service] = r
	}
	return r
}

var zipkinKinds = map[string]trace.Kind{
	"CLIENT": trace.Client, "SERVER": trace.Server, "PRODUCER": trace.Producer, "CONSUMER": trace.Consumer,
}

func (z *zipkinSpan) turn() (s *trace.Span, scope [2]string, err error) {
	s = &trace.Span{Name: z.Name, Kind: zipkinKinds[strings.ToUpper(z.Kind)], Start: micros(z.Timestamp)}
	if z.Timestamp > 0 {
		s.End = micros(after(z.Timestamp, z.Duration))
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
	if s.Parent == s.ID {
		s.Parent = trace.SpanID{} // as Zipkin's own clients of old marked a root
	}
	scope = z.tags(s)
	z.status(s)
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
	_, isCode := statusOf(z.Tags["otel.status_code"])
	for _, key := range slices.Sorted(maps.Keys(z.Tags)) {
		value := z.Tags[key]
		switch {
		case key == "otel.status_code" && isCode, key == "otel.status_description", key == "error":
			// z.status reads them
		case key == "span.kind" && z.Kind == "" && value == "internal":
			s.Kind = trace.Internal
		case key == "w3c.tracestate":
			s.State = value
		case key == "otel.scope.name", key == "otel.library.name":
			scope[0] = value
		case key == "otel.scope.version", key == "otel.library.version":
			scope[1] = value
		default:
			s.Attrs = append(s.Attrs, attribute.String(key, value))
		}
	}
	return scope
}

// status reads an error of any text as a failure, for Zipkin means it so; only
// the text that OpenTelemetry repeats there, or that says nothing, goes.
func (z *zipkinSpan) status(s *trace.Span) {
	s.Code, _ = statusOf(z.Tags["otel.status_code"])
	s.Message = z.Tags["otel.status_description"]
	value, failed := z.Tags["error"]
	if !failed {
		return
	}
	repeated := s.Code == trace.Error && (s.Message == "" || s.Message == value)
	s.Code = trace.Error
	switch {
	case value == "true":
	case repeated:
		s.Message = value
	default:
		s.Attrs = append(s.Attrs, attribute.String("error", value))
	}
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
	put("service.peer.name", z.RemoteEndpoint.ServiceName)
	put("network.peer.address", cmp.Or(z.RemoteEndpoint.IPv6, z.RemoteEndpoint.IPv4))
	port("network.peer.port", z.RemoteEndpoint.Port)
	mark("zipkin.debug", z.Debug)
	mark("zipkin.shared", z.Shared)
}
