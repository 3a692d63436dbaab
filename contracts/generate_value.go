package contracts

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// fits says whether a generator has a part to play in a mode.
func (g Generator) fits(m Mode) bool {
	switch g.Type {
	case "ProviderState":
		return m == ForProvider
	case "MockServerURL":
		return m == ForConsumer
	}
	return true
}

// maxGenerated bounds what one generator may make, in characters.
const maxGenerated = 1 << 20

// Generate makes a value in place of an example, a JSON value of which it
// keeps the type: a number stays a number. Numbers are json.Number.
func (g Generator) Generate(c *Generation, example any) (any, error) {
	if g.Type == "ProviderState" {
		return g.providerState(c)
	}
	if _, isText := example.(string); !isText && g.Type == "Uuid" {
		g.Args = nil // formats are for text
	}
	text, err := g.text(c)
	if err != nil {
		return nil, err
	}
	return shapedLike(example, text, g.Type)
}

// shapedLike gives text the type that a generator makes in place of an
// example: numbers are numbers unless the example is text, and decimals are
// numbers only in place of one. All else but a boolean is text.
func shapedLike(example any, text, generator string) (any, error) {
	_, isText := example.(string)
	_, isNumber := example.(json.Number)
	number := generator == "RandomInt" && !isText || generator == "RandomDecimal" && isNumber
	switch {
	case generator == "RandomBoolean":
		return text == "true", nil
	case number && !isNumberLiteral(text):
		return nil, fmt.Errorf("%q cannot stand for a number", text)
	case number:
		return json.Number(text), nil
	}
	return text, nil
}

func isNumberLiteral(s string) bool {
	return s != "" && (s[0] == '-' || s[0] >= '0' && s[0] <= '9') && json.Valid([]byte(s))
}

func (g Generator) text(c *Generation) (string, error) {
	switch g.Type {
	case "RandomInt":
		return g.randomInt(c)
	case "RandomDecimal":
		return g.sized(c, "digits", randomDecimal)
	case "RandomHexadecimal":
		return g.sized(c, "digits", func(r *rand.Rand, n int) string { return randomOf(r, n, "0123456789ABCDEF") })
	case "RandomString":
		return g.sized(c, "size", func(r *rand.Rand, n int) string { return randomOf(r, n, alphanumeric) })
	case "RandomBoolean":
		return strconv.FormatBool(c.chance().IntN(2) == 0), nil
	case "Regex":
		return randomMatch(c.chance(), g.Text("regex"))
	case "Uuid":
		return g.uuid(c)
	case "Date", "Time", "DateTime":
		return g.moment(c)
	case "MockServerURL":
		return g.mockURL(c)
	}
	return "", errors.New("is not of the specification")
}

// chance is never nil.
func (c *Generation) chance() *rand.Rand {
	if c.Rand == nil {
		c.Rand = rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	}
	return c.Rand
}

func (c *Generation) now() time.Time {
	if c.Now == nil {
		return time.Now()
	}
	return c.Now()
}

const alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

func randomOf(r *rand.Rand, n int, alphabet string) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[r.IntN(len(alphabet))]
	}
	return string(b)
}

// sized calls make with a length from the arguments, 10 where none is given.
func (g Generator) sized(c *Generation, arg string, make func(*rand.Rand, int) string) (string, error) {
	n := 10
	if g.Args[arg] != nil {
		given, ok := g.Int(arg)
		if !ok || given < 0 || given > maxGenerated {
			return "", fmt.Errorf("%s %q is no number from 0 to %d", arg, g.Text(arg), maxGenerated)
		}
		n = given
	}
	return make(c.chance(), n), nil
}

func (g Generator) randomInt(c *Generation) (string, error) {
	low, high := 0, 10
	for arg, bound := range map[string]*int{"min": &low, "max": &high} {
		if g.Args[arg] == nil {
			continue
		}
		given, ok := g.Int(arg)
		if !ok {
			return "", fmt.Errorf("%s %q is no whole number", arg, g.Text(arg))
		}
		*bound = given
	}
	if high < low {
		return "", fmt.Errorf("max %d is below min %d", high, low)
	}
	span := uint64(high) - uint64(low) + 1
	if span == 0 { // the whole range of int
		return strconv.FormatInt(int64(c.chance().Uint64()), 10), nil
	}
	return strconv.FormatInt(int64(uint64(low)+c.chance().Uint64N(span)), 10), nil
}

// randomDecimal makes n digits with a point between two of them. One digit
// has no room for a point.
func randomDecimal(r *rand.Rand, n int) string {
	if n < 2 {
		return randomOf(r, max(n, 1), "0123456789")
	}
	point := 1 + r.IntN(n-1)
	first := "0123456789"
	if point > 1 {
		first = first[1:] // JSON allows no leading zero
	}
	return randomOf(r, 1, first) + randomOf(r, point-1, "0123456789") + "." + randomOf(r, n-point, "0123456789")
}

