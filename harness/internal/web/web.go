// Package web serves the page of a running system and the API behind it. It
// only reads: no request starts or changes anything.
package web

import (
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/seamtest/seam/dashboards"
	"github.com/seamtest/seam/harness/trace"
)

// A Source is what the page shows. Functions may be called at once; those
// that are nil leave their part of the page empty.
type Source struct {
	Name    string
	Entry   string    // URL that the world outside calls; "" without one
	OTLP    string    // where spans are received
	Started time.Time // of the system
	Hosts   []string  // names that the page answers to besides addresses and localhost

	Store     *trace.Store // never nil
	Services  func() []Service
	Edges     func() []Edge
	Contracts func() []Contract
	Logs      func(after uint64) (lines []Line, next uint64) // the oldest first
	Metrics   http.Handler
}

// A Service as the page shows it.
type Service struct {
	Name  string  `json:"name"`
	Kind  string  `json:"kind"`
	State string  `json:"state"` // "ready", "starting", "died" or "stopped"
	Why   string  `json:"why,omitempty"`
	Took  float64 `json:"ready_ms,omitempty"` // until it was ready
}

// An Edge as the page shows it.
type Edge struct {
	Edge     string `json:"edge"`
	Consumer string `json:"consumer"`
	Provider string `json:"provider"`
	URL      string `json:"url"`
	Requests int    `json:"requests"` // since the start
	Errors   int    `json:"errors"`   // since the start

	Rate  float64 `json:"rate"`        // per second over the last 10 s
	Share float64 `json:"error_share"` // of the exchanges of the last minute, 0 to 1
	P50   float64 `json:"p50_ms"`      // of the latest 1,000 exchanges, as those below
	P95   float64 `json:"p95_ms"`
	P99   float64 `json:"p99_ms"`

	Calls  []int `json:"calls"`  // by second over the last minute, the latest last
	Failed []int `json:"failed"` // of those
}

// A Contract is how the calls of an edge keep to what was agreed on it.
type Contract struct {
	Edge         string        `json:"edge"`
	Conforming   int64         `json:"conforming"`
	Violating    int64         `json:"violating"`
	Uncovered    int64         `json:"uncovered"`
	Unjudged     int64         `json:"unjudged"`
	Interactions []Interaction `json:"interactions"`
	Breaches     []Breach      `json:"breaches"`
}

// An Interaction of a contract, and how often it was seen.
type Interaction struct {
	Name       string `json:"name"`
	Calls      int64  `json:"calls"`
	Violations int64  `json:"violations"`
}

// A Breach is a kind of call that keeps to no agreement, with one example.
type Breach struct {
	Kind    string   `json:"kind"` // "violating" or "uncovered"
	Name    string   `json:"name"` // the interaction, or the method and path
	Count   int64    `json:"count"`
	Trace   string   `json:"trace,omitempty"`
	Reasons []Reason `json:"reasons"`
}

// A Reason is one difference of that example: where, and what was agreed and
// seen there. Its texts are short, as the page is sent them each second.
type Reason struct {
	Place    string `json:"place,omitempty"`
	Message  string `json:"message"`
	Expected string `json:"expected,omitempty"`
	Actual   string `json:"actual,omitempty"`
}

// A Line of a service's output.
type Line struct {
	N       uint64    `json:"n"` // counts up from 1
	At      time.Time `json:"at"`
	Service string    `json:"service"`
	Text    string    `json:"text"`
}

type server struct {
	Source
	listeners atomic.Int32
}

// Handler serves the page at /, the API below /api, and /metrics.
func Handler(source Source) (http.Handler, error) {
	files, err := fs.Sub(dashboards.UI, "ui")
	if err != nil {
		return nil, fmt.Errorf("page: %w", err)
	}
	s := &server{Source: source}
	mux := http.NewServeMux()
	mux.Handle("GET /", http.FileServerFS(files))
	mux.Handle("GET /metrics", source.Metrics)
	mux.HandleFunc("GET /api/system", s.system)
	mux.HandleFunc("GET /api/traces", s.list)
	mux.HandleFunc("GET /api/traces/{id}", s.one)
	mux.HandleFunc("GET /api/operations", s.operations)
	mux.HandleFunc("GET /api/logs", s.logs)
	mux.HandleFunc("GET /api/events", s.events)
	return guard(source.Hosts, mux), nil
}

// policy lets the page load its own files and nothing else, and makes the
// browser refuse to turn text into markup.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// guard refuses names that are not this machine's, so that a page elsewhere
// cannot read the run through a name that it makes point here (DNS rebinding),
// and what such a page asks for under the right name, which it could not read.
func guard(hosts []string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Server", "seam") // by which seam traces tells it from whoever else holds the port
		if host := hostname(r.Host); !answersTo(host, hosts) {
			http.Error(w, "this page answers to addresses and to localhost, not to "+strconv.Quote(host)+"; allow a name with --allow-host", http.StatusForbidden)
			return
		}
		if r.Header.Get("Sec-Fetch-Site") == "cross-site" && strings.HasPrefix(r.URL.Path, "/api/") {
			http.Error(w, "a page elsewhere may lead here, but not ask for data", http.StatusForbidden)
			return
		}
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-cache")
		next.ServeHTTP(w, r)
	})
}

func hostname(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return strings.ToLower(strings.Trim(host, "[]"))
}

func answersTo(host string, hosts []string) bool {
	return net.ParseIP(host) != nil || host == "localhost" || strings.HasSuffix(host, ".localhost") || slices.Contains(hosts, host)
}
