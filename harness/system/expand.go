package system

import (
	"strings"
)

// variables looks a variable of the environment up, like os.LookupEnv.
type variables func(name string) (value string, ok bool)

// A problem is why a variable could not be put in.
type problem struct {
	near            string // what to put the caret under
	message, remedy string
}

// expand puts variables in: ${NAME}, ${NAME:-default} where NAME is unset or
// empty, and $${ for a plain ${. The result is at most limit bytes long.
func (v variables) expand(s string, limit int) (string, []problem) {
	if !strings.Contains(s, "${") {
		return s, nil
	}
	var out strings.Builder
	var problems []problem
	for s != "" && out.Len() <= limit {
		plain, rest, found := strings.Cut(s, "${")
		if !found {
			out.WriteString(s)
			break
		}
		if escaped, ok := strings.CutSuffix(plain, "$"); ok {
			out.WriteString(escaped + "${")
			s = rest
			continue
		}
		out.WriteString(plain)
		inside, after, closed := strings.Cut(rest, "}")
		if !closed {
			problems = append(problems, problem{"${", "${ has no }", "write $${ for a plain ${"})
			break
		}
		value, problem := v.value(inside)
		if problem != nil {
			problems = append(problems, *problem)
		}
		out.WriteString(value)
		s = after
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
	if !isVariable(name) {
		return "", &problem{near, quote(near) + " does not name a variable", "${NAME} or ${NAME:-default}; $${ for a plain ${"}
	}
	value, ok := v(name)
	switch {
	case hasFallback && value == "":
		return fallback, nil
	case ok:
		return value, nil
	case isInjected(name):
		return "", &problem{near, quote(name) + " is not set in seam's environment", "a service finds " + name + " in its own environment once it runs; a command line can take it through: [sh, -c, 'exec ./program $" + name + "']"}
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

// isInjected tells the variables that seam hands to a service from others.
func isInjected(name string) bool {
	return name == "PORT" || name == "SEAM_ENTRY_URL" || name == "TRACEPARENT" || strings.HasPrefix(name, "OTEL_")
}
