package load

import (
	"bytes"
	"net/http"
	"strconv"
	"sync/atomic"
)

// What is kept of an answer that somebody looks at.
const (
	mostSeen     = 1 << 20   // bytes of a body
	mostSeenAll  = 256 << 20 // bytes of all bodies at a time
	keptCaptures = 64 << 10  // bytes of buffers that a spare capture may hold on to
)

// A seen is what has been kept of an answer: its headers as lines "Name: value",
// each with a line feed, and the beginning of its body.
type seen struct {
	status  int
	headers []byte
	body    []byte
	cut     bool // the body goes on
	size    int64
	needs   needs
	left    *atomic.Int64 // bytes that all may still keep; nil: as many as they like
	scratch []byte
	wanted  []byte // what it is held against
}

func (a *seen) reset() {
	a.status, a.size, a.cut = 0, 0, false
	a.headers, a.body = a.headers[:0], a.body[:0]
}

// header is the first value of the header.
func (a *seen) header(name string) ([]byte, bool) {
	for rest := a.headers; len(rest) > 0; {
		line, after, _ := bytes.Cut(rest, []byte{'\n'})
		rest = after
		if len(line) > len(name) && line[len(name)] == ':' && equalFold(line[:len(name)], name) {
			return bytes.Trim(line[len(name)+1:], " \t"), true
		}
	}
	return nil, false
}

// equalFold compares names of headers: letters of either case are the same.
func equalFold(b []byte, name string) bool {
	for i, c := range b {
		d := name[i]
		if c != d && (c|0x20 != d|0x20 || c|0x20 < 'a' || c|0x20 > 'z') {
			return false
		}
	}
	return true
}

// keepHeaders keeps what net/http has read.
func (a *seen) keepHeaders(all http.Header) {
	for name, values := range all {
		for _, value := range values {
			a.headers = append(a.headers, name...)
			a.headers = append(a.headers, ": "...)
			a.headers = append(a.headers, value...)
			a.headers = append(a.headers, '\n')
		}
	}
}

// answer is the same for Judge, whose own it is.
func (a *seen) answer(m *mark, label string) *Answer {
	header := http.Header{}
	for line := range bytes.SplitSeq(a.headers, []byte{'\n'}) {
		if name, value, ok := bytes.Cut(line, []byte{':'}); ok {
			header.Add(string(name), string(bytes.Trim(value, " \t")))
		}
	}
	return &Answer{N: m.n, Label: label, Trace: m.trace.String(), Due: m.due, Status: a.status, Header: header, Body: bytes.Clone(a.body), Cut: a.cut}
}

// look holds an answer against the checks of a step and takes its values into
// the session. It returns the class of what is wrong, and which of the step's
// named things it is, counted from 1.
func (s *stepPlan) look(a *seen, in *session) (class string, which int) {
	for i := range s.checks {
		if !s.checks[i].holds(a, in) {
			return classCheck, i + 1
		}
	}
	for i := range s.takes {
		if !s.takes[i].take(a, &in.values[s.takes[i].slot]) {
			return classExtract, len(s.checks) + i + 1
		}
	}
	return "", 0
}

func (c *checking) holds(a *seen, in *session) bool {
	a.wanted, _ = c.text.render(a.wanted[:0], in) // as it is: it may hold anything
	switch c.Of {
	case OfStatus:
		return a.status == c.Status
	case OfSize:
		return a.size <= c.Most
	case OfContains:
		return bytes.Contains(a.body, a.wanted)
	case FromRegex:
		return c.regex.Match(a.body)
	case FromHeader:
		value, there := a.header(c.At)
		return c.suits(value, a.wanted, there)
	}
	raw, there := a.at(c.pointer)
	if there && c.Held {
		a.scratch, there = appendText(a.scratch[:0], raw)
		raw = a.scratch
	}
	return c.suits(raw, a.wanted, there)
}

// suits judges a value by what is asked of it. Numbers are equal where their
// values are.
func (c *checking) suits(value, wanted []byte, there bool) bool {
	switch {
	case c.Absent:
		return !there
	case !there || !c.Held || bytes.Equal(value, wanted):
		return there
	case c.Of != FromJSON || !isNumber(value):
		return false
	}
	got, err := strconv.ParseFloat(string(value), 64)
	want, err2 := strconv.ParseFloat(string(wanted), 64)
	return err == nil && err2 == nil && got == want
}

// take copies the value out of the answer.
func (t *taking) take(a *seen, to *[]byte) bool {
	*to = (*to)[:0]
	var value []byte
	ok := false
	switch t.from {
	case FromHeader:
		value, ok = a.header(t.header)
	case FromJSON:
		value, ok = a.at(t.pointer)
		ok = ok && string(value) != "null"
		if ok {
			*to, ok = appendText(*to, value)
			value = nil
		}
	default:
		if at := t.regex.FindSubmatchIndex(a.body); at != nil {
			group := min(2, len(at)-2)
			if ok = at[group] >= 0; ok {
				value = a.body[at[group]:at[group+1]]
			}
		}
	}
	*to = append(*to, value...)
	return ok && len(*to) <= mostValue
}

// keepHeader keeps a line of the header.
func (a *seen) keepHeader(line []byte) {
	if a.needs.headers {
		a.headers = append(append(a.headers, line...), '\n')
	}
}

// keepField keeps a header that is in two parts.
func (a *seen) keepField(name, value string) {
	if a.needs.headers {
		a.headers = append(append(a.headers, name...), ": "...)
		a.headers = append(append(a.headers, value...), '\n')
	}
}

// keepBody keeps the next bytes of the body, as far as the bounds allow.
func (a *seen) keepBody(b []byte) {
	if !a.needs.body {
		return
	}
	n := min(len(b), mostSeen-len(a.body))
	if a.left != nil && a.left.Add(-int64(n)) < 0 {
		a.left.Add(int64(n))
		n = 0 // all together are at their bound
	}
	a.cut = a.cut || n < len(b)
	a.body = append(a.body, b[:n]...)
}

// release gives back what was kept.
func (a *seen) release() {
	if a.left != nil {
		a.left.Add(int64(len(a.body)))
	}
	a.body = a.body[:0]
	for _, b := range []*[]byte{&a.headers, &a.body, &a.scratch, &a.wanted} {
		if cap(*b) > keptCaptures {
			*b = nil
		}
	}
}

// at is the value at the pointer, unless it may go on beyond what was kept.
func (a *seen) at(p pointer) ([]byte, bool) {
	raw, ok := p.find(a.body)
	if ok && a.cut && &raw[len(raw)-1] == &a.body[len(a.body)-1] {
		return nil, false
	}
	return raw, ok
}

// A seenPool keeps those that are free, with their room.
type seenPool []*seen

// take is one that is empty, for what is needed of an answer.
func (p *seenPool) take(n needs, left *atomic.Int64) *seen {
	var a *seen
	if last := len(*p) - 1; last >= 0 {
		a, *p = (*p)[last], (*p)[:last]
	} else {
		a = &seen{}
	}
	a.reset()
	a.needs, a.left = n, left
	return a
}

func (p *seenPool) giveBack(a *seen) {
	a.release()
	*p = append(*p, a)
}
