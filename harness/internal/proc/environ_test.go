package proc

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEnviron(t *testing.T) {
	opentelemetry := []string{
		"OTEL_BSP_SCHEDULE_DELAY=100", "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318", "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
		"OTEL_LOGS_EXPORTER=none", "OTEL_METRICS_EXPORTER=none", "OTEL_PROPAGATORS=tracecontext,baggage",
		"OTEL_RESOURCE_ATTRIBUTES=deployment.environment.name=seam,seam.run.id=r1", "OTEL_SERVICE_NAME=orders", "OTEL_TRACES_EXPORTER=otlp",
	}
	for _, row := range []struct {
		reason  string
		base    []string
		service ServiceEnv
		want    []string
	}{
		{"the base is inherited, its last entry of a name counts", []string{"A=1", "A=2", "B=x=y", "nonsense"}, ServiceEnv{}, []string{"A=2", "B=x=y", "PYTHONUNBUFFERED=1"}},
		{"the port", nil, ServiceEnv{Port: 8080}, []string{"PORT=8080", "PYTHONUNBUFFERED=1"}},
		{"OpenTelemetry", nil, ServiceEnv{Service: "orders", RunID: "r1", OTLP: "http://127.0.0.1:4318"}, append(opentelemetry, "PYTHONUNBUFFERED=1")},
		{
			"Jaeger's old clients", nil, ServiceEnv{Service: "payments", Jaeger: "http://127.0.0.1:1/api/traces"},
			[]string{
				"JAEGER_ENDPOINT=http://127.0.0.1:1/api/traces", "JAEGER_SAMPLER_PARAM=1", "JAEGER_SAMPLER_TYPE=const", "JAEGER_SERVICE_NAME=payments",
				"PYTHONUNBUFFERED=1",
			},
		},
		{
			"those that speak to an agent alone", nil, ServiceEnv{Service: "payments", Jaeger: "http://127.0.0.1:1/api/traces", Agent: "[::1]:6831"},
			[]string{
				"JAEGER_AGENT_HOST=::1", "JAEGER_AGENT_PORT=6831",
				"JAEGER_ENDPOINT=http://127.0.0.1:1/api/traces", "JAEGER_SAMPLER_PARAM=1", "JAEGER_SAMPLER_TYPE=const", "JAEGER_SERVICE_NAME=payments",
				"PYTHONUNBUFFERED=1",
			},
		},
		{
			"edges, with and without a template", nil,
			ServiceEnv{Edges: []EdgeVar{
				{Name: "A", URL: "http://127.0.0.1:81"},
				{Name: "B", Template: "{addr} {host} {port} {url}/v1 {other}", URL: "http://127.0.0.1:81"},
				{Name: "C", Template: "{host}:{port}", URL: "http://[::1]:81"},
			}},
			[]string{"A=http://127.0.0.1:81", "B=127.0.0.1:81 127.0.0.1 81 http://127.0.0.1:81/v1 {other}", "C=::1:81", "PYTHONUNBUFFERED=1"},
		},
		{
			"the service's own env wins over all", []string{"A=base"},
			ServiceEnv{Port: 1, Edges: []EdgeVar{{Name: "E", URL: "http://x:1"}}, Env: map[string]string{"A": "own", "PORT": "2", "E": "own", "TRACEPARENT": "own"}},
			[]string{"A=own", "E=own", "PORT=2", "PYTHONUNBUFFERED=1", "TRACEPARENT=own"},
		},
		{
			"what would lead spans elsewhere, and the marks of an outer run, go",
			[]string{
				"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://ci", "OTEL_EXPORTER_OTLP_HEADERS=k=v", "JAEGER_AGENT_HOST=ci", "TRACEPARENT=00", "TRACESTATE=a",
				RunVariable + "=outer", guardVariable + "=x", "OTEL_LOG_LEVEL=debug",
			},
			ServiceEnv{}, []string{"OTEL_LOG_LEVEL=debug", "PYTHONUNBUFFERED=1"},
		},
		{
			"behind a proxy, this machine is reached without it", []string{"https_proxy=http://p", "HTTP_PROXY=http://p", "NO_PROXY=corp"}, ServiceEnv{},
			[]string{
				"HTTP_PROXY=http://p", "NO_PROXY=corp,127.0.0.1,localhost,::1", "PYTHONUNBUFFERED=1", "https_proxy=http://p",
				"no_proxy=127.0.0.1,localhost,::1",
			},
		},
	} {
		t.Run(row.reason, func(t *testing.T) {
			base := strings.Join(row.base, "\n")
			if diff := cmp.Diff(row.want, Environ(row.base, row.service)); diff != "" {
				t.Error(diff)
			}
			if base != strings.Join(row.base, "\n") {
				t.Error("the base was changed")
			}
		})
	}
}

func TestBuildEnviron(t *testing.T) {
	got := BuildEnviron([]string{"A=1", "OTEL_EXPORTER_OTLP_ENDPOINT=kept", guardVariable + "=x"}, map[string]string{"A": "2"})
	if diff := cmp.Diff([]string{"A=2", "OTEL_EXPORTER_OTLP_ENDPOINT=kept"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestErrorsQuoteForAShell(t *testing.T) {
	for word, want := range map[string]string{"plain-1.2/x": "plain-1.2/x", "": "''", "two words": "'two words'", "it's": `'it'\''s'`, "$X": "'$X'"} {
		if got := quote(word); got != want {
			t.Errorf("quote(%q) = %s, want %s", word, got, want)
		}
	}
}
