package load

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// pathOf is the path of a request with its query.
func (r *Request) pathOf() string {
	_, path := splitURL(r.URL)
	return path
}

// splitURL takes a URL apart into scheme and host, and path with query; the
// path may hold templates.
func splitURL(text string) (origin, path string) {
	scheme, rest, found := strings.Cut(text, "://")
	if !found {
		return "", text
	}
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		return text, "/"
	}
	path, _, _ = strings.Cut(rest[end:], "#")
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	return scheme + "://" + rest[:end], path
}

// request compiles a request for both senders.
func (c *compiler) request(plan *stepPlan, r *Request, key string) {
	origin, path := splitURL(r.URL)
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		c.wrong(key+".path", fmt.Sprintf("%q is no URL to load; write it whole, such as http://127.0.0.1:8080/", r.URL), "")
		return
	}
	if err := r.check(); err != nil {
		c.wrong(key, strings.TrimPrefix(err.Error(), "load: "), "")
		return
	}
	if strings.ContainsFunc(path, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		c.wrong(key+".path", "a path holds no blanks and no control characters", "write a blank as %20")
	}
	plan.origin = origin
	c.path(plan, path, key+".path")
	host := u.Host
	header := http.Header{}
	for name, value := range r.Header {
		header.Set(name, value)
	}
	if given := header.Get("Host"); given != "" {
		host = given
	}
	plan.head.add(plan.method + " ")
	plan.head = append(plan.head, plan.path...)
	plan.head.add(" HTTP/1.1\r\nHost: ")
	c.header(plan, "Host", host, key)
	for _, ours := range ourHeaders {
		header.Del(ours)
	}
	if header.Get("User-Agent") == "" {
		header.Set("User-Agent", userAgent)
	}
	for _, name := range sortedNames(header) {
		plan.head.add(name + ": ")
		c.header(plan, name, strings.TrimSpace(header.Get(name)), key)
	}
	plan.bodied = len(r.Body) > 0 || (plan.method != http.MethodGet && plan.method != http.MethodHead)
	c.body(plan, r.Body, escapesOf(header.Get("Content-Type"), r.Body), key+".body")
}

// path compiles a path; what is no ASCII in it is percent-encoded.
func (c *compiler) path(plan *stepPlan, text, key string) {
	for _, p := range c.pieces(text, key) {
		if p.name != "" {
			plan.path = append(plan.path, part{value: c.resolve(p.name, key), as: inPath})
			continue
		}
		var b strings.Builder
		for i := range len(p.text) {
			if c := p.text[i]; c < 0x80 {
				b.WriteByte(c)
			} else {
				fmt.Fprintf(&b, "%%%02X", c)
			}
		}
		plan.path.add(b.String())
	}
}

func (c *compiler) header(plan *stepPlan, name, text, key string) {
	f := field{name: name}
	key += ".headers." + name
	for _, p := range c.pieces(text, key) {
		if p.name == "" {
			f.value.add(p.text)
			continue
		}
		f.value = append(f.value, part{value: c.resolve(p.name, key), as: inHeader})
	}
	plan.headers = append(plan.headers, f)
	for i := range f.value {
		if p := f.value[i]; p.text != nil {
			plan.head.add(string(p.text))
		} else {
			plan.head = append(plan.head, p)
		}
	}
	plan.head.add("\r\n")
}

func (c *compiler) body(plan *stepPlan, text []byte, escapes *bodyEscapes, key string) {
	for _, p := range c.pieces(string(text), key) {
		if p.name == "" {
			escapes.pass(p.text)
			plan.body.add(p.text)
			continue
		}
		plan.body = append(plan.body, part{value: c.resolve(p.name, key), as: escapes.now()})
	}
}

func (c *compiler) pieces(text, key string) []piece {
	if c.as {
		return []piece{{text: text}}
	}
	all, err := pieces(text)
	if err != nil {
		c.wrong(key, err.Error(), "")
	}
	return all
}

// resolve finds what a name stands for.
func (c *compiler) resolve(name, key string) ref {
	if value, ok := c.known[name]; ok {
		return value
	}
	feeder, _, dotted := strings.Cut(name, ".")
	if t, read := c.feeders[feeder]; dotted && read && t == nil {
		return ref{} // its file could not be read, which is told already
	}
	var names []string
	for other := range c.known {
		if !strings.HasPrefix(other, "seam.") || strings.HasPrefix(name, "seam.") {
			names = append(names, other)
		}
	}
	slices.Sort(names)
	remedy := "extract it from an earlier answer, or take it from data"
	if len(names) > 0 {
		const most = 12
		remedy = "one of " + strings.Join(names[:min(len(names), most)], ", ") + ", or extract it from an earlier answer"
	}
	c.wrong(key, "there is no value {{"+name+"}} here", remedy)
	return ref{}
}
