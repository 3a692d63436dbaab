// Package system reads seam.yaml: the services of a system, who calls whom,
// and what is asked of them. It parses and checks; it starts nothing.
//
// The types below are the format. A field with the tag `yaml` is a key of the
// file; reader, JSON Schema (seam.schema.json) and reference
// (docs/seam-yaml.md) all come from the fields: key and form from `yaml`, what
// holds without the key from `default`, an example from `eg`, bounds from
// `range`, the words allowed from `oneof`, and the description from the
// comment, which therefore speaks of keys and not of fields.
package system

//go:generate go test -run ^TestGenerated -update .

import "time"

// A Spec is one seam.yaml, checked: every reference resolves, every default
// is filled in, every path is absolute.
type Spec struct {
	File   string         // absolute path of the seam.yaml; its folder is the root of relative paths
	Source []byte         // the text of File, for Fault to quote; nil where there was no file
	Places map[string]Pos // of the keys that the file has, such as services.web.port; see Place

	// Version of the format.
	Version int `yaml:"seam" range:"1 1" required:"yes" eg:"1"`
	// Name of the system, for people. Without it: the name of the folder.
	Name string `yaml:"name" eg:"shop"`
	// The parties of the system by name: a lower-case DNS label, and neither
	// entry nor seam. All start side by side but for after.
	Services []Service `yaml:"services" required:"yes" eg:"{ web: { run: [./web] } }"`
	// Where the world outside comes in: a service, or a mapping. Without it:
	// the only service that nobody calls.
	Entry Entry `yaml:"entry" eg:"web"`
	// Traffic for seam test, step by step: requests to the entry, or commands.
	Drive []Step `yaml:"drive" eg:"[{ request: { path: / } }]"`
	// Pacts to verify against the running system.
	Contracts []Contract `yaml:"contracts" eg:"[{ pacts: pacts/*.json }]"`
	// What must hold for the traces of the drive.
	Expect []Expectation `yaml:"expect" eg:"[{ trace: GET /, that: errors == 0 }]"`
	// Load runs, one after the other.
	Load []Load `yaml:"load" eg:"[{ rate: 100/s, for: 10s, request: { path: / } }]"`
	// Where every span is sent on to, and how loads run.
	Publish []Publish `yaml:"publish" eg:"[{ otlp: \"http://127.0.0.1:4318\" }]"`
	// How much of the traffic the contracts must cover. Without it: nothing is asked.
	Coverage Coverage `yaml:"coverage" eg:"{ calls: 100%, interactions: 80% }"`
}

// A Service is one party of the system. Exactly one of run, url and stub says
// how it comes to life.
type Service struct {
	Name string
	Pos  Pos
	_    struct{} `exactly:"run url stub" eg:"run: [./web], or url: http://127.0.0.1:8080, or stub: { pacts: pacts/*.json }"`

	// Program and arguments that build it, in dir, before the ready limit
	// begins. No shell takes part.
	Build []string `yaml:"build,command" eg:"[go, build, -o, bin/web, ./cmd/web]"`
	// Program and arguments of the service; it finds its port in $PORT. No
	// shell takes part; where one is needed: [sh, -c, "exec ./web $PORT"].
	Run []string `yaml:"run,command" eg:"[./web]"`
	// Base URL of a service that already runs.
	URL string `yaml:"url,url" eg:"http://127.0.0.1:8080"`
	// Played from its pacts in place of a program.
	Stub *Stub `yaml:"stub" eg:"{ pacts: pacts/*.json }"`

	// Folder that build and run start in. Without it: that of seam.yaml.
	Dir string `yaml:"dir,path" default:"." eg:"services/web"`
	// Environment of build and run, on top of seam's own and of what seam
	// hands over: PORT, the addresses of calls, and the OTEL_* and JAEGER_*
	// variables that lead its spans to seam.
	Env map[string]string `yaml:"env,env" eg:"{ LOG_LEVEL: debug }"`
	// Port that it listens on. Without it: a free one. Always handed over as $PORT.
	Port int `yaml:"port" range:"1 65535" eg:"8080"`
	// How it shows that it can be called. Without it: it takes a TCP connection.
	Ready Ready `yaml:"ready" eg:"{ http: /healthz, within: 30s }"`
	// Services that must be ready before it starts.
	After []string `yaml:"after,services" eg:"[db]"`
	// Services that it calls; each is an edge, and finds its address in $PROVIDER_URL.
	Calls []Call `yaml:"calls" eg:"[orders]"`
	// Its spans are waited for, even before it ever sent one.
	Instrumented bool `yaml:"instrumented" default:"false" eg:"true"`
	// How it is ended: SIGTERM, then SIGKILL to its whole process group.
	Stop Stop `yaml:"stop" eg:"{ within: 5s }"`
}

