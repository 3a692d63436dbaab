package check

import (
	"errors"

	"github.com/seamtest/seam/harness/load"
	"github.com/seamtest/seam/harness/load/descriptor"
)

// Answers are what the answers to calls of gRPC must show, as a value that can
// be handed to another process.
type Answers struct {
	Described []byte       `json:"described"` // see descriptor.From
	Method    string       `json:"method"`
	Checks    []load.Check `json:"checks"`
}

// classMessage is the class of answers whose messages cannot be read.
const classMessage = "message"

// judge makes what holds each message of an answer against the checks; an
// answer without any is held against them as nothing.
func (a *Answers) judge() (func(*load.Answer) string, error) {
	schema, err := descriptor.From(a.Described)
	if err != nil {
		return nil, err
	}
	service, name, err := descriptor.Split(a.Method)
	if err != nil {
		return nil, err
	}
	method, err := schema.Method(service, name)
	if err != nil {
		return nil, err
	}
	checks, faults := load.NewChecks(a.Checks)
	if len(faults) > 0 {
		return nil, errors.New(faults[0].Error())
	}
	return func(answer *load.Answer) string {
		messages, err := method.Decode(answer.Body)
		if err != nil {
			return classMessage
		}
		if len(messages) == 0 && !answer.Cut {
			messages = [][]byte{nil}
		}
		for _, message := range messages {
			if broken := checks.Broken(answer.Status, answer.Header, message); broken != "" {
				return "check " + broken
			}
		}
		return ""
	}, nil
}
