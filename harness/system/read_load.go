package system

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

func (r *reader) load(n *node, path string) Load {
	l := Load{Pos: n.pos}
	before := len(r.list)
	r.section(n, path, &l)
	if l.Name == "" {
		l.Name = l.Plan()
	}
	if n.kind == mapping && n.find("for") == nil && n.find("stages") == nil && n.find("replay") == nil {
		r.add(Fault{Pos: n.pos, Key: join(path, "for"), Message: "the key `for` is missing", Remedy: "for: 30s"})
	}
	if len(r.list) == before {
		r.checkLoad(n, path, &l)
	}
	return l
}

// checkLoad holds the keys of a load against one another.
func (r *reader) checkLoad(n *node, path string, l *Load) {
	given := func(key string) bool { return n.find(key) != nil }
	wrong := func(key, message, remedy string) {
		at := join(path, key)
		r.add(Fault{Pos: r.at(at), Key: at, Message: message, Remedy: remedy})
	}
	if given("for") && given("stages") {
		wrong("for", "the stages say themselves how long they are", "leave it out")
	}
	if l.Arrivals == "poisson" && !given("rate") && !given("stages") {
		wrong("arrivals", "arrivals by chance need a rate", "rate: 200/s, or leave it out")
	}
	if given("max-in-flight") && given("connections") {
		wrong("max-in-flight", "there are as many requests in flight as connections", "leave it out")
	}
	if given("data") && !given("flows") {
		wrong("data", "only flows take values from data", "flows: [{ steps: [{ request: { path: \"/books/{{books.sku}}\" } }] }]")
	}
	if l.Protocol == "h2c" && strings.HasPrefix(l.URL, "https://") {
		wrong("protocol", "h2c is HTTP/2 without TLS, and the URL asks for TLS", "protocol: h2")
	}
	if l.Protocol == "h2" && !strings.HasPrefix(l.URL, "https://") {
		wrong("protocol", "h2 is HTTP/2 over TLS, which neither the entry nor the URL has", "protocol: h2c")
	}
	if given("streams") && l.Protocol != "h2" && l.Protocol != "h2c" && l.Call == nil {
		wrong("streams", "streams are those of HTTP/2", "protocol: h2c")
	}
	if l.Call != nil || overGRPC[schemeOf(l.URL)] != "" {
		r.checkCall(n, path, l)
	}
	weight := 0
	for i := range l.Flows {
		f := &l.Flows[i]
		weight += f.Weight
		if f.Name == "" {
			f.Name = fmt.Sprintf("flow %d", i+1)
		}
	}
	if len(l.Flows) > 0 && weight == 0 {
		wrong("flows", "no flow is ever chosen: every weight is 0", "weight: 1 at one of them")
	}
}

// Plan says how much and for how long, such as "200/s for 5s"; it names a load
// that has no name.
func (l *Load) Plan() string {
	switch {
	case l.Connections > 0:
		return fmt.Sprintf("%d connections for %s", l.Connections, l.For)
	case len(l.Stages) > 0:
		var all time.Duration
		most := 0.0
		for _, s := range l.Stages {
			all += s.For
			most = max(most, s.Rate.From, s.Rate.To)
		}
		return fmt.Sprintf("up to %g/s for %s", most, all)
	case l.Replay != "" && l.For > 0:
		return fmt.Sprintf("recorded arrivals for %s", l.For)
	case l.Replay != "":
		return "recorded arrivals"
	}
	return fmt.Sprintf("%g/s for %s", l.Rate, l.For)
}

func (r *reader) stage(n *node, path string) Stage {
	s := Stage{Pos: n.pos}
	r.section(n, path, &s)
	return s
}

func (r *reader) flow(n *node, path string) Flow {
	f := Flow{Pos: n.pos}
	r.section(n, path, &f)
	return f
}

func (r *reader) flowStep(n *node, path string) FlowStep {
	s := FlowStep{Pos: n.pos}
	r.section(n, path, &s)
	if s.Name == "" {
		s.Name = s.Request.Method + " " + s.Request.Path
	}
	return s
}

func (r *reader) answerCheck(n *node, path string) Check {
	c := Check{Pos: n.pos, Exists: true}
	r.section(n, path, &c)
	for _, key := range []string{"status", "json", "header", "regex", "contains", "max-size"} {
		if n.kind == mapping && n.find(key) != nil {
			c.From = key
		}
	}
	if n.kind != mapping || c.From == "" {
		return c
	}
	c.Held = n.find("equals") != nil
	for _, key := range []string{"equals", "exists"} {
		if c.From != "json" && c.From != "header" && n.find(key) != nil {
			at := join(path, key)
			r.add(Fault{Pos: r.at(at), Key: at, Message: quote(key) + " belongs to json or header", Remedy: "leave it out"})
		}
	}
	if c.Held && !c.Exists {
		at := join(path, "exists")
		r.add(Fault{Pos: r.at(at), Key: at, Message: "what is not there cannot be equal to anything", Remedy: "leave out one of the two"})
	}
	if c.Name == "" {
		c.Name = c.text()
	}
	return c
}

