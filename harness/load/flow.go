package load

import "time"

// A Flow is a sequence of requests that belong together, as one user sends
// them. Each arrival of the open model begins an iteration of one flow; in the
// closed model each connection is a user who begins one after the other.
//
// {{NAME}} in path, headers and body of a request stands for a value: of a row
// of Data ({{books.sku}}), extracted by an earlier step or by set-up, or one of
// {{seam.n}}, {{seam.uuid}}, {{seam.time}}, {{seam.random}} and {{seam.braces}}.
type Flow struct {
	Name   string `json:"name"`
	Weight int    `json:"weight,omitempty"` // how often it is chosen, compared with the others; default 1, negative: never
	Steps  []Step `json:"steps"`
}

// A Step is one request of a flow. A step that fails ends its iteration.
type Step struct {
	Name       string        `json:"name,omitempty"` // default: the request's method and path
	Request    Request       `json:"request"`
	Extract    []Extract     `json:"extract,omitempty"`
	Checks     []Check       `json:"checks,omitempty"`
	Think      time.Duration `json:"think,omitempty"`      // between its answer and when the next step is due
	ThinkMost  time.Duration `json:"think_most,omitempty"` // where it is more than Think: chance chooses between the two
	Objectives []string      `json:"objectives,omitempty"` // that the figures of this step must reach
	Verbatim   bool          `json:"verbatim,omitempty"`   // {{ in the request stands for itself

	// Next makes the request of the n-th iteration, verbatim, in place of
	// Request, which is an example of it and says where it goes. It is called
	// from many goroutines.
	Next func(n int) Request `json:"-"`
}

// Where a value stands in an answer.
const (
	FromJSON   = "json"   // at a JSON pointer (RFC 6901) into the body
	FromHeader = "header" // in a header
	FromRegex  = "regex"  // in the first group of a regular expression (RE2), or all that it matches
)

// An Extract takes a value from an answer. A value that is not there, is null
// or is longer than 64 KiB fails the step with the class "extract".
type Extract struct {
	Name string `json:"name"`
	From string `json:"from"`
	At   string `json:"at"` // the pointer, the header's name or the expression
}

// What a check looks at, besides those of an Extract.
const (
	OfStatus   = "status"
	OfContains = "contains" // At is in the body
	OfSize     = "max-size" // the body has at most Most bytes
)

// A Check is something that an answer must show; else the step fails with the
// class "check".
type Check struct {
	Name   string `json:"name,omitempty"` // default: what must hold
	Of     string `json:"of"`
	At     string `json:"at,omitempty"`
	Status int    `json:"status,omitempty"`
	Most   int64  `json:"most,omitempty"`
	Equals string `json:"equals,omitempty"` // of json and header, with Held
	Held   bool   `json:"held,omitempty"`   // it must be equal, not only there
	Absent bool   `json:"absent,omitempty"` // it must not be there
}

// A Feeder is a file of values, one row an iteration: CSV with a header, a
// JSON array of objects, or an object a line.
type Feeder struct {
	Name   string `json:"name"`
	File   string `json:"file"`
	Random bool   `json:"random,omitempty"` // rows by chance; else in turn, again from the first after the last
}
