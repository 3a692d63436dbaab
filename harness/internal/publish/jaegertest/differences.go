package jaegertest

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"

	"github.com/seamtest/seam/harness/trace"
)

// A Difference is something that Jaeger does not keep, or does not show, as
// it was sent. Level does to our span what Jaeger does to it, Forgive undoes
// it on Jaeger's where it cannot be foretold, and both report whether that
// changed anything. They may change the span's own fields and replace its
// lists, but nothing that they share.
type Difference struct {
	Name    string
	Reason  string
	Level   func(*trace.Span) bool
	Forgive func(*trace.Span) bool
}

// The differences of Jaeger 1.76.
var (
	NoSchema = Difference{
		Name:   "no schema URLs",
		Reason: "its memory storage copies resource and scope into each trace, without the URL beside them",
		Level: func(s *trace.Span) bool {
			resource, scope := *s.Resource, *s.Scope
			resource.Schema, scope.Schema = "", ""
			changed := s.Resource.Schema+s.Scope.Schema != ""
			s.Resource, s.Scope = &resource, &scope
			return changed
		},
	}
	NoTime = Difference{
		Name:   "a span that took no time takes a nanosecond",
		Reason: "its pages divide by the duration, so it mends one that is not above zero and says so in an attribute",
		Level: func(s *trace.Span) bool {
			if s.Start.Before(s.End) {
				return false
			}
			was := inOTLP(s.End)
			s.End = inOTLP(s.Start).Add(time.Nanosecond)
			warn(s, fmt.Sprintf("Negative duration detected, sanitizing end timestamp. Original end timestamp: %s, adjusted to: %s", was, s.End))
			return true
		},
	}
	NoName = Difference{
		Name:   "a service without a name gets one",
		Reason: "it finds services by their name",
		Level: func(s *trace.Span) bool {
			if s.Resource.Service != "" {
				return false
			}
			resource := *s.Resource
			resource.Service = "missing-service-name"
			resource.Attrs = append(slices.Clone(resource.Attrs), attribute.String("service.name", resource.Service))
			s.Resource = &resource
			return true
		},
	}
	Sorted = Difference{
		Name:   "attributes sorted by key, events by name",
		Reason: "its pages show both so",
		Level: func(s *trace.Span) bool {
			resource, scope := *s.Resource, *s.Scope
			s.Resource, s.Scope = &resource, &scope
			lists := []*[]attribute.KeyValue{&s.Attrs, &resource.Attrs, &scope.Attrs}
			s.Events, s.Links = slices.Clone(s.Events), slices.Clone(s.Links)
			slices.SortStableFunc(s.Events, func(a, b trace.Event) int { return cmp.Compare(a.Name, b.Name) })
			for i := range s.Events {
				lists = append(lists, &s.Events[i].Attrs)
			}
			for i := range s.Links {
				lists = append(lists, &s.Links[i].Attrs)
			}
			changed := false
			for _, attrs := range lists {
				changed = sorted(attrs) || changed
			}
			return changed
		},
	}
	LinkToNothing = Difference{
		Name:   "no links to no trace",
		Reason: "there is nothing that its pages could open",
		Level: func(s *trace.Span) bool {
			links := s.Links
			s.Links = slices.DeleteFunc(slices.Clone(links), func(l trace.Link) bool { return l.Trace.IsZero() })
			for range len(links) - len(s.Links) {
				warn(s, "Invalid span link removed")
			}
			return len(s.Links) < len(links)
		},
	}
	ClockSkew = Difference{
		Name:    "remarks about clocks",
		Reason:  "its pages compare a span with its parent, and say so where that is unknown or ends before its child",
		Forgive: forgetSkew,
	}
)

func forgetSkew(s *trace.Span) bool {
	at := slices.IndexFunc(s.Attrs, func(a attribute.KeyValue) bool { return a.Key == warnings })
	if at < 0 {
		return false
	}
	all, _ := elements(s.Attrs[at].Value)
	kept := slices.DeleteFunc(slices.Clone(all), func(v attribute.Value) bool { return strings.Contains(v.AsString(), "clock skew adjustment") })
	s.Attrs = slices.Clone(s.Attrs)
	s.Attrs[at].Value = attribute.SliceValue(kept...)
	if len(kept) == 0 {
		s.Attrs = slices.Delete(s.Attrs, at, at+1)
	}
	return len(kept) < len(all)
}

// inOTLP is what a time comes to there: an unknown one is 1970.
func inOTLP(t time.Time) time.Time {
	if t.IsZero() {
		return time.Unix(0, 0).UTC()
	}
	return t
}

// warnings is the attribute in which Jaeger says what it mended.
const warnings = "@jaeger@warnings"

// warn adds to it.
func warn(s *trace.Span, text string) {
	s.Attrs = slices.Clone(s.Attrs)
	for i := range s.Attrs {
		if s.Attrs[i].Key == warnings {
			s.Attrs[i].Value = attribute.StringSliceValue(append(s.Attrs[i].Value.AsStringSlice(), text))
			return
		}
	}
	s.Attrs = append(s.Attrs, attribute.StringSlice(warnings, []string{text}))
}

func sorted(attrs *[]attribute.KeyValue) bool {
	byKey := func(a, b attribute.KeyValue) int { return cmp.Compare(a.Key, b.Key) }
	if slices.IsSortedFunc(*attrs, byKey) {
		return false
	}
	*attrs = slices.Clone(*attrs)
	slices.SortStableFunc(*attrs, byKey)
	return true
}

// A Ledger compares spans but for a table of differences, and remembers which
// of them it met. It is not safe for concurrent use.
type Ledger struct {
	table []Difference
	met   map[string]int
}

// Table makes a ledger.
func Table(table []Difference) *Ledger { return &Ledger{table, map[string]int{}} }

// Diff is "" where Jaeger has our spans, in any order, but for the differences.
func (l *Ledger) Diff(ours, theirs []*trace.Span) string {
	ours = l.each(ours, func(d Difference) func(*trace.Span) bool { return d.Level })
	theirs = l.each(theirs, func(d Difference) func(*trace.Span) bool { return d.Forgive })
	return gocmp.Diff(ours, theirs, Equal)
}

// each applies one side of the table to copies of the spans, sorted.
func (l *Ledger) each(spans []*trace.Span, side func(Difference) func(*trace.Span) bool) []*trace.Span {
	copies := make([]*trace.Span, len(spans))
	for i, s := range spans {
		span := *s
		for _, d := range l.table {
			if change := side(d); change != nil && change(&span) {
				l.met[d.Name]++
			}
		}
		copies[i] = &span
	}
	slices.SortFunc(copies, byID)
	return copies
}

func byID(a, b *trace.Span) int {
	return cmp.Or(bytes.Compare(a.ID[:], b.ID[:]), cmp.Compare(a.Service(), b.Service()), cmp.Compare(a.Kind, b.Kind))
}

// Unused names the differences that no span showed: Jaeger may have mended
// them, or nothing is sent any more that would show them.
func (l *Ledger) Unused() []string {
	var names []string
	for _, d := range l.table {
		if l.met[d.Name] == 0 {
			names = append(names, d.Name)
		}
	}
	return names
}
