package report

import (
	"fmt"
	"strings"
)

// A Part sums up one phase of a run in a line; every renderer starts with these.
type Part struct {
	Name   string
	Detail string
	Result Result
}

// Summary lists the parts that ran, in their order.
func (d *Document) Summary() []Part {
	var parts []Part
	for _, part := range []func() (Part, bool){d.drivePart, d.contractsPart, d.coveragePart, d.expectationsPart, d.loadPart, d.findingsPart, d.publishPart} {
		if p, ran := part(); ran {
			parts = append(parts, p)
		}
	}
	return parts
}

// Close settles the verdict from the results, and the duration. Lists that
// the schema demands are there afterwards, if empty.
func (d *Document) Close() {
	d.fill()
	d.Duration = since(d.Started).Seconds()
	d.Verdict = Passed
	for _, p := range d.Summary() {
		if p.Result == CaseFailed {
			d.Verdict = Failed
		}
	}
	for i := range d.Load {
		if !d.Load[i].Valid {
			d.Verdict = Invalid
		}
	}
}

// tally counts results and makes the part's own of them.
type tally struct{ passed, failed, pending, skipped int }

func (t *tally) add(r Result) {
	switch r {
	case CasePassed:
		t.passed++
	case CaseFailed:
		t.failed++
	case CasePending:
		t.pending++
	default:
		t.skipped++
	}
}

func (t *tally) result() Result {
	if t.failed > 0 {
		return CaseFailed
	}
	return CasePassed
}

// String names what is not passed; "" where all is.
func (t *tally) String() string {
	var parts []string
	for _, c := range []struct {
		n    int
		name string
	}{{t.failed, "failed"}, {t.pending, "pending"}, {t.skipped, "skipped"}} {
		if c.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", c.n, c.name))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return ", " + strings.Join(parts, ", ")
}

func (d *Document) drivePart() (Part, bool) {
	var t tally
	count, faults := 0, 0
	for _, s := range d.Drive {
		t.add(s.Result)
		count += s.Count
		faults += len(s.Faults)
	}
	detail := fmt.Sprintf("%s, %s%s", plural(len(d.Drive), "step"), plural(count, "run"), &t)
	if faults > 0 {
		detail += ", under " + plural(faults, "fault")
	}
	return Part{"drive", detail, t.result()}, len(d.Drive) > 0
}

func (d *Document) contractsPart() (Part, bool) {
	var t tally
	count := 0
	for _, c := range d.Contracts {
		for _, i := range c.Interactions {
			t.add(i.Result)
			count++
		}
	}
	detail := fmt.Sprintf("%s, %s%s", plural(len(d.Contracts), "pact"), plural(count, "interaction"), &t)
	return Part{"contracts", detail, t.result()}, len(d.Contracts) > 0
}

func (d *Document) coveragePart() (Part, bool) {
	var calls, described, violating, judged, loaded, interactions, shown int
	for i := range d.Coverage {
		c := &d.Coverage[i]
		if c.Phase == "load" {
			judged += c.Calls() - c.Unjudged
			loaded += c.Violating
			continue
		}
		calls += c.Calls()
		described += c.Conforming + c.Violating
		violating += c.Violating
		interactions += c.Interactions
		shown += c.Shown
	}
	detail := fmt.Sprintf("%d of %s described by a contract, %d of %s shown", described, plural(calls, "call"), shown, plural(interactions, "interaction"))
	if calls+interactions == 0 && judged > 0 {
		detail = plural(judged, "answer") + " under load judged by contract"
	}
	result := CasePassed
	if violating > 0 {
		detail += fmt.Sprintf(", %d violating", violating)
		result = CaseFailed
	}
	if loaded > 0 {
		detail += fmt.Sprintf(", %d violating under load", loaded)
		result = CaseFailed
	}
	return Part{"coverage", detail, result}, len(d.Coverage) > 0
}

func (d *Document) expectationsPart() (Part, bool) {
	var t tally
	for _, e := range d.Expectations {
		t.add(e.Result)
	}
	return Part{"expectations", plural(len(d.Expectations), "expectation") + t.String(), t.result()}, len(d.Expectations) > 0
}

func (d *Document) loadPart() (Part, bool) {
	result := CasePassed
	var details []string
	for i := range d.Load {
		l := &d.Load[i]
		detail := fmt.Sprintf("%s, %.0f/s, p50 %s, p99 %s, %s", plural(int(l.Requests), "request"), l.AchievedRate,
			millis(l.Latency["p50"]), millis(l.Latency["p99"]), plural(int(l.Errors), "error"))
		for _, o := range l.Objectives {
			if o.Result == CaseFailed {
				result = CaseFailed
				detail += ", missed " + o.Text
			}
		}
		if missed := l.missedInFlows(); missed != "" {
			result = CaseFailed
			detail += missed
		}
		if !l.Valid {
			result = CaseFailed
			detail += ", INVALID: " + l.WhyInvalid
		}
		details = append(details, detail)
	}
	return Part{"load", strings.Join(details, "; "), result}, len(d.Load) > 0
}

func (d *Document) findingsPart() (Part, bool) {
	result := CasePassed
	warnings := 0
	for _, f := range d.Findings {
		if f.Warning {
			warnings++
		} else {
			result = CaseFailed
		}
	}
	detail := plural(len(d.Findings)-warnings, "finding")
	if warnings > 0 {
		detail += ", " + plural(warnings, "warning")
	}
	return Part{"findings", detail, result}, len(d.Findings) > 0
}

func (d *Document) publishPart() (Part, bool) {
	var details []string
	for _, p := range d.Publish {
		detail := fmt.Sprintf("%s to %s", plural(int(p.Sent), "span"), p.Endpoint)
		if p.Dropped > 0 {
			detail += fmt.Sprintf(", %d dropped", p.Dropped)
		}
		details = append(details, detail)
	}
	return Part{"publish", strings.Join(details, "; "), CasePassed}, len(d.Publish) > 0
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// millis is a duration in milliseconds for reading.
func millis(ms float64) string {
	switch {
	case ms >= 1000:
		return fmt.Sprintf("%.2f s", ms/1000)
	case ms >= 10:
		return fmt.Sprintf("%.0f ms", ms)
	case ms >= 1:
		return fmt.Sprintf("%.1f ms", ms)
	default:
		return fmt.Sprintf("%.0f µs", ms*1000)
	}
}
