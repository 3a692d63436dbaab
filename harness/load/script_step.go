package load

import (
	"fmt"
	"regexp"
	"strings"
)

// step compiles one step; the names are those that it may use.
func (c *compiler) step(s *Step, key string, known map[string]ref) *stepPlan {
	plan := &stepPlan{name: s.Name, index: -1, want: s.Request.Status, method: s.Request.method(), think: s.Think, most: max(s.ThinkMost, s.Think)}
	if plan.name == "" {
		plan.name = plan.method + " " + s.Request.pathOf()
	}
	plan.label, plan.next = plan.name, s.Next
	c.known, c.as = known, s.Verbatim || s.Next != nil
	c.request(plan, &s.Request, key+".request")
	for i := range s.Checks {
		c.check(plan, &s.Checks[i], fmt.Sprintf("%s.check[%d]", key, i))
	}
	for i := range s.Extract {
		c.extract(plan, &s.Extract[i], key+".extract."+s.Extract[i].Name)
	}
	if s.Think < 0 || s.ThinkMost < 0 {
		c.wrong(key+".think", "nobody thinks for less than no time", "think: 200ms")
	}
	for i, text := range s.Objectives {
		o, err := ParseObjective(text)
		if err != nil {
			c.wrong(fmt.Sprintf("%s.objectives[%d]", key, i), err.Error(), "")
			continue
		}
		plan.objectives = append(plan.objectives, o)
	}
	return plan
}

func (c *compiler) check(plan *stepPlan, check *Check, key string) {
	made := checking{Check: *check}
	switch check.Of {
	case FromJSON, FromRegex, FromHeader:
		made.pointer, made.regex = c.source(plan, check.Of, check.At, key)
		if check.Held {
			made.text = c.wanted(check.Equals, key+".equals")
		}
	case OfContains:
		plan.needs.body = true
		made.text = c.wanted(check.At, key+".contains")
	case OfStatus, OfSize:
	default:
		c.wrong(key, fmt.Sprintf("%q cannot be checked", check.Of), "status, json, header, regex, contains or max-size")
	}
	if made.Name == "" {
		made.Name = strings.TrimSpace(check.Of + " " + check.At)
	}
	plan.checks = append(plan.checks, made)
	plan.named = append(plan.named, made.Name)
}

// wanted compiles what an answer is held against.
func (c *compiler) wanted(text, key string) (t template) {
	for _, p := range c.pieces(text, key) {
		if p.name == "" {
			t.add(p.text)
			continue
		}
		value := c.resolve(p.name, key)
		if value.kind == ofUUID || value.kind == ofTime || value.kind == ofRandom {
			c.wrong(key, "{{"+p.name+"}} is another each time, so no answer has it", "extract it from the answer that shows it first, or take it from data")
		}
		t = append(t, part{value: value})
	}
	return t
}

func (c *compiler) extract(plan *stepPlan, e *Extract, key string) {
	made := taking{name: e.Name, from: e.From, header: e.At}
	if !valueForm.MatchString(e.Name) || strings.Contains(e.Name, ".") || e.Name == "seam" {
		c.wrong(key, fmt.Sprintf("%q cannot name a value", e.Name), "letters, digits, _ and -, a letter first; not seam")
	}
	switch e.From {
	case FromJSON, FromRegex, FromHeader:
		made.pointer, made.regex = c.source(plan, e.From, e.At, key)
	default:
		c.wrong(key, fmt.Sprintf("no value comes from %q", e.From), "json, header or regex")
	}
	plan.takes = append(plan.takes, made)
	plan.named = append(plan.named, e.Name)
}

// source compiles the place in an answer that a check or an extraction looks
// at, and notes what of the answer has to be kept for it.
func (c *compiler) source(plan *stepPlan, from, at, key string) (p pointer, r *regexp.Regexp) {
	switch from {
	case FromJSON:
		plan.needs.body = true
		var ok bool
		if p, ok = parsePointer(at); !ok {
			c.wrong(key+".json", fmt.Sprintf("%q is no JSON pointer", at), "/items/0/sku")
		}
	case FromRegex:
		plan.needs.body = true
		r = c.expression(at, key+".regex")
	case FromHeader:
		plan.needs.headers = true
		c.headerName(at, key+".header")
	}
	return p, r
}

func (c *compiler) expression(text, key string) *regexp.Regexp {
	const most = 1000
	if len(text) > most {
		c.wrong(key, fmt.Sprintf("the regular expression is longer than %d bytes", most), "")
		return nil
	}
	made, err := regexp.Compile(text)
	if err != nil {
		c.wrong(key, "this is no regular expression: "+strings.TrimPrefix(err.Error(), "error parsing regexp: "), `a \ before each of . + * ? ( ) [ ] { } that is meant as such`)
	}
	return made
}

func (c *compiler) headerName(name, key string) {
	if !isToken(name) {
		c.wrong(key, fmt.Sprintf("%q is no name of a header", name), "letters, digits and dashes, such as X-Tenant")
	}
}

// secure reports whether the step goes over TLS.
func (s *stepPlan) secure() bool { return strings.HasPrefix(s.origin, "https:") }

// looks reports whether anything is asked of the answer.
func (s *stepPlan) looks() bool { return len(s.checks)+len(s.takes) > 0 }
