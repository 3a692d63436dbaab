package load

import (
	"fmt"
	"strings"
)

// mostTold bounds how many requests or stages of a job its plan tells of.
const mostTold = 20

// about tells the plan of a job in words, so that two runs can be told apart
// by what was asked of them. Hosts and ports are not part of it.
func (j *Job) about() map[string]string {
	plan := map[string]string{"arrivals": j.arrivalsInWords(), "length": j.Length().String()}
	if j.WarmUp > 0 {
		plan["warm-up"] = j.WarmUp.String()
	}
	if j.Protocol != "" {
		plan["protocol"] = j.Protocol
	}
	if j.Streams > 0 {
		plan["streams"] = fmt.Sprint(j.Streams)
	}
	var sent []string
	for i := range j.Requests {
		sent = append(sent, inWords(&j.Requests[i]))
	}
	for i := range j.Flows {
		f := &j.Flows[i]
		var steps []string
		for k := range f.Steps {
			steps = append(steps, inWords(&f.Steps[k].Request))
		}
		sent = append(sent, fmt.Sprintf("%d times %s (%s)", orDefault(f.Weight, 1), f.Name, told(steps, " then ")))
	}
	if len(sent) > 0 {
		plan["requests"] = told(sent, ", ")
	}
	return plan
}

func (j *Job) arrivalsInWords() string {
	how := ""
	if j.Poisson {
		how = " by chance"
	}
	switch {
	case j.Connections > 0:
		return fmt.Sprintf("as fast as %d connections go", j.Connections)
	case len(j.Times) > 0:
		return fmt.Sprintf("%d recorded", len(j.Times))
	case j.Rate > 0:
		return fmt.Sprintf("%g/s", j.Rate) + how
	}
	var stages []string
	for _, s := range j.Stages {
		stages = append(stages, fmt.Sprintf("%g/s..%g/s:%s", s.From, s.To, s.For))
	}
	return told(stages, ",") + how
}

// inWords is a request without the values of its query, which may be secret.
func inWords(r *Request) string {
	if r.GRPC != nil {
		return fmt.Sprintf("call %s with %d messages, %d bytes", r.pathOf(), len(r.GRPC.Messages), len(r.GRPC.body()))
	}
	path, query, asked := strings.Cut(r.pathOf(), "?")
	for i, parameter := range strings.Split(query, "&") {
		if name, _, given := strings.Cut(parameter, "="); given {
			path += string("?&"[min(i, 1)]) + name + "=…"
		} else if asked {
			path += string("?&"[min(i, 1)]) + "…"
		}
	}
	if len(r.Body) > 0 {
		path += fmt.Sprintf(" with %d bytes", len(r.Body))
	}
	return r.method() + " " + path
}

func told(all []string, between string) string {
	if more := len(all) - mostTold; more > 0 {
		return strings.Join(all[:mostTold], between) + fmt.Sprintf(" and %d more", more)
	}
	return strings.Join(all, between)
}