func (g Generator) uuid(c *Generation) (string, error) {
	var id [16]byte
	for i := range id {
		id[i] = byte(c.chance().Uint32())
	}
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80 // version 4, RFC 9562
	hyphenated := fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
	switch format := g.Text("format"); format {
	case "", "lower-case-hyphenated":
		return hyphenated, nil
	case "simple":
		return strings.ReplaceAll(hyphenated, "-", ""), nil
	case "upper-case-hyphenated":
		return strings.ToUpper(hyphenated), nil
	case "URN":
		return "urn:uuid:" + hyphenated, nil
	default:
		return "", fmt.Errorf("%q is no format of a UUID", format)
	}
}

// moment makes a date, a time or both, from now on as the expression says.
func (g Generator) moment(c *Generation) (string, error) {
	formats := map[string]string{"Date": "yyyy-MM-dd", "Time": "HH:mm:ss", "DateTime": "yyyy-MM-dd'T'HH:mm:ss.SSSZ"}
	evaluate := map[string]func(time.Time, string) (time.Time, error){"Date": EvalDate, "Time": EvalTime, "DateTime": EvalDateTime}
	format := g.Text("format")
	if format == "" {
		format = formats[g.Type]
	}
	at := c.now()
	if expression := g.Text("expression"); expression != "" {
		var err error
		if at, err = evaluate[g.Type](at, expression); err != nil {
			return "", err
		}
	}
	return FormatTime(at, format)
}

// mockURL puts the mock's address before what the regular expression's first
// group finds in the example.
func (g Generator) mockURL(c *Generation) (string, error) {
	if c.Server == "" {
		return "", errors.New("there is no mock server")
	}
	re, err := regexp.Compile(g.Text("regex"))
	if err != nil {
		return "", err
	}
	found := re.FindStringSubmatch(g.Text("example"))
	if len(found) < 2 {
		return "", fmt.Errorf("the regular expression finds no group in %q", g.Text("example"))
	}
	base, err := url.Parse(c.Server)
	if err != nil {
		return "", err
	}
	return strings.TrimSuffix(base.String(), "/") + "/" + strings.TrimPrefix(found[1], "/"), nil
}

// providerState looks values up. An expression that is one ${name}, or a
// bare name, keeps the value's JSON type; within other text it is a string.
func (g Generator) providerState(c *Generation) (any, error) {
	v, err := c.expand(g.Text("expression"))
	if err != nil {
		return nil, err
	}
	return cast(v, g.Text("dataType"))
}

// cast gives a value the type that a generator names. As in the reference,
// null is nothing, true is one, and a number is true above zero.
func cast(v any, kind string) (any, error) {
	text := valueText(v)
	switch kind {
	case "", "RAW":
		return v, nil
	case "STRING":
		return text, nil
	case "INTEGER":
		if whole, _, _ := strings.Cut(asNumber(v), "."); isNumberLiteral(whole) {
			if i, err := strconv.ParseInt(whole, 10, 64); err == nil {
				return json.Number(strconv.FormatInt(i, 10)), nil
			}
		}
		return nil, fmt.Errorf("%q is no integer", text)
	case "DECIMAL", "FLOAT":
		number := asNumber(v)
		if !isNumberLiteral(number) {
			return nil, fmt.Errorf("%q is no number", text)
		}
		if !strings.ContainsAny(number, ".eE") {
			number += ".0" // a rule for decimals wants a point
		}
		return json.Number(number), nil
	case "BOOLEAN":
		switch v := v.(type) {
		case nil:
			return false, nil
		case json.Number:
			f, err := v.Float64()
			return f > 0, err
		}
		b, err := strconv.ParseBool(text)
		return b, err
	}
	return nil, fmt.Errorf("%q is no data type", kind)
}

// asNumber is the text of a value where a number is wanted.
func asNumber(v any) string {
	switch v {
	case nil, false:
		return "0"
	case true:
		return "1"
	}
	return valueText(v)
}

func (c *Generation) expand(expression string) (any, error) {
	if !strings.Contains(expression, "${") {
		return c.lookup(expression)
	}
	var b strings.Builder
	for rest := expression; ; {
		before, after, found := strings.Cut(rest, "${")
		b.WriteString(before)
		if !found {
			return b.String(), nil
		}
		name, tail, closed := strings.Cut(after, "}")
		if !closed {
			return nil, fmt.Errorf("expression %q lacks a }", expression)
		}
		v, err := c.lookup(strings.TrimSpace(name))
		if err != nil {
			return nil, err
		}
		if before == "" && tail == "" && b.Len() == 0 {
			return v, nil
		}
		b.WriteString(valueText(v))
		rest = tail
	}
}

func (c *Generation) lookup(name string) (any, error) {
	if v, has := c.Values[name]; has {
		return v, nil
	}
	if nested, _ := c.Values["providerState"].(map[string]any); nested[name] != nil {
		return nested[name], nil
	}
	return nil, fmt.Errorf("no provider state gave a value for %q", name)
}

// plain is a value as text. A decimal that a ProviderState generator made
// loses a fraction of zero there: 42 and not 42.0.
func (g Generator) plain(v any) string {
	text := valueText(v)
	if kind := g.Text("dataType"); kind == "DECIMAL" || kind == "FLOAT" {
		return strings.TrimSuffix(text, ".0")
	}
	return text
}

// valueText is the text of a JSON value: a string without quotes.
func valueText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	text, err := encodeJSON(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(text)
}
