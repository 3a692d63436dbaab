package otlp

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// FromEnvironment is the configuration that the variables of OpenTelemetry ask
// for ("OpenTelemetry Protocol Exporter", version 1.9 of the specification),
// where an endpoint that was given beats theirs. It has no endpoint where none
// is named or metrics are turned off.
func FromEnvironment(endpoint string, env func(string) (string, bool)) (Config, error) {
	first := firstOf(env)
	cfg := Config{Endpoint: endpoint}
	source := "--otlp"
	if endpoint == "" {
		if Off(env) {
			return Config{}, nil
		}
		source, cfg.Endpoint = first(prefix+"METRICS_ENDPOINT", prefix+"ENDPOINT")
		if cfg.Endpoint == "" {
			return Config{}, nil
		}
		cfg.Exact = source == prefix+"METRICS_ENDPOINT"
	}
	_, cfg.Protocol = first(prefix+"METRICS_PROTOCOL", prefix+"PROTOCOL")
	for scheme, plain := range map[string]string{"grpc": "http", "grpcs": "https"} {
		if rest, found := strings.CutPrefix(cfg.Endpoint, scheme+"://"); found {
			cfg.Endpoint, cfg.Protocol = plain+"://"+rest, "grpc"
		}
	}
	if cfg.Protocol == "" {
		cfg.Protocol = "http/protobuf"
	}
	if cfg.Protocol != "grpc" && cfg.Protocol != "http/protobuf" {
		return Config{}, fmt.Errorf("OTEL_EXPORTER_OTLP_PROTOCOL is %q: set it to http/protobuf or grpc", cfg.Protocol)
	}
	if u, err := url.Parse(cfg.Endpoint); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return Config{}, fmt.Errorf("%s: write a whole URL such as http://127.0.0.1:4318, or grpc://127.0.0.1:4317", source)
	}
	var err error
	if name, text := first(prefix+"METRICS_HEADERS", prefix+"HEADERS"); text != "" {
		if cfg.Headers, err = headers(text); err != nil {
			return Config{}, fmt.Errorf("%s: %w", name, err)
		}
	}
	return Paced(cfg, env)
}

// Paced fills in what the variables of OpenTelemetry say of any endpoint: how
// often it is sent to, how long an export may take, and service.name. Headers
// they name belong to their own endpoint.
func Paced(cfg Config, env func(string) (string, bool)) (Config, error) {
	var err error
	first := firstOf(env)
	for to, names := range map[*time.Duration][]string{&cfg.Every: {"OTEL_METRIC_EXPORT_INTERVAL"}, &cfg.Timeout: {prefix + "METRICS_TIMEOUT", prefix + "TIMEOUT"}} {
		if *to, err = millis(first(names...)); err != nil {
			return Config{}, err
		}
	}
	_, cfg.Service = first("OTEL_SERVICE_NAME")
	return cfg, nil
}

// Off reports whether the variables turn metrics off.
func Off(env func(string) (string, bool)) bool {
	first := firstOf(env)
	_, exporter := first("OTEL_METRICS_EXPORTER")
	_, disabled := first("OTEL_SDK_DISABLED")
	return exporter != "" && exporter != "otlp" || strings.EqualFold(disabled, "true")
}

const prefix = "OTEL_EXPORTER_OTLP_"

// firstOf finds the first of some variables that says something.
func firstOf(env func(string) (string, bool)) func(names ...string) (name, value string) {
	return func(names ...string) (string, string) {
		for _, name := range names {
			if value, _ := env(name); strings.TrimSpace(value) != "" {
				return name, strings.TrimSpace(value)
			}
		}
		return "", ""
	}
}

// millis reads a number of milliseconds; "" is 0.
func millis(name, text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(text, 10, 31)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("%s is %q: it is a number of milliseconds", name, text)
	}
	return time.Duration(n) * time.Millisecond, nil
}

// headers reads "name=value,name=value", percent-encoded as baggage is. Values
// may be secret and are in no error.
func headers(text string) (map[string]string, error) {
	all := map[string]string{}
	for i, pair := range strings.Split(text, ",") {
		if strings.TrimSpace(pair) == "" {
			continue
		}
		name, value, found := strings.Cut(pair, "=")
		name = strings.TrimSpace(name)
		value, err := url.PathUnescape(strings.TrimSpace(value))
		if !found || name == "" || err != nil || strings.ContainsFunc(name, noToken) || strings.ContainsFunc(value, control) {
			return nil, fmt.Errorf("entry %d is no header; write NAME=VALUE, and %%20 for a blank", i+1)
		}
		all[name] = value
	}
	return all, nil
}

func control(r rune) bool { return r < ' ' && r != '\t' || r >= 0x7f }

func noToken(r rune) bool {
	return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
}