// text says what must hold.
func (c *Check) text() string {
	switch c.From {
	case "status":
		return "status " + strconv.Itoa(c.Status)
	case "regex":
		return "body matches " + c.Regex
	case "contains":
		return "body contains " + c.Contains
	case "max-size":
		return fmt.Sprintf("body of at most %d bytes", c.MaxSize)
	}
	what := "header " + c.Header
	if c.From == "json" {
		what = "json " + c.JSON
	}
	switch {
	case c.Held:
		return what + " = " + c.Equals
	case !c.Exists:
		return "no " + what
	}
	return what
}

// valueName is the name of a feeder or of a value that is extracted.
var valueName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*$`)

// named reads a mapping of names to parts.
func named[T any](r *reader, to *[]T, read func(p *pair, path string) T) field {
	return func(n *node, path string) {
		if !r.is(n, mapping, path, "a mapping of names") {
			return
		}
		for i := range n.pairs {
			p := &n.pairs[i]
			at := join(path, p.key)
			r.places[at] = p.pos
			if !valueName.MatchString(p.key) || p.key == "seam" {
				r.add(Fault{Pos: p.pos, Key: at, Message: quote(p.key) + " cannot name a value", Remedy: "letters, digits, _ and -, a letter first; not seam"})
			}
			if !p.value.broken {
				*to = append(*to, read(p, at))
			}
		}
	}
}

func (r *reader) feeder(p *pair, path string) Feeder {
	f := Feeder{Name: p.key, Pos: p.pos}
	r.section(p.value, path, &f)
	return f
}

func (r *reader) extract(p *pair, path string) Extract {
	e := Extract{Name: p.key, Pos: p.pos}
	r.section(p.value, path, &e)
	for _, key := range []string{"json", "header", "regex"} {
		if p.value.kind == mapping && p.value.find(key) != nil {
			e.From = key
		}
	}
	return e
}

// bounds takes "A..B" apart; A alone is both.
func bounds(written string) (first, last string) {
	first, last, two := strings.Cut(written, "..")
	if !two {
		last = first
	}
	return first, last
}

// thinkForm is one duration, or two with .. between them.
var thinkForm = regexp.MustCompile(`^(` + durationPart + `)+(\.\.(` + durationPart + `)+)?$`)

func (r *reader) think(to *Think) field {
	return func(n *node, path string) {
		written, ok := r.scalar(n, path)
		if !ok {
			return
		}
		first, last := bounds(written)
		least, err := time.ParseDuration(first)
		most, err2 := time.ParseDuration(last)
		switch {
		case !thinkForm.MatchString(written) || err != nil || err2 != nil:
			r.wrong(n, path, quote(written)+" is no duration and no range of them", "200ms, or 200ms..2s")
		case least > most:
			r.wrong(n, path, "the range ends before it begins", last+".."+first)
		case most > time.Hour:
			r.wrong(n, path, "nobody thinks for longer than an hour", "1h at most")
		default:
			*to = Think{least, most}
		}
	}
}

// rates reads a rate of which 0 is one, or two with .. between them.
func (r *reader) rates(to *RateRange) field {
	one := func(written string) (float64, bool) {
		parts := rateForm.FindStringSubmatch(written)
		if parts == nil {
			return 0, false
		}
		value, err := strconv.ParseFloat(parts[1], 64)
		if parts[len(parts)-1] == "m" {
			value /= 60
		}
		return value, err == nil && value <= 1e7
	}
	return func(n *node, path string) {
		written, ok := r.scalar(n, path)
		if !ok {
			return
		}
		first, last := bounds(written)
		from, ok := one(first)
		till, ok2 := one(last)
		if !ok || !ok2 {
			r.wrong(n, path, quote(written)+" is no rate up to 10000000/s and no range of them", "50/s, or 50/s..500/s")
			return
		}
		*to = RateRange{from, till}
	}
}

var sampleForm = regexp.MustCompile(`^1 in ([1-9][0-9]{0,8})$`)

// sample reads how many of the requests ask to be traced.
func (r *reader) sample(to *int) field {
	return func(n *node, path string) {
		if !r.is(n, text, path, "text such as 1 in 10") {
			return
		}
		parts := sampleForm.FindStringSubmatch(n.text)
		if parts == nil {
			r.wrong(n, path, quote(n.text)+" does not say how many are traced", "1 in 10")
			return
		}
		*to, _ = strconv.Atoi(parts[1]) // digits, few enough
	}
}

var pointerForm = regexp.MustCompile(`^(/([^/~]|~[01])*)*$`)

// jsonPointerForm is a JSON pointer (RFC 6901, section 3); "" is the whole body.
func jsonPointerForm(_ *reader, written string) (value, wrong, remedy string) {
	switch {
	case pointerForm.MatchString(written):
		return written, "", ""
	case !strings.HasPrefix(written, "/"):
		return "", quote(written) + " is no JSON pointer: one begins with /", "/" + clean(written)
	}
	return "", quote(written) + " is no JSON pointer", "write a ~ that is meant as such as ~0"
}

func headerNameForm(_ *reader, written string) (value, wrong, remedy string) {
	if !tokenForm.MatchString(written) {
		return "", quote(written) + " cannot name a header", "letters, digits and dashes, such as X-Tenant"
	}
	return written, "", ""
}
