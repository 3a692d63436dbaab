package system

import "time"

// A Load is one load run against the entry or a URL.
type Load struct {
	Pos Pos
	_   struct{} `exactly:"rate stages connections replay" eg:"rate: 200/s"`
	_   struct{} `exactly:"request requests call flows pacts" eg:"request: { path: / }"`

	// Name in reports. Without it: such as "200/s for 5s".
	Name string `yaml:"name" eg:"customers"`
	// Requests per second that are due, however slow the answers (open model);
	// with flows: how many of them begin.
	Rate float64 `yaml:"rate,rate" eg:"200/s"`
	// Stretches of the run, each with a rate of its own: the open model with
	// steps and ramps. They say how long the run is.
	Stages []Stage `yaml:"stages" eg:"[{ rate: 50/s, for: 10s }, { rate: 50/s..500/s, for: 30s }]"`
	// Connections that each send their next request after an answer (closed model).
	Connections int `yaml:"connections" range:"1 100000" eg:"64"`
	// File of recorded arrivals to repeat: one a line, in seconds or with a
	// unit, or as times of day (RFC 3339), counted from the first.
	Replay string `yaml:"replay,path" eg:"arrivals.csv"`
	// Whether requests are spaced evenly, or come by chance and independently
	// of one another; with rate or stages.
	Arrivals string `yaml:"arrivals" oneof:"even poisson" default:"even" eg:"poisson"`
	// Of all chance in the run: the same seed makes the same run.
	Seed int `yaml:"seed" range:"0 2147483647" default:"0" eg:"7"`
	// Length of the run; must be given with rate and connections. Without it:
	// as long as the recorded arrivals.
	For time.Duration `yaml:"for" eg:"30s"`
	// Time before it that is left out of the figures.
	WarmUp time.Duration `yaml:"warm-up,duration0" default:"0s" eg:"5s"`
	// Base URL of another target; of a call grpc://, or grpcs:// over TLS.
	// Without it: the entry.
	URL string `yaml:"url,target" eg:"http://127.0.0.1:8080"`
	// What is spoken. Without it: what the server offers, HTTP/1.1 without TLS.
	Protocol string `yaml:"protocol" oneof:"http/1.1 h2 h2c" eg:"h2c"`
	// Requests at once on one connection of HTTP/2 or gRPC. Without it: 1 with connections, else 100.
	Streams int `yaml:"streams" range:"1 10000" eg:"50"`
	// Takes any certificate of a server.
	Insecure bool `yaml:"insecure" default:"false" eg:"true"`
	// After which a request has failed.
	Timeout time.Duration `yaml:"timeout" default:"30s" eg:"5s"`
	// Requests in flight at most, in the open model; more wait and count as late.
	MaxInFlight int `yaml:"max-in-flight" range:"1 100000" default:"4096" eg:"256"`
	// How many of the requests ask to be traced.
	SampleEvery int `yaml:"sample,sample" default:"1 in 1" eg:"1 in 10"`

	// The request that is sent, or with the key requests a list of which each
	// is sent in turn.
	Requests []Request `yaml:"requests,or=request" eg:"[{ path: /books }, { path: /books/1 }]"`
	// The call of gRPC that is sent (docs/verbs/load.md#grpc-and-http2).
	Call *LoadCall `yaml:"call" eg:"{ method: shop.v1.Orders/Get, message: { sku: tea } }"`
	// Sequences of requests, of which each arrival begins one, chosen by weight
	// (docs/scenarios.md).
	Flows []Flow `yaml:"flows" eg:"[{ steps: [{ request: { path: / } }] }]"`
	// Contracts whose interactions are the requests, each answer judged by its
	// own (docs/scenarios.md).
	Pacts *LoadPacts `yaml:"pacts" eg:"{ consumer: web, provider: orders }"`
	// Files of values by name; {{books.sku}} in a flow is the column sku of books.
	Data []Feeder `yaml:"data" eg:"{ books: { file: books.csv } }"`
	// Requests that are sent once before the run; what they extract, every flow may use.
	SetUp []FlowStep `yaml:"set-up" eg:"[{ request: { method: POST, path: /login }, extract: { token: { json: /token } } }]"`
	// Requests that are sent once after the run.
	TearDown []FlowStep `yaml:"tear-down" eg:"[{ request: { method: POST, path: /logout } }]"`
	// What the figures must reach, such as p99<200ms, errors<0.1% or rate>=500/s.
	Objectives []Expr `yaml:"objectives" eg:"[p99<200ms, errors<0.1%]"`
	// Objectives that end the run as soon as one is broken.
	Abort []Expr `yaml:"abort" eg:"[errors<50%]"`
	// What goes wrong on edges meanwhile, the warm-up included.
	Faults []EdgeFault `yaml:"faults" eg:"[{ edge: web->orders, status: 503, share: 10% }]"`
}

