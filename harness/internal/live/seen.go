package live

import (
	"strings"

	"github.com/seamtest/seam/contracts"
	"github.com/seamtest/seam/contracts/cover"
	"github.com/seamtest/seam/contracts/match"
	"github.com/seamtest/seam/harness/edge"
)

// seenOf is an exchange as contracts speak of it, or why it cannot be judged.
func seenOf(x *edge.Exchange) (seen cover.Seen, why string) {
	path, query, _ := strings.Cut(x.Target, "?")
	request, answer := x.RequestBody(), x.ResponseBody()
	switch {
	case request.Truncated && x.RequestBytes < edge.CaptureLimit:
		return seen, Unread
	case request.Truncated || answer.Truncated:
		return seen, TooLarge
	case request.Encoded != "" || answer.Encoded != "":
		return seen, "a body's content coding is not known: " + request.Encoded + answer.Encoded
	}
	asked, answered := x.RequestHeader(), x.ResponseHeader()
	return cover.Seen{
		Request: &contracts.Request{
			Method: x.Method, Path: path, Query: contracts.ParseQuery(query), Headers: asked,
			Body: contracts.NewBody(request.Bytes, asked.Get("Content-Type")),
		},
		Response: &contracts.Response{
			Status: x.Status, Headers: answered, Body: contracts.NewBody(answer.Bytes, answered.Get("Content-Type")),
		},
		Route: edge.RedactTarget(x.Route), Example: x.Trace.String(),
	}, ""
}

// Redact makes of a mismatch what may be kept: a secret's own value goes, that
// of the contract too, and whatever secrets stand within other values.
func Redact(m match.Mismatch) match.Mismatch {
	if !secret(m) {
		expected, actual := keepable(m.Expected), keepable(m.Actual)
		if told := m.Expected == m.Actual || expected != actual; told {
			m.Message = edge.RedactOutput(requoted(requoted(m.Message, m.Actual, actual), m.Expected, expected))
			m.Expected, m.Actual = expected, actual
			return m
		}
	}
	if m.Expected != "" {
		m.Expected = edge.Redacted
	}
	if m.Actual != "" {
		m.Actual = edge.Redacted
	}
	m.Message = "the value, which is a secret, is not as agreed"
	return m
}

// keepable is a value without the secrets in it, quoted from an exchange or alone.
func keepable(value string) string { return edge.RedactOutput(edge.RedactText(value)) }

// requoted is a message that quotes what may be kept of a value.
func requoted(message, value, kept string) string {
	if value == kept {
		return message
	}
	return strings.ReplaceAll(message, strings.Trim(value, `"`), strings.Trim(kept, `"`))
}

func secret(m match.Mismatch) bool {
	switch m.Part {
	case match.PartHeader, match.PartQuery:
		return edge.SecretField(m.Pointer)
	case match.PartBody:
		for member := range strings.SplitSeq(m.Pointer+"/"+lastOf(m.Path), "/") {
			if member != "" && edge.SecretMember(member) {
				return true
			}
		}
	}
	return false
}

// lastOf is the last name in a path such as $.a.b; bodies that are not JSON
// have no pointer.
func lastOf(path string) string {
	return path[strings.LastIndexAny(path, ".[")+1:]
}
