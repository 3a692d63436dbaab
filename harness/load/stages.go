package load

import (
	"fmt"
	"strings"
	"time"
)

// mostStages is how many stages one run may have.
const mostStages = 1000

// ParseStages reads stages such as "50/s:10s, 50/s..500/s:30s, 0:5s": a rate or
// two, then how long it lasts. The error is a *SyntaxError.
func ParseStages(text string) ([]Stage, error) {
	const example = "50/s:10s,50/s..500/s:30s"
	var stages []Stage
	column := 1
	for part := range strings.SplitSeq(text, ",") {
		s, err := parseStage(strings.TrimSpace(part))
		if err != nil {
			at := column + len(part) - len(strings.TrimLeft(part, " \t"))
			return nil, &SyntaxError{at, err.Error(), example}
		}
		if stages = append(stages, s); len(stages) > mostStages {
			return nil, &SyntaxError{column, fmt.Sprintf("there are more than %d stages", mostStages), "ramps such as 50/s..500/s:30s in place of many steps"}
		}
		column += len(part) + 1
	}
	return stages, nil
}

func parseStage(text string) (Stage, error) {
	rates, long, ok := strings.Cut(text, ":")
	if !ok {
		return Stage{}, fmt.Errorf("%q does not say how long it lasts", text)
	}
	d, err := time.ParseDuration(strings.TrimSpace(long))
	if err != nil || d <= 0 {
		return Stage{}, fmt.Errorf("%q is no length of time", long)
	}
	first, last, ramp := strings.Cut(rates, "..")
	s := Stage{For: d}
	if s.From, err = parseStageRate(first); err != nil {
		return Stage{}, err
	}
	s.To = s.From
	if ramp {
		s.To, err = parseStageRate(last)
	}
	return s, err
}

// parseStageRate reads a rate, which here may be 0: a ramp begins there, and a
// pause stays there.
func parseStageRate(text string) (float64, error) {
	text = strings.TrimSpace(text)
	if count, _, _ := strings.Cut(text, "/"); count == "0" {
		return 0, nil
	}
	return ParseRate(text)
}