// A Stub plays a provider from pact files.
type Stub struct {
	// Files, folders, globs or URLs of the pacts it is played from.
	Pacts []string `yaml:"pacts,pacts" required:"yes" eg:"pacts/*.json"`
	// Regular expression (RE2): only interactions with such a provider state answer. Without it: all.
	State string `yaml:"state,pattern" eg:"stock is empty"`
	// Request header whose value names the provider state to answer from.
	StateHeader string `yaml:"state-header" eg:"X-Provider-State"`
	// How long each answer takes.
	Latency time.Duration `yaml:"latency,duration0" default:"0s" eg:"20ms"`
}

// Ready says how a service shows that it can be called. At most one of http,
// log and tcp is given; without any, an accepted TCP connection is enough.
type Ready struct {
	_ struct{} `atmost:"http log tcp" eg:"http: /healthz"`

	// Path that must answer 2xx or 3xx.
	HTTP string `yaml:"http,route" eg:"/healthz"`
	// Regular expression (RE2) that a line of its output must match.
	Log string `yaml:"log,pattern" eg:"listening on"`
	// It takes a TCP connection: the default, written out.
	TCP bool `yaml:"tcp" eg:"true"`
	// How long it may take.
	Within time.Duration `yaml:"within" default:"60s" eg:"60s"`
}

// Stop says how a service is ended: SIGTERM, then SIGKILL to the whole group.
type Stop struct {
	// How long it may take after SIGTERM.
	Within time.Duration `yaml:"within" default:"5s" eg:"5s"`
}

// A Call is an edge: the service that holds it calls another. A service's
// name alone is a call with every default.
type Call struct {
	Pos Pos

	// The service that is called.
	Provider string `yaml:"service,service,short" required:"yes" eg:"orders"`
	// Variable that hands the edge's address to the caller. Without it: the
	// service's name in capitals and _URL, such as ORDERS_URL.
	Env string `yaml:"env,variable" eg:"ORDERS_URL"`
	// The variable's value, with {url} {host} {port} {addr} for parts of the address.
	Value string `yaml:"value,template" default:"{url}" eg:"\"{host}:{port}\""`
	// Fixed address of the edge. Without it: a free port of 127.0.0.1.
	Listen string `yaml:"listen,address" default:"127.0.0.1:0" eg:"127.0.0.1:9001"`
	// Lets listen name an address that other machines reach.
	Expose bool `yaml:"expose" default:"false" eg:"true"`
	// What crosses the edge; tcp passes raw, gRPC over TLS and databases included.
	Protocol string `yaml:"protocol" oneof:"http tcp" default:"http" eg:"tcp"`
}

// Entry is the edge from outside the system. A service's name alone is an
// entry with every default.
type Entry struct {
	Pos Pos

	// Who answers. Without it: the only service that nobody calls.
	Service string `yaml:"service,service,short" eg:"web"`
	// Fixed address of the entry. Without it: a free port of 127.0.0.1.
	Listen string `yaml:"listen,address" default:"127.0.0.1:0" eg:"127.0.0.1:8000"`
	// Lets listen name an address that other machines reach.
	Expose bool `yaml:"expose" default:"false" eg:"true"`
}

// A Step of the drive is either a request to the entry or a command that runs
// with SEAM_ENTRY_URL and TRACEPARENT in its environment.
type Step struct {
	Pos Pos
	_   struct{} `exactly:"request run" eg:"request: { path: / }, or run: [npm, test]"`

	// Name in reports. Without it: the request's method and path, or the command.
	Name string `yaml:"name" eg:"buy a book"`
	// A request to the entry.
	Request *Request `yaml:"request" eg:"{ path: / }"`
	// Program and arguments that run with SEAM_ENTRY_URL and TRACEPARENT set. No shell takes part.
	Run []string `yaml:"run,command" eg:"[npm, test]"`
	// Folder that run starts in. Without it: that of seam.yaml.
	Dir string `yaml:"dir,path" default:"." eg:"e2e"`
	// How often the step is taken.
	Times int `yaml:"times" range:"1 100000" default:"1" eg:"3"`
	// How long each time may take.
	Within time.Duration `yaml:"within" default:"30s" eg:"30s"`
	// What goes wrong on edges meanwhile. A step whose faults strike no call has failed.
	Faults []EdgeFault `yaml:"faults" eg:"[{ edge: web->orders, latency: 2s }]"`
}