// A Stage is a stretch of a load run.
type Stage struct {
	Pos Pos

	// Requests per second, or from how many to how many; 0/s is a pause.
	Rate RateRange `yaml:"rate,rates" required:"yes" eg:"50/s..500/s"`
	// How long it is.
	For time.Duration `yaml:"for" required:"yes" eg:"30s"`
}

// A RateRange goes evenly from one rate per second to another.
type RateRange struct{ From, To float64 }

// A Feeder is a file whose rows the iterations of a load take values from.
type Feeder struct {
	Name string
	Pos  Pos

	// CSV with a header, or JSON: an array of objects, or an object a line.
	File string `yaml:"file,path" required:"yes" eg:"books.csv"`
	// Whether iterations take its rows one after the other, again from the
	// start after the last, or by chance.
	Order string `yaml:"order" oneof:"in-turn random" default:"in-turn" eg:"random"`
}

// A Flow is a sequence of requests that belong together.
type Flow struct {
	Pos Pos

	// Name in reports. Without it: such as "flow 1".
	Name string `yaml:"name" eg:"buy"`
	// How often it is chosen, compared with the other flows; 0 is never.
	Weight int `yaml:"weight" range:"0 1000000" default:"1" eg:"3"`
	// Its requests, in their order. A step that fails ends the iteration.
	Steps []FlowStep `yaml:"steps" required:"yes" eg:"[{ request: { path: /books } }]"`
}

// A FlowStep is one request of a flow and what is done with its answer.
// {{NAME}} in path, headers and body of the request stands for a value, and so
// it does in equals and contains of a check.
type FlowStep struct {
	Pos Pos

	// Name in reports. Without it: the request's method and path.
	Name string `yaml:"name" eg:"list"`
	// The request.
	Request Request `yaml:"request" required:"yes" eg:"{ path: /books }"`
	// Values to take from the answer, by the names that later steps use.
	Extract []Extract `yaml:"extract" eg:"{ sku: { json: /0/sku } }"`
	// What the answer must show; else the step has failed.
	Checks []Check `yaml:"check" eg:"[{ json: /id }]"`
	// Time between the answer and the next step, or the bounds of one that is
	// chosen by chance.
	Think Think `yaml:"think,think" default:"0s" eg:"200ms..2s"`
	// What the figures of this step must reach.
	Objectives []Expr `yaml:"objectives" eg:"[p99<200ms]"`
}

// A Think is how long a user waits between two steps; equal bounds leave no
// choice.
type Think struct{ Least, Most time.Duration }

// An Extract says where in an answer a value stands.
type Extract struct {
	Name string
	Pos  Pos
	From string   // the key that is given: json, header or regex
	_    struct{} `exactly:"json header regex" eg:"json: /0/sku"`

	// JSON pointer (RFC 6901) into the body.
	JSON string `yaml:"json,pointer" eg:"/0/sku"`
	// Name of a header.
	Header string `yaml:"header,token" eg:"Location"`
	// Regular expression (RE2) that the body is searched for: the value is its
	// first group, or all of it where it has none.
	Regex string `yaml:"regex,pattern" eg:"'id=([0-9]+)'"`
}

