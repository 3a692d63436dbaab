package match

import (
	"fmt"

	"github.com/seamtest/seam/contracts"
)

// A Plan is an interaction made ready for matching: its rules resolved, its
// regular expressions compiled, its example bodies parsed. It does not change
// and may be used by many goroutines at once.
type Plan struct {
	of       *contracts.Interaction
	request  *requestPlan
	response *responsePlan
	messages []*messagePlan
}

// Compile prepares an interaction. It fails where a rule cannot be understood:
// a path expression outside the grammar, a size or a status that is no number.
// A regular expression or a date format that cannot be read is reported as a
// mismatch where it applies, as other implementations do.
func Compile(i *contracts.Interaction) (*Plan, error) {
	p := &Plan{of: i}
	var err error
	if i.Request != nil {
		if p.request, err = newRequestPlan(i.Request); err != nil {
			return nil, fmt.Errorf("interaction %q: request: %w", i.Description, err)
		}
	}
	if i.Response != nil {
		if p.response, err = newResponsePlan(i.Response); err != nil {
			return nil, fmt.Errorf("interaction %q: response: %w", i.Description, err)
		}
	}
	for n := range i.Messages {
		m, err := newMessagePlan(&i.Messages[n])
		if err != nil {
			return nil, fmt.Errorf("interaction %q: message %d: %w", i.Description, n, err)
		}
		p.messages = append(p.messages, m)
	}
	return p, nil
}

// Interaction is what was compiled.
func (p *Plan) Interaction() *contracts.Interaction { return p.of }

// Request compares a request as it was on the wire with the agreed one and
// returns every mismatch: method, path, query, headers, body, in this order.
// It allocates nothing when a JSON request matches.
func (p *Plan) Request(got *contracts.Request) []Mismatch {
	if p.request == nil {
		return []Mismatch{{Part: PartMethod, Message: "The interaction has no request"}}
	}
	return p.request.compare(got)
}

// Response compares a response with the agreed one: status, headers, body.
func (p *Plan) Response(got *contracts.Response) []Mismatch {
	if p.response == nil {
		return []Mismatch{{Part: PartStatus, Message: "The interaction has no response"}}
	}
	return p.response.compare(got)
}

// Message compares message n of the interaction: 0 is the one of an
// asynchronous interaction and the request of a synchronous one.
func (p *Plan) Message(n int, got *contracts.Message) []Mismatch {
	if n < 0 || n >= len(p.messages) {
		return []Mismatch{{Part: PartBody, Message: fmt.Sprintf("The interaction has no message %d", n)}}
	}
	return p.messages[n].compare(got)
}

// Request compares once. Whoever compares often compiles the interaction.
func Request(want, got *contracts.Request) []Mismatch {
	p, err := newRequestPlan(want)
	if err != nil {
		return unusable(err)
	}
	return p.compare(got)
}

// Response compares once.
func Response(want, got *contracts.Response) []Mismatch {
	p, err := newResponsePlan(want)
	if err != nil {
		return unusable(err)
	}
	return p.compare(got)
}

// Message compares once.
func Message(want, got *contracts.Message) []Mismatch {
	p, err := newMessagePlan(want)
	if err != nil {
		return unusable(err)
	}
	return p.compare(got)
}

func unusable(err error) []Mismatch {
	return []Mismatch{{Part: PartBody, Path: "$", Message: "The contract cannot be used: " + err.Error()}}
}

type requestPlan struct {
	method  textPlan
	path    textPlan
	query   queryPlan
	headers headerPlan
	body    *bodyPlan
}

func newRequestPlan(want *contracts.Request) (*requestPlan, error) {
	p := &requestPlan{}
	var err error
	if p.method, err = newTextPlan(want.Method, want.Rules["method"]); err != nil {
		return nil, fmt.Errorf("method: %w", err)
	}
	if p.path, err = newTextPlan(want.Path, want.Rules["path"]); err != nil {
		return nil, fmt.Errorf("path: %w", err)
	}
	if p.query, err = newQueryPlan(want.Query, want.Rules["query"]); err != nil {
		return nil, fmt.Errorf("query: %w", err)
	}
	if p.headers, err = newHeaderPlan(want.Headers, want.Rules["header"]); err != nil {
		return nil, fmt.Errorf("headers: %w", err)
	}
	if p.body, err = newBodyPlan(&want.Body, want.Rules["body"], true); err != nil {
		return nil, fmt.Errorf("body: %w", err)
	}
	if p.body.typeRules, err = headerRules("Content-Type", want.Rules["header"]); err != nil {
		return nil, fmt.Errorf("headers: %w", err)
	}
	return p, nil
}

func (p *requestPlan) compare(got *contracts.Request) []Mismatch {
	var found []Mismatch
	found = compareMethod(found, &p.method, got.Method)
	found = p.path.compare(found, PartPath, got.Path)
	found = p.query.compare(found, got.Query)
	found = p.headers.compare(found, got.Headers)
	return p.body.compare(found, &got.Body)
}

type responsePlan struct {
	status  statusPlan
	headers headerPlan
	body    *bodyPlan
}

func newResponsePlan(want *contracts.Response) (*responsePlan, error) {
	p := &responsePlan{}
	var err error
	if p.status, err = newStatusPlan(want.Status, want.Rules["status"]); err != nil {
		return nil, fmt.Errorf("status: %w", err)
	}
	if p.headers, err = newHeaderPlan(want.Headers, want.Rules["header"]); err != nil {
		return nil, fmt.Errorf("headers: %w", err)
	}
	if p.body, err = newBodyPlan(&want.Body, want.Rules["body"], false); err != nil {
		return nil, fmt.Errorf("body: %w", err)
	}
	if p.body.typeRules, err = headerRules("Content-Type", want.Rules["header"]); err != nil {
		return nil, fmt.Errorf("headers: %w", err)
	}
	return p, nil
}

func (p *responsePlan) compare(got *contracts.Response) []Mismatch {
	found := p.status.compare(nil, got.Status)
	found = p.headers.compare(found, got.Headers)
	return p.body.compare(found, &got.Body)
}

type messagePlan struct {
	body     *bodyPlan
	metadata metadataPlan
}

// newMessagePlan compiles a message; none of them is held to its keys strictly.
func newMessagePlan(want *contracts.Message) (*messagePlan, error) {
	p := &messagePlan{}
	var err error
	if p.body, err = newBodyPlan(&want.Contents, want.Rules["body"], false); err != nil {
		return nil, fmt.Errorf("contents: %w", err)
	}
	p.body.message = true
	if p.metadata, err = newMetadataPlan(want.Metadata, want.Rules["metadata"]); err != nil {
		return nil, fmt.Errorf("metadata: %w", err)
	}
	return p, nil
}

func (p *messagePlan) compare(got *contracts.Message) []Mismatch {
	found := p.body.compare(nil, &got.Contents)
	return p.metadata.compare(found, got.Metadata)
}
