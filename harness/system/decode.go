package system

import (
	"fmt"
	"math"
	"net"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// A reader turns the nodes of a file into a Spec and notes every fault.
type reader struct {
	*faults
	dir string // of the file: the root of relative paths
}

func (r *reader) wrong(n *node, path, message, remedy string) {
	r.add(Fault{Pos: n.pos, Key: path, Message: message, Remedy: remedy})
}

// A field reads the value of one key.
type field func(n *node, path string)

// section reads a mapping: each key by its field, in the order of the file.
// A key without a field is a fault.
func (r *reader) section(n *node, path string, fields map[string]field) {
	if !r.is(n, mapping, path, "a mapping of keys to values") {
		return
	}
	for i := range n.pairs {
		p := &n.pairs[i]
		read := fields[p.key]
		if read == nil {
			names := make([]string, 0, len(fields))
			for name := range fields {
				names = append(names, name)
			}
			r.add(Fault{Pos: p.pos, Key: join(path, p.key), Message: "there is no such key here", Remedy: suggest(p.key, names, "one of "+sortedList(names))})
			continue
		}
		read(p.value, join(path, p.key))
	}
}

// is reports whether the node has the kind, and notes a fault where it has not.
func (r *reader) is(n *node, want kind, path, what string) bool {
	if n.kind == want {
		return true
	}
	if !n.broken {
		found := [...]string{null: "nothing", boolean: "a boolean", number: "a number", text: "text", list: "a list", mapping: "a mapping"}[n.kind]
		r.wrong(n, path, "this must be "+what+", but is "+found, "")
	}
	return false
}

// scalar is a text, or a number or boolean as it was written.
func (r *reader) scalar(n *node, path string) string {
	switch n.kind {
	case text, number, boolean:
		return n.text
	}
	r.is(n, text, path, "text")
	return ""
}

func (r *reader) text(to *string) field {
	return func(n *node, path string) { *to = r.scalar(n, path) }
}

func (r *reader) boolean(to *bool) field {
	return func(n *node, path string) {
		if r.is(n, boolean, path, "true or false") {
			*to = strings.EqualFold(n.text, "true")
		}
	}
}

// count reads a whole number from low to high.
func (r *reader) count(to *int, low, high int) field {
	return func(n *node, path string) {
		value, err := strconv.Atoi(n.text)
		if n.broken {
			return
		}
		if (n.kind != number && n.kind != text) || err != nil || value < low || value > high {
			r.wrong(n, path, fmt.Sprintf("this must be a whole number from %d to %d", low, high), "")
			return
		}
		*to = value
	}
}

func (r *reader) duration(to *time.Duration) field {
	return func(n *node, path string) {
		written := r.scalar(n, path)
		if written == "" {
			return
		}
		d, err := time.ParseDuration(written)
		if err != nil || d < 0 {
			r.wrong(n, path, quote(written)+" is no duration", "a number with its unit, such as 500ms, 30s or 2m")
			return
		}
		*to = d
	}
}

// texts reads one text or a list of them.
func (r *reader) texts(to *[]string) field {
	return func(n *node, path string) {
		if n.kind != list {
			*to = []string{r.scalar(n, path)}
			return
		}
		*to = nil
		for i, item := range n.items {
			*to = append(*to, r.scalar(item, fmt.Sprintf("%s[%d]", path, i)))
		}
	}
}

// argv reads a command: a list, or a text that is split as a shell splits
// words, though no shell runs it.
func (r *reader) argv(to *[]string) field {
	return func(n *node, path string) {
		if n.kind == text {
			words, err := splitWords(n.text)
			if err != "" {
				r.wrong(n, path, err, "close the quote, or write a list: [program, argument]")
			}
			*to = words
		} else {
			r.texts(to)(n, path)
		}
		if (len(*to) == 0 || (*to)[0] == "") && !n.broken {
			r.wrong(n, path, "there is no command here", "[program, argument]")
		}
	}
}

// splitWords splits at blanks outside of quotes; a backslash keeps what follows.
func splitWords(s string) (words []string, wrong string) {
	var word strings.Builder
	var open rune
	begun := false
	for i := 0; i < len(s); i++ {
		c := rune(s[i])
		switch {
		case c == '\\' && open != '\'' && i+1 < len(s):
			i++
			word.WriteByte(s[i])
			begun = true
		case open != 0 && c == open:
			open = 0
		case open == 0 && (c == '\'' || c == '"'):
			open, begun = c, true
		case open == 0 && (c == ' ' || c == '\t' || c == '\n'):
			if begun {
				words = append(words, word.String())
			}
			word.Reset()
			begun = false
		default:
			word.WriteByte(s[i])
			begun = true
		}
	}
	if begun {
		words = append(words, word.String())
	}
	if open != 0 {
		return words, "a quote is not closed"
	}
	return words, ""
}

func (r *reader) mapOf(to *map[string]string) field {
	return func(n *node, path string) {
		if !r.is(n, mapping, path, "a mapping of names to values") {
			return
		}
		*to = map[string]string{}
		for i := range n.pairs {
			p := &n.pairs[i]
			(*to)[p.key] = r.scalar(p.value, join(path, p.key))
		}
	}
}

// each reads a list, or a single value as a list of one.
func (r *reader) each(read func(n *node, path string)) field {
	return func(n *node, path string) {
		if n.kind != list {
			read(n, path)
			return
		}
		for i, item := range n.items {
			read(item, fmt.Sprintf("%s[%d]", path, i))
		}
	}
}

// rate reads "200/s", "12000/m" or a plain number of requests per second.
func (r *reader) rate(to *float64) field {
	return func(n *node, path string) {
		written := r.scalar(n, path)
		count, unit, _ := strings.Cut(written, "/")
		value, err := strconv.ParseFloat(strings.TrimSpace(count), 64)
		switch strings.TrimSpace(unit) {
		case "", "s":
		case "m":
			value /= 60
		default:
			err = strconv.ErrSyntax
		}
		if n.broken {
			return
		}
		if err != nil || value <= 0 || math.IsInf(value, 0) || math.IsNaN(value) {
			r.wrong(n, path, quote(written)+" is no rate", "200/s or 12000/m")
			return
		}
		*to = value
	}
}

// share reads "90%" or 0.9.
func (r *reader) share(to *float64) field {
	return func(n *node, path string) {
		written := r.scalar(n, path)
		digits, percent := strings.CutSuffix(written, "%")
		value, err := strconv.ParseFloat(strings.TrimSpace(digits), 64)
		if percent {
			value /= 100
		}
		if n.broken {
			return
		}
		if err != nil || value < 0 || value > 1 {
			r.wrong(n, path, quote(written)+" is no share", "90% or 0.9")
			return
		}
		*to = value
	}
}

// path reads a path and makes it absolute.
func (r *reader) path(to *string) field {
	return func(n *node, path string) {
		if p := r.scalar(n, path); p != "" {
			*to = r.absolute(p)
		}
	}
}

func (r *reader) absolute(p string) string {
	if filepath.IsAbs(p) {
		return filepath.Clean(p)
	}
	return filepath.Join(r.dir, p)
}

func isURL(s string) bool { return strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://") }

// pacts reads paths, folders, globs and URLs of pacts. A path that leads
// nowhere is a fault now and not a surprise later.
func (r *reader) pacts(to *[]string) field {
	return func(n *node, path string) {
		r.texts(to)(n, path)
		for i, p := range *to {
			if isURL(p) || p == "" {
				continue
			}
			(*to)[i] = r.absolute(p)
			found, err := filepath.Glob((*to)[i])
			if err != nil {
				r.wrong(n, path, quote(p)+" is no pattern of file names: "+err.Error(), "pacts/*.json")
			} else if len(found) == 0 {
				r.wrong(n, path, "no file matches "+quote(p)+" below "+r.dir, "write the pacts first, or correct the path")
			}
		}
	}
}

func (r *reader) webURL(to *string) field {
	return func(n *node, path string) {
		written := r.scalar(n, path)
		if written == "" {
			return
		}
		if u, err := url.Parse(written); err != nil || !isURL(written) || u.Host == "" {
			r.wrong(n, path, quote(written)+" is no URL", "a whole URL such as http://127.0.0.1:8080")
			return
		}
		*to = strings.TrimSuffix(written, "/")
	}
}

// address reads host:port to listen on.
func (r *reader) address(to *string) field {
	return func(n *node, path string) {
		written := r.scalar(n, path)
		if written == "" {
			return
		}
		host, port, err := net.SplitHostPort(written)
		if number, wrong := strconv.Atoi(port); err != nil || wrong != nil || number < 0 || number > 65535 {
			r.wrong(n, path, quote(written)+" is no address to listen on", "127.0.0.1:8080")
			return
		}
		if host == "" {
			host = "127.0.0.1"
		}
		*to = net.JoinHostPort(host, port)
	}
}
