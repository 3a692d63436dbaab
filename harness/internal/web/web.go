// Package web serves the page of a running system and the API behind it. It
// only reads: no request starts or changes anything.
package web

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/seamtest/seam/dashboards"
	"github.com/seamtest/seam/harness/trace"
)

// A Source is what the page shows. Every field is set; all may be called at once.
type Source struct {
	Name     string
	Entry    string
	Services func() []Service
	Edges    func() []Edge
	Find     func(trace.Query) []*trace.Trace
	Trace    func(trace.ID) (*trace.Trace, bool)
	Metrics  http.Handler
}

// A Service as the page shows it.
type Service struct {
	Name  string `json:"name"`
	Kind  string `json:"kind"`
	State string `json:"state"` // "ready", "starting" or "died"
}

// An Edge as the page shows it. Its figures cover the latest exchanges.
type Edge struct {
	Edge     string  `json:"edge"`
	Consumer string  `json:"consumer"`
	Provider string  `json:"provider"`
	URL      string  `json:"url"`
	Requests int     `json:"requests"`
	Errors   int     `json:"errors"`
	Rate     float64 `json:"rate"` // per second over the last 10 s
	P50      float64 `json:"p50_ms"`
	P99      float64 `json:"p99_ms"`
}

// mostTraces bounds what one request lists.
const mostTraces = 200

// Handler serves the page at /, the API below /api, and /metrics.
func Handler(source Source) (http.Handler, error) {
	files, err := fs.Sub(dashboards.UI, "ui")
	if err != nil {
		return nil, fmt.Errorf("page: %w", err)
	}
	s := server{source}
	mux := http.NewServeMux()
	mux.Handle("GET /", http.FileServerFS(files))
	mux.Handle("GET /metrics", source.Metrics)
	mux.HandleFunc("GET /api/system", s.system)
	mux.HandleFunc("GET /api/traces", s.list)
	mux.HandleFunc("GET /api/traces/{id}", s.one)
	return guard(mux), nil
}

// guard refuses names that are not this machine's, so that a page elsewhere
// cannot read the run through a name that it makes point here (DNS rebinding).
func guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		if ip := net.ParseIP(strings.Trim(host, "[]")); ip == nil && host != "localhost" && !strings.HasSuffix(host, ".localhost") {
			http.Error(w, "this page answers to addresses and to localhost, not to "+strconv.Quote(host), http.StatusForbidden)
			return
		}
		w.Header().Set("Content-Security-Policy", "default-src 'self'; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		next.ServeHTTP(w, r)
	})
}

type server struct{ Source }

func (s server) system(w http.ResponseWriter, _ *http.Request) {
	write(w, map[string]any{"name": s.Name, "entry": s.Entry, "services": s.Services(), "edges": s.Edges()})
}

func (s server) list(w http.ResponseWriter, r *http.Request) {
	query, err := queryOf(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	found := s.Find(query)
	if r.Header.Get("Accept") == "text/plain" {
		for _, t := range found {
			fmt.Fprintln(w, line(t))
		}
		return
	}
	rows := make([]row, 0, len(found))
	for _, t := range found {
		rows = append(rows, rowOf(t))
	}
	write(w, rows)
}

func queryOf(r *http.Request) (trace.Query, error) {
	form := r.URL.Query()
	q := trace.Query{Service: form.Get("service"), Operation: form.Get("operation"), Edge: form.Get("edge"), Failed: form.Get("failed") == "true", Limit: 50}
	if text := form.Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return q, fmt.Errorf("limit %q: must be a number from 1 to %d", text, mostTraces)
		}
		q.Limit = min(n, mostTraces)
	}
	if text := form.Get("min"); text != "" {
		d, err := time.ParseDuration(text)
		if err != nil {
			return q, fmt.Errorf("min %q: must be a duration such as 20ms", text)
		}
		q.MinDuration = d
	}
	return q, nil
}

func (s server) one(w http.ResponseWriter, r *http.Request) {
	var id trace.ID
	text := r.PathValue("id")
	if n, err := hex.Decode(id[:], []byte(text)); err != nil || len(text) != 2*len(id) || n != len(id) {
		http.Error(w, "a trace id has 32 hexadecimal digits", http.StatusBadRequest)
		return
	}
	t, ok := s.Trace(id)
	if !ok {
		http.Error(w, "no trace "+text+": it never came, or it left the bounded store", http.StatusNotFound)
		return
	}
	if r.Header.Get("Accept") == "text/plain" {
		_ = trace.Draw(w, t, trace.DrawConfig{}) // the reader has gone
		return
	}
	write(w, whole(t))
}

func write(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(value) // an error here is a reader that has gone
}
