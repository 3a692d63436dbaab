package report

import (
	"fmt"
	"regexp"
	"strings"
)

// What to do about a failure, in the words that stand after "next:".
const (
	nextOfDrive       = "see who answered so in the trace; `seam test --logs` shows what the services say meanwhile"
	nextOfExpectation = "the tree shows where it broke; repair the service there, or change the expectation if the system is right"
	nextOfObjective   = "the table of edges says where the time goes; the slowest traces are the ones to open"
	nextOfInvalid     = "give the load generator room: a lower rate, or fewer other programs at the same time"
)

// nextOfFinding by kind; a kind that is not here says itself what to do.
var nextOfFinding = map[string]string{
	"context-lost":   "have the consumer pass the header traceparent on: wrap its HTTP client, or instrument it with OpenTelemetry",
	"service-died":   "`seam up` runs it with its output on the terminal",
	ContractViolated: "repair the provider, or, if its answer is right, change the consumer's test and write the pact anew",
	"fault-idle":     "have something cross the edge meanwhile, or give the fault another edge, method or path",
	CoverageTooLow:   "write consumer tests for the calls that nobody describes, drive what was never shown, or lower `coverage:`",
}

func nextOfInteraction(d *Document, c Contract, i Interaction) string {
	next := fmt.Sprintf("repair %s, or, if its answer is right, change %s's test and write the pact anew", c.Provider, c.Consumer)
	if i.Error != "" && len(i.Mismatches) == 0 {
		next = "mend what stood in the way; whether " + c.Provider + " keeps to the contract is not known"
	}
	if d.File == "" {
		return next
	}
	return next + "; then `seam verify --provider " + shell(c.Provider) + " --description " + shell("^"+regexp.QuoteMeta(i.Description)+"$") + "`"
}

// shell quotes a word for a shell where it needs to be.
func shell(word string) string {
	if word != "" && strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./") == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
