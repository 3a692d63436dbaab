package load

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// An Objective is what a run must reach: "p99<200ms", "errors<0.1%",
// "rate>=500". Make one with ParseObjective.
type Objective struct {
	Text     string
	measure  string
	operator string
	bound    float64 // milliseconds, percent, or requests per second
}

// A SyntaxError says what is wrong with an expression; Column counts from 1.
type SyntaxError struct {
	Column  int
	Message string
	Remedy  string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("column %d: %s; try: %s", e.Column, e.Message, e.Remedy)
}

var objectiveForm = regexp.MustCompile(`^\s*([a-z0-9.]+)\s*(<=|>=|<|>)\s*([0-9.]+)\s*(\S*)\s*$`)

// measures maps a name to the unit that its bound is written in.
var measures = map[string]string{
	"p50": "time", "p90": "time", "p95": "time", "p99": "time", "p999": "time", "p99.9": "time", "max": "time", "mean": "time",
	"errors": "%", "rate": "/s",
}

// carriers are how many requests a percentile needs at least: of fewer it is
// the slowest of them.
var carriers = map[string]int64{"p50": 2, "p90": 10, "p95": 20, "p99": 100, "p999": 1000, "p99.9": 1000}

// Doubt says why so few requests do not carry the percentile that is asked of
// them; "" where they do.
func (o Objective) Doubt(requests int64) string {
	least := carriers[o.measure]
	switch {
	case requests >= max(least, 1) || o.measure == "rate":
		return ""
	case requests == 0:
		return "no request was measured, so this says nothing"
	}
	return fmt.Sprintf("of %d requests the %s is the slowest; it takes %d at least: load for longer, or ask for a lower percentile", requests, o.measure, least)
}

// ParseObjective reads an objective; the error is a *SyntaxError.
func ParseObjective(text string) (Objective, error) {
	const example = "p99<200ms, errors<0.1% or rate>=500/s"
	parts := objectiveForm.FindStringSubmatchIndex(text)
	if parts == nil {
		return Objective{}, &SyntaxError{1, fmt.Sprintf("%q is no objective", text), example}
	}
	part := func(i int) string { return text[parts[2*i]:parts[2*i+1]] }
	wrong := func(i int, message string) error { return &SyntaxError{parts[2*i] + 1, message, example} }
	o := Objective{Text: strings.TrimSpace(text), measure: part(1), operator: part(2)}
	unit, known := measures[o.measure]
	if !known {
		return o, wrong(1, fmt.Sprintf("%q cannot be measured; there are p50, p90, p95, p99, p999, max, mean, errors and rate", o.measure))
	}
	if unit == "time" {
		bound, err := time.ParseDuration(part(3) + part(4))
		if err != nil {
			return o, wrong(3, fmt.Sprintf("%q is no duration", part(3)+part(4)))
		}
		o.bound = float64(bound) / float64(time.Millisecond)
		return o, nil
	}
	bound, err := strconv.ParseFloat(part(3), 64)
	if err != nil {
		return o, wrong(3, fmt.Sprintf("%q is no number", part(3)))
	}
	if given := part(4); given != "" && given != unit {
		return o, wrong(4, fmt.Sprintf("%s is measured in %s, not in %q", o.measure, unit, given))
	}
	if unit == "%" && part(4) == "" {
		return o, wrong(3, "a share of errors is written in percent")
	}
	o.bound = bound
	return o, nil
}

// Judge says whether the run reached the objective, and what was measured.
func (o Objective) Judge(s *Summary) (reached bool, measured string) {
	value, measured := o.value(s)
	switch o.operator {
	case "<":
		return value < o.bound, measured
	case "<=":
		return value <= o.bound, measured
	case ">":
		return value > o.bound, measured
	default:
		return value >= o.bound, measured
	}
}

func (o Objective) value(s *Summary) (float64, string) {
	switch o.measure {
	case "errors":
		share := 0.0
		if s.Requests > 0 {
			share = 100 * float64(s.Errors) / float64(s.Requests)
		}
		return share, fmt.Sprintf("%.3g%%", share)
	case "rate":
		return s.Achieved, fmt.Sprintf("%.1f/s", s.Achieved)
	}
	took := map[string]time.Duration{
		"p50": s.Latency.P50, "p90": s.Latency.P90, "p95": s.Latency.P95, "p99": s.Latency.P99, "p999": s.Latency.P999, "p99.9": s.Latency.P999, "max": s.Latency.Max, "mean": s.Latency.Mean,
	}[o.measure]
	return float64(took) / float64(time.Millisecond), took.Round(time.Microsecond).String()
}

// mostRate is more than any sender can do, in requests per second.
const mostRate = 1e7

// ParseRate reads "500/s", "12000/m" or a plain number of requests per second.
func ParseRate(text string) (float64, error) {
	count, unit, _ := strings.Cut(text, "/")
	rate, err := strconv.ParseFloat(strings.TrimSpace(count), 64)
	switch {
	case err != nil || !(rate > 0 && rate <= mostRate):
		return 0, fmt.Errorf("%q is no rate; write it as 500/s or 12000/m", text)
	case unit == "" || unit == "s":
		return rate, nil
	case unit == "m":
		return rate / 60, nil
	}
	return 0, fmt.Errorf("%q: the unit must be /s or /m", text)
}
