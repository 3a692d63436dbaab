package jaegertest

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"

	"github.com/seamtest/seam/harness/trace"
)

// A Difference is something that Jaeger does not keep, or does not show, as
// it was sent. Level does to a span what Jaeger does to it, and reports
// whether that changed anything; it may change the span's own fields and
// replace its lists, but nothing that they share.
type Difference struct {
	Name   string
	Reason string
	Level  func(*trace.Span) bool
}

// The differences of Jaeger 1.76.
var (
	NoSchema = Difference{
		"no schema URLs", "its memory storage copies resource and scope into each trace, without the URL beside them",
		func(s *trace.Span) bool {
			resource, scope := *s.Resource, *s.Scope
			resource.Schema, scope.Schema = "", ""
			changed := s.Resource.Schema+s.Scope.Schema != ""
			s.Resource, s.Scope = &resource, &scope
			return changed
		},
	}
	NoTime = Difference{
		"a span that took no time takes a nanosecond", "its pages divide by the duration, so it mends one that is not above zero and says so in an attribute",
		func(s *trace.Span) bool {
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
		"a service without a name gets one", "it finds services by their name",
		func(s *trace.Span) bool {
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
		"attributes sorted by key, events by name", "its pages show both so",
		func(s *trace.Span) bool {
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
		"no links to no trace", "there is nothing that its pages could open",
		func(s *trace.Span) bool {
			links := s.Links
			s.Links = slices.DeleteFunc(slices.Clone(links), func(l trace.Link) bool { return l.Trace.IsZero() })
			for range len(links) - len(s.Links) {
				warn(s, "Invalid span link removed")
			}
			return len(s.Links) < len(links)
		},
	}
)

// inOTLP is what a time comes to there: an unknown one is 1970.
func inOTLP(t time.Time) time.Time {
	if t.IsZero() {
		return time.Unix(0, 0).UTC()
	}
	return t
}

// warn adds to the attribute in which Jaeger says what it mended.
func warn(s *trace.Span, text string) {
	const key = "@jaeger@warnings"
	s.Attrs = slices.Clone(s.Attrs)
	for i := range s.Attrs {
		if s.Attrs[i].Key == key {
			s.Attrs[i].Value = attribute.StringSliceValue(append(s.Attrs[i].Value.AsStringSlice(), text))
			return
		}
	}
	s.Attrs = append(s.Attrs, attribute.StringSlice(key, []string{text}))
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
	leveled := make([]*trace.Span, len(ours))
	for i, s := range ours {
		span := *s
		for _, d := range l.table {
			if d.Level(&span) {
				l.met[d.Name]++
			}
		}
		leveled[i] = &span
	}
	theirs = slices.Clone(theirs)
	slices.SortFunc(leveled, byID)
	slices.SortFunc(theirs, byID)
	return gocmp.Diff(leveled, theirs, Equal)
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