// A Check is something that an answer must show.
type Check struct {
	Pos  Pos
	From string   // the key that is given: status, json, header, regex, contains or max-size
	Held bool     // equals is given
	_    struct{} `exactly:"status json header regex contains max-size" eg:"json: /id"`

	// Name in reports. Without it: what must hold.
	Name string `yaml:"name" eg:"an order has an id"`
	// Status of the answer.
	Status int `yaml:"status" range:"100 599" eg:"201"`
	// JSON pointer (RFC 6901) to a value of the body.
	JSON string `yaml:"json,pointer" eg:"/id"`
	// Name of a header.
	Header string `yaml:"header,token" eg:"Content-Type"`
	// Regular expression (RE2) that must be found in the body.
	Regex string `yaml:"regex,pattern" eg:"'total=[0-9]+'"`
	// Text that must be in the body.
	Contains string `yaml:"contains" eg:"thank you"`
	// Size that the body may have at most, in bytes.
	MaxSize int `yaml:"max-size" range:"0 1073741824" eg:"65536"`
	// What the header, or the value at the pointer, must be. Without it: it must be there.
	Equals string `yaml:"equals" eg:"application/json"`
	// Whether the header, or the value at the pointer, must be there at all.
	Exists bool `yaml:"exists" default:"true" eg:"true"`
}

// A LoadCall is a call of gRPC that a load sends. On its way over an edge it is
// traced and counted as every request is.
type LoadCall struct {
	Pos Pos

	// What is called, as in package.Service/Method.
	Method string `yaml:"method,call" required:"yes" eg:"shop.v1.Orders/Get"`
	// The service of this file that is called, over an edge from outside.
	// Without it: the entry.
	Service string `yaml:"service,service" eg:"orders"`
	// The message as protobuf has it in JSON, or a list of messages where the
	// client streams. Without it: one empty message.
	Message []byte `yaml:"message,body" eg:"{ sku: tea }"`
	// Files that describe the method. Without it: the server tells of itself,
	// by reflection.
	Proto []string `yaml:"proto,paths" eg:"orders.proto"`
	// Folders that imports of proto are looked for in. Without it: that of
	// seam.yaml, and that of each file.
	ImportPath []string `yaml:"import-path,paths" eg:"[api]"`
	// Metadata by name; the value of a name that ends in -bin is in base64.
	Metadata map[string]string `yaml:"metadata,headers" eg:"{ X-Tenant: load }"`
	// Status that counts as success.
	Status string `yaml:"status" oneof:"OK CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS PERMISSION_DENIED RESOURCE_EXHAUSTED FAILED_PRECONDITION ABORTED OUT_OF_RANGE UNIMPLEMENTED INTERNAL UNAVAILABLE DATA_LOSS UNAUTHENTICATED" default:"OK" eg:"NOT_FOUND"`
	// What each message of the answer must show, as JSON with all its fields;
	// header is metadata.
	Checks []Check `yaml:"check" eg:"[{ json: /sku, equals: tea }]"`
}

// LoadPacts are contracts whose interactions are the requests of a load. Their
// provider states are set up once before it.
type LoadPacts struct {
	Pos Pos

	// Files, folders, globs or URLs of pacts. Without it: those of contracts,
	// with their states, teardown and headers.
	Files []string `yaml:"files,pacts" eg:"pacts/*.json"`
	// Only the pacts of this consumer. Without it: of all.
	Consumer string `yaml:"consumer" eg:"web"`
	// Only the pacts of this provider, which is loaded. Without it: the one
	// that all have.
	Provider string `yaml:"provider,service" eg:"orders"`
	// Path of the provider, or URL, that provider states are posted to.
	States string `yaml:"states,states" eg:"/_pact/states"`
	// Also post each state with the action teardown, after the load.
	Teardown bool `yaml:"teardown" default:"false" eg:"true"`
	// Headers that are added to every request.
	Headers map[string]string `yaml:"headers,headers" eg:"{ X-Tenant: load }"`
	// How often each interaction is asked for, compared with the others, by its
	// description; 0 is never, one that is not named counts 1. Or: as often as
	// the traffic of the drive shows it.
	Weights Weights `yaml:"weights,weights" eg:"{ a charge: 3, a refund: 0 }"`
	// What the figures of single interactions must reach, by their descriptions.
	Objectives []Demand `yaml:"objectives,demands" eg:"{ a charge: p99<50ms }"`
}

// Weights say how often each interaction of a load is asked for.
type Weights struct {
	Traces bool           // as often as traffic shows them
	Of     map[string]int // by description
}

// A Demand is what the figures of an interaction must reach.
type Demand struct {
	Description string
	Pos         Pos
	That        []Expr
}
