package compat

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/seamtest/seam/contracts"
	"github.com/seamtest/seam/contracts/match"
)

// comparison is one request held against another.
type comparison struct {
	expected, actual contracts.Request
	found            []match.Mismatch
}

var comparisonSteps = []definition{
	{`an expected request with an? "([^"]+)" header of "([^"]+)"`, func(w *world, name, value string) error {
		w.expected = requestWithHeader(name, value)
		return nil
	}},
	{`a request is received with an? "([^"]+)" header of "([^"]+)"`, func(w *world, name, value string) error {
		w.actual = requestWithHeader(name, value)
		return nil
	}},
	{`the request is compared to the expected one`, func(w *world) error {
		w.found = match.Request(&w.expected, &w.actual)
		return nil
	}},
	{`the comparison should be OK`, func(w *world) error { return same(0, len(w.found)) }},
	{`the comparison should NOT be OK`, func(w *world) error {
		if len(w.found) == 0 {
			return fmt.Errorf("nothing differs")
		}
		return nil
	}},
	{`the mismatches will contain a mismatch with error "([^"]+)" -> "(.+)"`, func(w *world, name, message string) error {
		blanks := strings.ReplaceAll(regexp.QuoteMeta(message), regexp.QuoteMeta(`\s*`), `\s*`)
		expression := regexp.MustCompile(blanks + "$") // a header's message begins with its name; the suite leaves that out
		if !slices.ContainsFunc(w.found, func(m match.Mismatch) bool { return m.Pointer == name && expression.MatchString(m.Message) }) {
			return fmt.Errorf("not among %+v", w.found)
		}
		return nil
	}},
}

func requestWithHeader(name, value string) contracts.Request {
	return contracts.Request{Method: "GET", Path: "/", Headers: map[string][]string{name: contracts.SplitHeader(name, value)}}
}
