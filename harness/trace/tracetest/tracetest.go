// Package tracetest writes traces down as text, so that a test shows at a
// glance what it is about:
//
//	entry->gateway POST /checkout 0-100 201
//	  gateway: POST /checkout 1-99
//	    gateway->orders GET /orders/{id} 10-50 500 path=/orders/7
//
// A line is a span: an exchange on an edge, or "service: name". Two more
// spaces of indent put it below the line above. Then come start and end in
// milliseconds, and words: an exchange's status, "error", "client", "internal"
// or "orphan" (its parent never comes), and attributes as key=value. Blank
// lines part traces. Exchanges belong to phase drive unless phase= says else.
package tracetest

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"github.com/seamtest/seam/harness/trace"
)

// Epoch is millisecond 0 of every trace.
var Epoch = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// ID is that of the n-th trace of a text, counted from 1.
func ID(n int) (id trace.ID) {
	binary.BigEndian.PutUint64(id[8:], uint64(n))
	return id
}

// SpanID is that of the span on the n-th line of a text, counted from 1;
// blank lines before the first span do not count.
func SpanID(n int) (id trace.SpanID) {
	binary.BigEndian.PutUint64(id[:], uint64(n))
	return id
}

// T is what is needed of a test: *testing.T, *rapid.T and others have it.
type T interface {
	Helper()
	Fatalf(format string, args ...any)
}

// One reads a text that holds one trace.
func One(t T, text string) *trace.Trace {
	t.Helper()
	all := Read(t, text)
	if len(all) != 1 {
		t.Fatalf("the text holds %d traces, wanted one:\n%s", len(all), text)
	}
	return all[0]
}

// Read reads the traces of a text.
func Read(t T, text string) []*trace.Trace {
	t.Helper()
	var traces []*trace.Trace
	var spans []*trace.Span
	var above []*trace.Span // the span at each depth of the line before
	flush := func() {
		if len(spans) > 0 {
			traces = append(traces, trace.New(spans[0].Trace, spans...))
		}
		spans, above = nil, nil
	}
	for i, line := range strings.Split(strings.TrimLeft(text, "\n"), "\n") {
		body := strings.TrimLeft(line, " \t")
		if body == "" {
			flush()
			continue
		}
		span, err := parse(body)
		depth := depthOf(line)
		if err != nil || depth > len(above) {
			t.Fatalf("line %d %q at depth %d: %v", i+1, line, depth, err)
		}
		span.Trace, span.ID = ID(len(traces)+1), SpanID(i+1)
		if depth > 0 {
			span.Parent = above[depth-1].ID
		} else if strings.Contains(body, " orphan") {
			span.Parent = SpanID(1000 + i)
		}
		above = append(above[:depth], span)
		spans = append(spans, span)
	}
	flush()
	return traces
}

// depthOf lets a text be indented by tabs as a whole, as tests are.
func depthOf(line string) int {
	line = strings.TrimLeft(line, "\t")
	return (len(line) - len(strings.TrimLeft(line, " "))) / 2
}

var form = regexp.MustCompile(`^(\S+->\S+|[^ :]*:) (.*?) ?(-?[0-9.]+)-(-?[0-9.]+)((?: \S+)*)$`)

func parse(body string) (*trace.Span, error) {
	part := form.FindStringSubmatch(strings.TrimRight(body, " "))
	if part == nil {
		return nil, fmt.Errorf(`wanted "a->b NAME start-end words" or "service: NAME start-end words"`)
	}
	s := &trace.Span{Name: part[2], Kind: trace.Server, Flags: 1, Start: at(part[3]), End: at(part[4]), Scope: &trace.Scope{}}
	words := strings.Fields(part[5])
	consumer, provider, isEdge := strings.Cut(part[1], "->")
	if !isEdge {
		service := strings.TrimSuffix(part[1], ":")
		s.Resource = &trace.Resource{Service: service, Attrs: []attribute.KeyValue{attribute.String("service.name", service)}}
		return s, apply(s, words)
	}
	s.Resource, s.Scope = &trace.Resource{Service: provider}, &trace.Scope{Name: trace.EdgeScope}
	if consumer == "entry" {
		consumer = ""
	}
	set(s, string(trace.EdgeConsumer), consumer)
	set(s, string(trace.EdgeProvider), provider)
	set(s, string(trace.EdgePhase), "drive")
	if method, path, ok := strings.Cut(s.Name, " "); ok {
		set(s, "http.request.method", method)
		set(s, "http.route", path)
		set(s, "url.path", path)
	}
	return s, apply(s, words)
}

func at(ms string) time.Time {
	n, _ := strconv.ParseFloat(ms, 64)
	return Epoch.Add(time.Duration(n * float64(time.Millisecond)))
}

func apply(s *trace.Span, words []string) error {
	kinds := map[string]trace.Kind{"client": trace.Client, "internal": trace.Internal, "consumer": trace.Consumer}
	for _, word := range words {
		key, value, isAttr := strings.Cut(word, "=")
		status, err := strconv.Atoi(word)
		switch {
		case isAttr:
			set(s, cmp.Or(map[string]string{"phase": "seam.phase", "path": "url.path", "context": "seam.context"}[key], key), value)
		case err == nil:
			answer(s, status)
		case word == "error":
			s.Code = trace.Error
		case kinds[word] != 0:
			s.Kind = kinds[word]
		case word != "orphan":
			return fmt.Errorf("unknown word %q", word)
		}
	}
	return nil
}

func answer(s *trace.Span, status int) {
	s.Attrs = append(s.Attrs, attribute.Int("http.response.status_code", status))
	if status >= 500 {
		s.Code = trace.Error
		set(s, "error.type", strconv.Itoa(status))
	}
}

// set gives the span an attribute, in the place of one of that key.
func set(s *trace.Span, key, text string) {
	value := attribute.StringValue(text)
	if text == "true" || text == "false" {
		value = attribute.BoolValue(text == "true")
	}
	for i := range s.Attrs {
		if s.Attrs[i].Key == attribute.Key(key) {
			s.Attrs[i].Value = value
			return
		}
	}
	s.Attrs = append(s.Attrs, attribute.KeyValue{Key: attribute.Key(key), Value: value})
}
