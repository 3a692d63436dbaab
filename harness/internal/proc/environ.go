package proc

import (
	"maps"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// ServiceEnv is what a service is told through its environment.
type ServiceEnv struct {
	Service string
	RunID   string    // goes into the resource attributes of its spans; "": left out
	Port    int       // 0: the service listens nowhere
	Edges   []EdgeVar // where it reaches each provider
	OTLP    string    // base URL of the receiver for OTLP over HTTP; "": nothing of OpenTelemetry is set
	Jaeger  string    // URL that takes jaeger.thrift over HTTP; "": nothing of Jaeger is set
	Agent   string    // host:port that takes its agent protocol over UDP; "" for none
	Env     map[string]string
}

// An EdgeVar hands the address of an edge to its consumer.
type EdgeVar struct {
	Name     string // of the variable
	Template string // of its value, with {url} {host} {port} {addr}; default {url}
	URL      string // base URL of the edge
}

// Environ is base with what a service is to find on top, sorted by name. The
// service's own Env wins over everything.
//
// It sets PORT, a variable for each edge, and
//   - for OpenTelemetry OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES,
//     OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf,
//     OTEL_TRACES_EXPORTER=otlp, OTEL_METRICS_EXPORTER=none and
//     OTEL_LOGS_EXPORTER=none (seam keeps neither, so a service under load
//     should not spend time on them), OTEL_PROPAGATORS=tracecontext,baggage
//     (an edge understands and writes Jaeger's header itself, and Python and
//     Java refuse to start with a propagator that is not installed) and
//     OTEL_BSP_SCHEDULE_DELAY=100 (milliseconds);
//   - for Jaeger's old clients JAEGER_SERVICE_NAME, JAEGER_ENDPOINT,
//     JAEGER_SAMPLER_TYPE=const and JAEGER_SAMPLER_PARAM=1, and for those that
//     speak to an agent alone JAEGER_AGENT_HOST and JAEGER_AGENT_PORT;
//   - PYTHONUNBUFFERED=1, as Python otherwise holds back its output;
//   - NO_PROXY and no_proxy for this machine, where base names a proxy.
//
// It takes out of base what would lead spans elsewhere: OTEL_EXPORTER_*,
// JAEGER_*, TRACEPARENT and TRACESTATE.
func Environ(base []string, service ServiceEnv) []string {
	env := inherited(base)
	env["PYTHONUNBUFFERED"] = "1"
	if service.Port != 0 {
		env["PORT"] = strconv.Itoa(service.Port)
	}
	if service.OTLP != "" {
		maps.Copy(env, map[string]string{
			"OTEL_SERVICE_NAME":           service.Service,
			"OTEL_RESOURCE_ATTRIBUTES":    attributes(service.RunID),
			"OTEL_EXPORTER_OTLP_ENDPOINT": service.OTLP,
			"OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
			"OTEL_TRACES_EXPORTER":        "otlp",
			"OTEL_METRICS_EXPORTER":       "none",
			"OTEL_LOGS_EXPORTER":          "none",
			"OTEL_PROPAGATORS":            "tracecontext,baggage",
			"OTEL_BSP_SCHEDULE_DELAY":     "100",
		})
	}
	if service.Jaeger != "" {
		maps.Copy(env, map[string]string{
			"JAEGER_SERVICE_NAME":  service.Service,
			"JAEGER_ENDPOINT":      service.Jaeger,
			"JAEGER_SAMPLER_TYPE":  "const",
			"JAEGER_SAMPLER_PARAM": "1",
		})
		if host, port, err := net.SplitHostPort(service.Agent); err == nil {
			env["JAEGER_AGENT_HOST"], env["JAEGER_AGENT_PORT"] = host, port
		}
	}
	for _, edge := range service.Edges {
		env[edge.Name] = edge.value()
	}
	maps.Copy(env, service.Env)
	return list(env)
}

// BuildEnviron is the environment of a build: base with env on top.
func BuildEnviron(base []string, env map[string]string) []string {
	all := asMap(base)
	delete(all, guardVariable)
	maps.Copy(all, env)
	return list(all)
}

func attributes(run string) string {
	if run == "" {
		return "deployment.environment.name=seam"
	}
	return "deployment.environment.name=seam,seam.run.id=" + run
}

// inherited is what a service may see of base.
func inherited(base []string) map[string]string {
	env := asMap(base)
	proxied := false
	for name := range env {
		switch {
		case strings.HasPrefix(name, "OTEL_EXPORTER_"), strings.HasPrefix(name, "JAEGER_"),
			name == "TRACEPARENT", name == "TRACESTATE", name == RunVariable, name == guardVariable:
			delete(env, name)
		case strings.EqualFold(name, "HTTP_PROXY"), strings.EqualFold(name, "ALL_PROXY"):
			proxied = true
		}
	}
	if proxied {
		for _, name := range []string{"NO_PROXY", "no_proxy"} {
			env[name] = strings.TrimPrefix(env[name]+",127.0.0.1,localhost,::1", ",")
		}
	}
	return env
}

func (e EdgeVar) value() string {
	template := e.Template
	if template == "" {
		template = "{url}"
	}
	var addr string
	if u, err := url.Parse(e.URL); err == nil {
		addr = u.Host
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		host = addr
	}
	return strings.NewReplacer("{url}", e.URL, "{host}", host, "{port}", port, "{addr}", addr).Replace(template)
}

// asMap reads an environment; of two entries with one name the last counts.
func asMap(env []string) map[string]string {
	all := make(map[string]string, len(env)+20)
	for _, entry := range env {
		if name, value, ok := strings.Cut(entry, "="); ok && name != "" {
			all[name] = value
		}
	}
	return all
}

func list(env map[string]string) []string {
	all := make([]string, 0, len(env))
	for _, name := range slices.Sorted(maps.Keys(env)) {
		all = append(all, name+"="+env[name])
	}
	return all
}

func lookup(env []string, name string) (string, bool) {
	value, ok := asMap(env)[name]
	return value, ok
}

// marked is env with the id of the run in it, whatever stood there before.
func marked(env []string, run string) []string {
	all := asMap(env)
	delete(all, guardVariable)
	all[RunVariable] = run
	return list(all)
}