// A Request to the entry.
type Request struct {
	// Method. Without it: GET, or POST where there is a body.
	Method string `yaml:"method,method" eg:"POST"`
	// Path with its query.
	Path string `yaml:"path,route" required:"yes" eg:"/books?page=1"`
	// Headers by name.
	Headers map[string]string `yaml:"headers,headers" eg:"{ Accept: application/json }"`
	// Body: text as it is; any other value becomes JSON, with its
	// Content-Type where headers name none.
	Body []byte `yaml:"body,body" eg:"{ items: [1] }"`
	// Status that the answer must have. Without it: any below 500; in a load, below 400.
	Status int `yaml:"status" range:"100 599" eg:"201"`
}

// A Contract names pacts to verify against the running system.
type Contract struct {
	Pos Pos

	// Files, folders, globs or URLs of pacts.
	Pacts []string `yaml:"pacts,pacts" required:"yes" eg:"pacts/*.json"`
	// Only the pacts of this provider, which is a service. Without it: of all.
	Provider string `yaml:"provider,service" eg:"orders"`
	// Only the pacts of this consumer. Without it: of all.
	Consumer string `yaml:"consumer" eg:"web"`
	// Path of the provider, or URL, that provider states are posted to. Without it: none are set up.
	States string `yaml:"states,states" eg:"/_pact/states"`
	// Also post each state with the action teardown.
	Teardown bool `yaml:"teardown" default:"false" eg:"true"`
	// Path of the provider, or URL, that is posted the description of a message and answers with it. Without it: the provider's root.
	Messages string `yaml:"messages,states" eg:"/_pact/messages"`
	// Headers that are added to every request.
	Headers map[string]string `yaml:"headers,headers" eg:"{ Authorization: \"Bearer ${TOKEN:-none}\" }"`
	// What the provider's own calls meet meanwhile: its real providers, or
	// stubs that are played from the same pacts.
	Downstream string `yaml:"downstream" oneof:"real stub" default:"real" eg:"stub"`
}

// An Expectation on traces. Trace picks them by the entry's method and route
// ("POST /checkout"); that must hold for each.
type Expectation struct {
	Pos Pos

	// Name in reports. Without it: what must hold.
	Name string `yaml:"name" eg:"a checkout pays once"`
	// Method and route of the entry that pick the traces; * is any. Without it: all.
	Trace string `yaml:"trace" eg:"POST /checkout"`
	// What must hold for each of the traces, one expression or several
	// (docs/expectations.md).
	That []Expr `yaml:"that" required:"yes" eg:"errors == 0"`
	// Of the traces, only those are picked into which a fault of the drive was
	// injected. Without it: only the others.
	UnderFaults bool `yaml:"under-faults" default:"false" eg:"true"`
}

// An Expr is the text of an expression that a package further up compiles;
// Pos lets it report faults at their place in the file.
type Expr struct {
	Text string
	Pos  Pos
}

// Publish sends every span on to an OTLP endpoint, or metrics of the loads
// while they run, or both.
type Publish struct {
	Pos Pos

	// Base URL of the endpoint.
	OTLP string `yaml:"otlp,url" required:"yes" eg:"http://127.0.0.1:4318"`
	// Headers of every request.
	Headers map[string]string `yaml:"headers,headers" eg:"{ X-Tenant: ci }"`
	// How OTLP is spoken.
	Protocol string `yaml:"protocol" oneof:"http/protobuf grpc" default:"http/protobuf" eg:"grpc"`
	// What is sent: every span, metrics of the loads (docs/verbs/load.md#metrics), or both.
	Signals string `yaml:"signals" oneof:"traces metrics both" default:"traces" eg:"both"`
}

// Traces reports whether the endpoint takes spans.
func (p *Publish) Traces() bool { return p.Signals != "metrics" }

// Metrics reports whether the endpoint takes metrics of the loads.
func (p *Publish) Metrics() bool { return p.Signals == "metrics" || p.Signals == "both" }

// Coverage is what the contracts must cover of the traffic seen; 0 asks nothing.
type Coverage struct {
	Pos Pos // zero where the file asks nothing

	// Share of the calls of the drive between services that some interaction describes.
	Calls float64 `yaml:"calls,share" default:"0" eg:"100%"`
	// Share of the interactions that some call of the drive showed.
	Interactions float64 `yaml:"interactions,share" default:"0" eg:"80%"`
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
