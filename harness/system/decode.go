package system

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A textForm makes of a text what the Spec holds, or says what is wrong with
// it. An empty remedy leaves it to the example of the key.
type textForm func(r *reader, written string) (value, wrong, remedy string)

// scalar is a text, or a number or boolean as it was written.
func (r *reader) scalar(n *node, path string) (string, bool) {
	if n.kind == number || n.kind == boolean {
		return n.text, true
	}
	return n.text, r.is(n, text, path, "text")
}

// formed reads a text of a form; nil takes every text.
func (r *reader) formed(to *string, form textForm) field {
	return func(n *node, path string) {
		written, ok := n.text, false
		if form == nil {
			written, ok = r.scalar(n, path)
		} else {
			ok = r.is(n, text, path, "text")
		}
		if !ok {
			return
		}
		if strings.Contains(written, "\x00") {
			r.wrong(n, path, "a text cannot hold the character NUL", "leave it out")
			return
		}
		if form == nil {
			*to = written
			return
		}
		value, wrong, remedy := form(r, written)
		if wrong == "" {
			*to = value
			return
		}
		if written == "" {
			wrong = "this is empty"
		}
		r.wrong(n, path, wrong, remedy)
	}
}

// formedList reads one text or a list of them.
func (r *reader) formedList(to *[]string, form textForm) field {
	return r.some(each(r, to, func(n *node, path string) (value string) {
		r.formed(&value, form)(n, path)
		return value
	}))
}

// word reads one of a few words.
func (r *reader) word(to *string, words []string) field {
	return func(n *node, path string) {
		written := n.text
		if !r.is(n, text, path, "one of "+strings.Join(words, ", ")) {
			return
		}
		if slices.Contains(words, written) {
			*to = written
			return
		}
		message := quote(written) + " is not known here"
		if near := Nearest(written, words); near != "" {
			message += "; did you mean " + quote(near) + "?"
		}
		r.wrong(n, path, message, "one of "+strings.Join(words, ", "))
	}
}

// boolean reads true or false; a text only where a variable stands for it.
func (r *reader) boolean(to *bool) field {
	return func(n *node, path string) {
		switch {
		case n.variable && (n.text == "true" || n.text == "false"):
			*to = n.text == "true"
		case n.variable:
			r.wrong(n, path, quote(n.text)+" is neither true nor false", "")
		case r.is(n, boolean, path, "true or false"):
			*to = strings.EqualFold(n.text, "true")
		}
	}
}

// plainNumber is how a whole number is written: 010 would be 8 to some.
var plainNumber = regexp.MustCompile(`^(0|[1-9][0-9]*)$`)

// count reads a whole number from low to high; a text only where a variable
// stands for it.
func (r *reader) count(to *int, low, high int) field {
	return func(n *node, path string) {
		if !n.variable && !r.is(n, number, path, "a whole number") {
			return
		}
		value, err := strconv.Atoi(n.text)
		if err != nil || !plainNumber.MatchString(n.text) || value < low || value > high {
			what := fmt.Sprintf("a whole number from %d to %d", low, high)
			if low == high {
				what = strconv.Itoa(low)
			}
			r.wrong(n, path, "this must be "+what+", but is "+quote(n.text), "")
			return
		}
		*to = value
	}
}

// durationPart is a number with its unit.
const durationPart = `[0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h)`

var durationForm = regexp.MustCompile(`^(` + durationPart + `)+$`)

// duration reads a length of time, of which 0 is one only where it has a use.
func (r *reader) duration(to *time.Duration, zero bool) field {
	return func(n *node, path string) {
		written, ok := r.scalar(n, path)
		if !ok {
			return
		}
		d, err := time.ParseDuration(written)
		switch {
		case err == nil && durationForm.MatchString(written) && (d > 0 || zero):
			*to = d
		case plainNumber.MatchString(written):
			r.wrong(n, path, quote(written)+" is a duration without its unit", quote(written+"s")+" for seconds; ms, s, m and h are units")
		case err == nil && d == 0:
			r.wrong(n, path, "a time of 0 leaves no time at all", "")
		default:
			r.wrong(n, path, quote(written)+" is no duration", "a number with its unit, such as 500ms, 30s or 2m")
		}
	}
}

var (
	decimal   = `([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?`
	rateForm  = regexp.MustCompile(`^(` + decimal + `) *(/ *(s|m))?$`)
	shareForm = regexp.MustCompile(`^(` + decimal + `) *(%)?$`)
)

// figure reads a rate ("200/s", "12000/m", or a number per second) or a share
// ("90%", or a number from 0 to 1).
func (r *reader) figure(to *float64, form string) field {
	shape, least, most, bounds, remedy := rateForm, 1e-6, 1e9, "a rate is more than 0 and at most 1000000000 per second", "200/s, or 12000/m"
	if form == "share" {
		shape, least, most, bounds, remedy = shareForm, 0, 1, "a share is 0% to 100%", "90%, or 0.9"
	}
	return func(n *node, path string) {
		written, ok := r.scalar(n, path)
		if !ok {
			return
		}
		parts := shape.FindStringSubmatch(written)
		if parts == nil {
			r.wrong(n, path, quote(written)+" is no "+form, remedy)
			return
		}
		value, err := strconv.ParseFloat(parts[1], 64)
		switch parts[len(parts)-1] {
		case "m":
			value /= 60
		case "%":
			value /= 100
		}
		if err != nil || value < least || value > most {
			r.wrong(n, path, quote(written)+" is out of bounds: "+bounds, remedy)
			return
		}
		*to = value
	}
}

// command reads a program and its arguments. A text is refused, as it would
// have to be split, and nobody can tell whose rules should hold.
func (r *reader) command(to *[]string) field {
	return func(n *node, path string) {
		if n.kind == text {
			r.wrong(n, path, "a command is a list of the program and its arguments, but this is text", argvFor(n))
			return
		}
		if !r.is(n, list, path, "a list of a program and its arguments") {
			return
		}
		before := len(r.list)
		r.formedList(to, nil)(n, path)
		if len(*to) > 0 && (*to)[0] == "" && len(r.list) == before {
			r.wrong(n.items[0], path, "the program's name is empty", "")
		}
	}
}

// argvFor is the list that a command line in one text most likely means; ""
// where nobody can tell.
func argvFor(n *node) string {
	line := strings.TrimSpace(n.text)
	if line == "" || n.variable {
		return ""
	}
	return clean(flowList(wordsOf(line)))
}

// body is what a request carries: text as it is, any other value as JSON.
func (r *reader) body(to *[]byte) field {
	return func(n *node, path string) {
		if n.kind == text {
			*to = []byte(n.text)
			return
		}
		encoded, err := json.Marshal(n.value())
		if err != nil {
			r.wrong(n, path, "this cannot be written as JSON: "+err.Error(), "write the body as text")
			return
		}
		*to = encoded
	}
}

// expressions reads what another package compiles, one or several.
func (r *reader) expressions(to *[]Expr) field {
	one := func(n *node, path string) Expr {
		if r.is(n, text, path, "text") && strings.TrimSpace(n.text) == "" {
			r.wrong(n, path, "this is empty", "")
		}
		return Expr{n.text, n.pos}
	}
	return r.some(each(r, to, one))
}
