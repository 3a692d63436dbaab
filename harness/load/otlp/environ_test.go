package otlp

import (
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func environment(all map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		value, found := all[name]
		return value, found
	}
}

func TestWhatTheEnvironmentAsksFor(t *testing.T) {
	const endpoint, exact = "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"
	for name, c := range map[string]struct {
		flag string
		env  map[string]string
		want Config
	}{
		"nothing":               {"", nil, Config{}},
		"a flag":                {"http://a:1", map[string]string{exact: "http://b:1", "OTEL_METRICS_EXPORTER": "none"}, Config{Endpoint: "http://a:1", Protocol: "http/protobuf"}},
		"a flag for gRPC":       {"grpcs://a:1", nil, Config{Endpoint: "https://a:1", Protocol: "grpc"}},
		"the endpoint of all":   {"", map[string]string{endpoint: " http://b:1/x "}, Config{Endpoint: "http://b:1/x", Protocol: "http/protobuf"}},
		"that of metrics":       {"", map[string]string{endpoint: "http://b:1", exact: "http://c:1/m"}, Config{Endpoint: "http://c:1/m", Exact: true, Protocol: "http/protobuf"}},
		"metrics are off":       {"", map[string]string{endpoint: "http://b:1", "OTEL_METRICS_EXPORTER": "prometheus"}, Config{}},
		"everything is off":     {"", map[string]string{endpoint: "http://b:1", "OTEL_SDK_DISABLED": "TRUE"}, Config{}},
		"the rest of variables": {"", map[string]string{endpoint: "http://b:1", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc", "OTEL_EXPORTER_OTLP_HEADERS": "a=b%20c, d = e=f,", "OTEL_METRIC_EXPORT_INTERVAL": "1500", "OTEL_EXPORTER_OTLP_TIMEOUT": "700", "OTEL_SERVICE_NAME": "me"}, Config{Endpoint: "http://b:1", Protocol: "grpc", Headers: map[string]string{"a": "b c", "d": "e=f"}, Every: 1500 * time.Millisecond, Timeout: 700 * time.Millisecond, Service: "me"}},
	} {
		got, err := FromEnvironment(c.flag, environment(c.env))
		if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v, %s", name, err, diff)
		}
	}
	for want, env := range map[string]map[string]string{
		endpoint + ": write a whole URL":                                        {endpoint: "127.0.0.1:4318"},
		"set it to http/protobuf or grpc":                                       {endpoint: "http://b:1", "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL": "http/json"},
		"OTEL_EXPORTER_OTLP_HEADERS: entry 2 is no header; write NAME=VALUE":    {endpoint: "http://b:1", "OTEL_EXPORTER_OTLP_HEADERS": "a=b,hunter2"},
		"OTEL_METRIC_EXPORT_INTERVAL is \"5s\": it is a number of milliseconds": {endpoint: "http://b:1", "OTEL_METRIC_EXPORT_INTERVAL": "5s"},
	} {
		if got, err := FromEnvironment("", environment(env)); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%v: %+v, %v; want %q", env, got, err, want)
		}
	}
}

// An endpoint that a file names keeps its headers: of the variables it has the pace.
func TestWhatTheEnvironmentSaysOfAnyEndpoint(t *testing.T) {
	env := map[string]string{"OTEL_EXPORTER_OTLP_METRICS_HEADERS": "a=b", "OTEL_METRIC_EXPORT_INTERVAL": "1500", "OTEL_SERVICE_NAME": "me"}
	got, err := Paced(Config{Endpoint: "http://a:1", Headers: map[string]string{"c": "d"}}, environment(env))
	want := Config{Endpoint: "http://a:1", Headers: map[string]string{"c": "d"}, Every: 1500 * time.Millisecond, Service: "me"}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v, %s", err, diff)
	}
	if Off(environment(env)) || !Off(environment(map[string]string{"OTEL_METRICS_EXPORTER": "none"})) {
		t.Error("metrics are off without a word, or on against it")
	}
}

// FuzzHeaders: what is taken can be sent, and what is refused is not quoted.
func FuzzHeaders(f *testing.F) {
	f.Add("a=b,c=d%20e")
	f.Add("a=%zz")
	f.Add("a=b%0d%0ac: d")
	f.Fuzz(func(t *testing.T, text string) {
		all, err := headers(text)
		if err != nil {
			return
		}
		for name, value := range maps.All(all) {
			if name == "" || strings.ContainsAny(name, " \r\n:=") || strings.ContainsAny(value, "\r\n\x00") {
				t.Errorf("%q: %q", name, value)
			}
		}
	})
}
