package system

import (
	"strings"
	"unicode/utf8"
)

// variables looks a variable of the environment up, like os.LookupEnv.
type variables func(name string) (value string, ok bool)

// A problem is why a variable could not be put in.
type problem struct {
	near            string // what to put the caret under
	message, remedy string
}

// expand puts variables in: ${NAME}, ${NAME:-default} where NAME is unset or
// empty, and $$ for a plain $. The result is at most limit bytes long, and is
// never read again: what a variable holds is text, whatever it looks like.
func (v variables) expand(s string, limit int) (string, []problem) {
	var out strings.Builder
	var problems []problem
	for s != "" && out.Len() <= limit {
		at := strings.IndexByte(s, '$')
		if at < 0 || at == len(s)-1 {
			out.WriteString(s)
			break
		}
		out.WriteString(s[:at])
		mark, rest := s[at+1], s[at+2:]
		switch mark {
		case '$':
			out.WriteByte('$')
		case '{':
			inside, after, closed := strings.Cut(rest, "}")
			if !closed {
				return "", append(problems, problem{"${", "${ has no }", "${NAME}; $${ for a plain ${"})
			}
			value, problem := v.value(inside)
			if problem != nil {
				problems = append(problems, *problem)
			}
			out.WriteString(value)
			rest = after
		default:
			out.WriteByte('$')
			rest = s[at+1:]
		}
		s = rest
	}
	if out.Len() > limit {
		return "", append(problems, problem{"${", "with its variables put in, this is too long", "keep large data in files of their own"})
	}
	return out.String(), problems
}

// value is what stands for ${inside}.
func (v variables) value(inside string) (string, *problem) {
	name, fallback, hasFallback := strings.Cut(inside, ":-")
	near := "${" + inside + "}"
	switch {
	case !isVariable(name):
		return "", &problem{near, quote(near) + " does not name a variable", "${NAME} or ${NAME:-default}; $${ for a plain ${"}
	case strings.Contains(fallback, "${"):
		return "", &problem{near[:len(near)-1], "a default cannot hold a variable", "${" + name + "} alone, with the variable set by whoever calls seam"}
	}
	value, ok := v(name)
	switch {
	case hasFallback && value == "":
		return fallback, nil
	case ok && !utf8.ValidString(value):
		return "", &problem{near, "the value of " + quote(name) + " is not UTF-8", "export " + clean(name) + "=... as UTF-8"}
	case ok:
		return value, nil
	case isInjected(name):
		return "", &problem{near, quote(name) + " is not set in seam's environment", "a service finds " + name + " in its own environment once it runs; a command takes it so: [sh, -c, 'exec ./program $" + name + "']"}
	}
	return "", &problem{near, quote(name) + " is not set in the environment", "export " + clean(name) + "=..., or give a default: ${" + clean(name) + ":-...}"}
}

// isVariable reports whether name is a name that shells accept.
func isVariable(name string) bool {
	for i, c := range []byte(name) {
		letter := c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return name != ""
}

// isInjected tells the variables that seam hands to a service or a step from
// others.
func isInjected(name string) bool {
	return name == "PORT" || name == "TRACEPARENT" || strings.HasPrefix(name, "SEAM_") || strings.HasPrefix(name, "OTEL_")
}

// isReserved tells the variables whose value only seam can know: another one
// would lead a service's calls or spans past seam. The rest of what seam hands
// over, such as OTEL_PROPAGATORS, a file may set otherwise.
func isReserved(name string) bool {
	switch name {
	case "PORT", "TRACEPARENT", "TRACESTATE", "SEAM_RUN_ID", "SEAM_ENTRY_URL", "SEAM_INTERNAL_GUARD",
		"OTEL_SERVICE_NAME", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_PROTOCOL",
		"OTEL_TRACES_EXPORTER", "OTEL_SDK_DISABLED", "JAEGER_SERVICE_NAME", "JAEGER_ENDPOINT", "JAEGER_AGENT_HOST", "JAEGER_DISABLED":
		return true
	}
	return false
}
