// Package system reads seam.yaml: the services of a system, who calls whom,
// and what is asked of them. It parses and checks; it starts nothing.
package system

import "time"

// A Spec is one seam.yaml, checked: every reference resolves, every default
// is filled in, every path is absolute.
type Spec struct {
	File string // absolute path of the seam.yaml; its folder is the root of relative paths
	Name string // of the system; default: the folder's name

	Source []byte // the text of File, for Fault to quote; nil where there was no file

	Services  []Service // in the order of the file
	Entry     Entry
	Drive     []Step
	Contracts []Contract
	Expect    []Expectation
	Load      []Load
	Publish   []Publish
	Coverage  Coverage
}

// A Service is one party of the system. Exactly one of Run, URL and Stub says
// how it comes to life.
type Service struct {
	Name  string
	Pos   Pos
	Build []string // argv that runs in Dir before the ready limit counts; nil: nothing to build
	Run   []string // argv
	URL   string   // base URL of a service that already runs
	Stub  *Stub    // played from its pacts

	Dir          string            // absolute; where Build and Run start
	Env          map[string]string // on top of seam's own environment and what is injected
	Port         int               // 0: chosen by seam; always handed over as PORT
	Ready        Ready
	After        []string // services that must be ready before this one starts
	Calls        []Call
	Instrumented bool // its spans are waited for, even before it sent one
	Stop         Stop
}

// A Stub plays a provider from pact files.
type Stub struct {
	Pacts []string // absolute paths, folders or globs
}

// Ready says how a service shows that it can be called. At most one of HTTP
// and Log is set; with neither, an accepted TCP connection is enough.
type Ready struct {
	HTTP   string        // path that must answer 2xx or 3xx
	Log    string        // regular expression that a line of its output must match
	Within time.Duration // default 60 s
}

// Stop says how a service is ended: SIGTERM, then SIGKILL to the whole group.
type Stop struct {
	Within time.Duration // default 5 s
}

// A Call is an edge: the service that holds it calls Provider.
type Call struct {
	Provider string
	Pos      Pos
	Env      string // variable that hands the edge's URL to the consumer; default PROVIDER_URL
	Value    string // template of its value: {url} {host} {port} {addr}; default {url}
	Listen   string // fixed address of the edge; default 127.0.0.1:0, a free port
	Protocol string // "http" (default) or "tcp" (passed raw, gRPC included)
}

// Entry is the edge from outside the system.
type Entry struct {
	Service string // who answers; default: the only service that nobody calls; "" only where nothing needs it
	Listen  string // default 127.0.0.1:0, a free port
	Pos     Pos
}

// A Step of the drive is either a request to the entry or a command that runs
// with SEAM_ENTRY_URL and TRACEPARENT in its environment.
type Step struct {
	Name    string // default: the request's method and path, or the command
	Pos     Pos
	Request *Request
	Run     []string
	Dir     string        // absolute
	Times   int           // default 1
	Within  time.Duration // per request or command; default 30 s
}

// A Request to the entry.
type Request struct {
	Method  string // default GET, POST with a body
	Path    string // with its query
	Headers map[string]string
	Body    []byte // what is not a string in the file becomes JSON, with its Content-Type unless Headers has one
	Status  int    // that the answer must have; 0: below 500
}

// A Contract names pacts to verify against the running system.
type Contract struct {
	Pos        Pos
	Pacts      []string          // absolute paths, folders or globs, or http(s) URLs
	Provider   string            // only pacts of this provider; "": all
	Consumer   string            // only pacts of this consumer; "": all
	States     string            // path or URL that is posted provider states; "": no set-up
	Teardown   bool              // also post states with action teardown
	Headers    map[string]string // added to every request
	Downstream string            // "real" (default) or "stub": what the provider's own calls meet
}

// An Expectation on traces. Trace picks them by the entry's method and route
// ("POST /checkout"); That must hold for each.
type Expectation struct {
	Name  string // default: what must hold
	Pos   Pos
	Trace string
	That  []Expr
}

// An Expr is the text of an expression that a package further up compiles;
// Pos lets it report faults at their place in the file.
type Expr struct {
	Text string
	Pos  Pos
}

// A Load is one load run against the entry or a URL.
type Load struct {
	Name        string // default: such as "200/s for 5s"
	Pos         Pos
	Rate        float64       // requests per second, open model
	Connections int           // closed model; 0 with Rate
	For         time.Duration // length of the run
	WarmUp      time.Duration // excluded from the figures
	URL         string        // default: the entry
	Requests    []Request     // sent in turn; at least one
	Objectives  []Expr        // "p99<200ms", "errors<0.1%"
}

// Publish sends every span on to an OTLP endpoint.
type Publish struct {
	Pos      Pos
	OTLP     string // base URL of OTLP over HTTP, such as http://127.0.0.1:4318
	Headers  map[string]string
	Protocol string // "http/protobuf" (default) or "grpc"
}

// Coverage is what the contracts must cover of the traffic seen; 0 asks nothing.
type Coverage struct {
	Pos          Pos     // zero where the file asks nothing
	Calls        float64 // share of exchanges that some interaction describes, 0 to 1
	Interactions float64 // share of interactions that some exchange showed, 0 to 1
}

// A Pos is a place in the file, counted from 1; the zero value is "nowhere".
type Pos struct{ Line, Column int }

// An Edge is the seam between a consumer and a provider. The empty consumer
// is the world outside, so the entry is the edge {"", Entry.Service}.
type Edge struct{ Consumer, Provider string }

// String is "consumer->provider", the consumer "entry" for the world outside.
func (e Edge) String() string {
	if e.Consumer == "" {
		return "entry->" + e.Provider
	}
	return e.Consumer + "->" + e.Provider
}

// Edges lists every edge of the system: the entry first (where there is one),
// then the calls in the order of the file.
func (s *Spec) Edges() []Edge {
	var edges []Edge
	if s.Entry.Service != "" {
		edges = append(edges, Edge{Provider: s.Entry.Service})
	}
	for i := range s.Services {
		for _, call := range s.Services[i].Calls {
			edges = append(edges, Edge{s.Services[i].Name, call.Provider})
		}
	}
	return edges
}

// Service finds a service by name; nil where there is none.
func (s *Spec) Service(name string) *Service {
	for i := range s.Services {
		if s.Services[i].Name == name {
			return &s.Services[i]
		}
	}
	return nil
}
