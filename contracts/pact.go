// Package contracts holds Pact contracts, versions 1 to 4, as values: read,
// write, merge, generate. It does no I/O beyond an io.Reader and an io.Writer
// and knows nothing of a running system.
package contracts

import "encoding/json"

// A Version of the Pact specification.
type Version uint8

// The versions of the specification.
const (
	V1 Version = iota + 1
	V1_1
	V2
	V3
	V4
)

// A Pact is a contract between a consumer and a provider.
type Pact struct {
	Consumer, Provider string
	Version            Version
	Interactions       []Interaction
	Metadata           map[string]json.RawMessage // without pactSpecification
	Unknown            map[string]json.RawMessage // top-level members that the specification does not name
}

// A Kind says what an interaction is about.
type Kind uint8

// The kinds of V4; V1 to V3 pacts hold HTTP or AsyncMessage only.
const (
	HTTP Kind = iota
	AsyncMessage
	SyncMessage
)

// An Interaction is one thing that a consumer relies on. Request and Response
// are set for HTTP; Messages for the others: the one message of AsyncMessage,
// or the request followed by its responses for SyncMessage.
type Interaction struct {
	Kind        Kind
	ID          string // the broker's _id
	Key         string
	Description string
	States      []State
	Pending     bool
	Transport   string
	Comments    map[string]json.RawMessage // testname, text, references, ...
	Plugins     map[string]json.RawMessage // pluginConfiguration
	Markup      json.RawMessage            // interactionMarkup
	Unknown     map[string]json.RawMessage // kept and written back

	Request  *Request
	Response *Response
	Messages []Message
}

// A State is a provider state: what must be true before the request is sent.
type State struct {
	Name   string
	Params map[string]any // JSON values; numbers are json.Number
}

// A Request as the consumer sends it.
type Request struct {
	Method     string              // upper case
	Path       string              // as on the wire, percent-encoded
	Query      map[string][]string // decoded
	Headers    map[string][]string // names as written
	Body       Body
	Rules      Rules
	Generators Generators
	Unknown    map[string]json.RawMessage // kept and written back
}

// A Response as the consumer needs it.
type Response struct {
	Status     int
	Headers    map[string][]string
	Body       Body
	Rules      Rules
	Generators Generators
	Unknown    map[string]json.RawMessage // kept and written back
}

// A Message is the content of a message interaction.
type Message struct {
	Contents   Body
	Metadata   map[string]any // JSON values; numbers are json.Number
	Rules      Rules
	Generators Generators
	Unknown    map[string]json.RawMessage // kept and written back
}

// Presence tells the ways for a body to be absent from one another.
type Presence uint8

// The presences of a body.
const (
	Missing Presence = iota // not mentioned: anything goes
	Null                    // JSON null
	Empty                   // ""
	Present
)

// A Body is content with its type.
type Body struct {
	Presence    Presence
	Content     []byte // decoded bytes, JSON as its text
	ContentType string // declared or found; "" is unknown
	Hint        string // contentTypeHint of V4: "BINARY", "TEXT" or ""
}

// Rules are matching rules by category ("path", "query", "header", "body",
// "status", "method", "metadata") and key: a path expression for body and
// metadata, a name for header and query, "" for path, method and status.
type Rules map[string]map[string]RuleList

// A RuleList is what applies at one key: all of them, or any.
type RuleList struct {
	Rules []Rule
	Any   bool // combine: OR
}

// A Rule is one matcher with its arguments. Match is the canonical name:
// "type", "regex", "equality", "integer", "decimal", "number", "boolean",
// "null", "include", "date", "time", "datetime", "contentType", "values",
// "eachKey", "eachValue", "arrayContains", "semver", "statusCode", "notEmpty".
// "min", "max", "min-type" and "max-type" are read as "type" with min and max.
// Any other name belongs to a plugin and is kept as it was written.
type Rule struct {
	Match    string
	Args     map[string]any // "regex", "min", "max", "value", "format", "status"; numbers are json.Number
	Variants []Variant      // of arrayContains
	Each     []Rule         // "rules" of eachKey and eachValue
}

// A Variant is one thing that an arrayContains rule looks for: the element of
// the expected list at Index, matched by rules whose paths start at it. Where
// Rules is nil the element is looked for as it is.
type Variant struct {
	Index      int
	Rules      map[string]RuleList
	Generators map[string]Generator
}

// Generators by category and key, like Rules.
type Generators map[string]map[string]Generator

// A Generator makes a fresh value in place of an example.
type Generator struct {
	Type string
	Args map[string]any // numbers are json.Number
}
