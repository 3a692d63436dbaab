package web

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seamtest/seam/harness/trace"
)

const (
	mostTraces   = 200  // that one request lists
	mostSearched = 2000 // newest traces that a search for text looks through, and of which the slowest are taken
)

// overview is the system as it stands.
func (s *server) overview() map[string]any {
	stats := s.Store.Stats()
	return map[string]any{
		"name": s.Name, "entry": s.Entry, "otlp": s.OTLP, "started": s.Started, "now": time.Now(),
		"services": ask(s.Services), "edges": ask(s.Edges), "contracts": ask(s.Contracts),
		"store": map[string]any{"traces": stats.Traces, "spans": stats.Spans, "bytes": stats.Bytes, "max_bytes": stats.MaxBytes, "evicted": stats.EvictedTraces},
	}
}

// ask never yields nil, so that the page finds a list in any case.
func ask[T any](of func() []T) []T {
	if of != nil {
		if all := of(); all != nil {
			return all
		}
	}
	return []T{}
}

func (s *server) system(w http.ResponseWriter, _ *http.Request) { write(w, s.overview()) }

func (s *server) list(w http.ResponseWriter, r *http.Request) {
	query, err := queryOf(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	text := strings.ToLower(strings.TrimSpace(r.FormValue("text")))
	var found []row
	switch order := r.FormValue("sort"); order {
	case "":
		found = s.find(query, text)
	case "slowest":
		found = s.slowest(query, text)
	default:
		http.Error(w, fmt.Sprintf("sort %q: must be slowest, or absent for the newest first", order), http.StatusBadRequest)
		return
	}
	if why := s.unknown(query); len(found) == 0 && why != "" && r.FormValue("strict") == "true" {
		http.Error(w, why, http.StatusNotFound)
		return
	}
	if r.Header.Get("Accept") == "text/plain" {
		for i := range found {
			fmt.Fprintln(w, found[i].line())
		}
		return
	}
	write(w, found)
}

// find picks the newest traces; text must be in a name, an attribute, an
// event, a message or the id.
func (s *server) find(query trace.Query, text string) []row {
	found := []row{}
	if text == "" {
		for _, sum := range s.Store.Summaries(query) {
			found = append(found, rowOf(&sum))
		}
		return found
	}
	limit := query.Limit
	query.Limit = mostSearched
	for _, t := range s.Store.Find(query) {
		if len(found) == limit {
			break
		}
		if contains(t, text) {
			sum := t.Summary()
			found = append(found, rowOf(&sum))
		}
	}
	return found
}

// slowest picks those that took longest, or whose call on the edge asked for did.
func (s *server) slowest(query trace.Query, text string) []row {
	limit := query.Limit
	query.Limit = mostSearched
	found := []row{}
	for _, t := range s.Store.Find(query) {
		if text != "" && !contains(t, text) {
			continue
		}
		sum := t.Summary()
		r := rowOf(&sum)
		r.OnEdge = longest(t, query.Edge)
		found = append(found, r)
	}
	slices.SortStableFunc(found, func(a, b row) int {
		return cmp.Or(cmp.Compare(b.OnEdge, a.OnEdge), cmp.Compare(b.Millis, a.Millis))
	})
	return found[:min(len(found), limit)]
}

// longest is how long the slowest call of a trace on an edge took, in
// milliseconds; 0 where no edge is asked for.
func longest(t *trace.Trace, edge string) float64 {
	most := time.Duration(0)
	for _, span := range t.Spans {
		if edge != "" && span.IsEdge() && span.Edge() == edge {
			most = max(most, span.Duration())
		}
	}
	return millis(most)
}

func queryOf(r *http.Request) (trace.Query, error) {
	form := r.URL.Query()
	q := trace.Query{
		Service: form.Get("service"), Operation: form.Get("operation"), Edge: form.Get("edge"), Phase: form.Get("phase"),
		Failed: form.Get("failed") == "true", Limit: 50,
	}
	if text := form.Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > mostTraces {
			return q, fmt.Errorf("limit %q: must be a number from 1 to %d", text, mostTraces)
		}
		q.Limit = n
	}
	if text := form.Get("min"); text != "" {
		d, err := time.ParseDuration(text)
		if err != nil || d < 0 {
			return q, fmt.Errorf("min %q: must be a duration such as 20ms", text)
		}
		q.MinDuration = d
	}
	return q, nil
}

func (s *server) one(w http.ResponseWriter, r *http.Request) {
	id, why := s.named(r.PathValue("id"))
	if why != "" {
		http.Error(w, why, http.StatusBadRequest)
		return
	}
	t, ok := s.Store.Trace(id)
	if !ok {
		http.Error(w, "no trace "+id.String()+": it never came, or it left the bounded store", http.StatusNotFound)
		return
	}
	if r.Header.Get("Accept") == "text/plain" {
		cfg := trace.DrawConfig{Details: r.FormValue("details") == "true"}
		if cfg.Details {
			cfg.Rows = mostBars
		}
		_ = trace.Draw(w, t, cfg) // the reader has gone
		return
	}
	write(w, whole(t))
}

func (s *server) operations(w http.ResponseWriter, r *http.Request) {
	names := s.Store.Operations(r.FormValue("service"))
	write(w, ask(func() []string { return names[:min(len(names), mostTraces)] }))
}

func (s *server) logs(w http.ResponseWriter, r *http.Request) {
	after, err := strconv.ParseUint(r.FormValue("after"), 10, 64)
	if err != nil && r.FormValue("after") != "" {
		http.Error(w, "after: must be the number of the last line that was read", http.StatusBadRequest)
		return
	}
	lines, next := []Line{}, after
	if s.Logs != nil {
		var more []Line
		more, next = s.Logs(after)
		lines = append(lines, more...)
	}
	write(w, map[string]any{"lines": lines, "next": next})
}

func write(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false) // an edge is named with an arrow
	_ = encoder.Encode(value)    // an error here is a reader that has gone
}
