package system

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// textForms are the forms that a text may have to have.
var textForms = map[string]textForm{
	"":         nil,
	"address":  addressForm,
	"call":     callForm,
	"edge":     edgeForm,
	"method":   methodForm,
	"pact":     pactForm,
	"path":     pathForm,
	"pattern":  patternForm,
	"pointer":  jsonPointerForm,
	"route":    routeForm,
	"service":  serviceForm,
	"states":   statesForm,
	"target":   targetForm,
	"template": templateForm,
	"token":    headerNameForm,
	"url":      urlForm,
	"variable": variableForm,
}

func (r *reader) absolute(p string) string {
	if filepath.IsAbs(p) {
		return filepath.Clean(p)
	}
	return filepath.Join(r.dir, p)
}

func pathForm(r *reader, written string) (value, wrong, remedy string) {
	if written == "" {
		return "", "this is empty", ""
	}
	return r.absolute(written), "", ""
}

func isURL(s string) bool { return strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://") }

// urlForm is a base URL: paths are put behind it, so it has neither query nor
// fragment; and no password, as the URL is shown in reports.
func urlForm(_ *reader, written string) (value, wrong, remedy string) {
	u, err := url.Parse(written)
	switch {
	case written == "":
		return "", "this is empty", ""
	case err != nil:
		return "", quote(written) + " is no URL", ""
	case u.User != nil:
		return "", "a URL here holds no user and no password", "take them out, and hand them over as a header or through the environment"
	case !isURL(written):
		remedy = ""
		if !strings.Contains(written, "://") {
			remedy = "http://" + clean(written)
		}
		return "", quote(written) + " does not begin with http:// or https://", remedy
	case u.Hostname() == "" || strings.ContainsAny(written, " \t\r\n"):
		return "", quote(written) + " is no URL", ""
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return "", "a base URL has no query and no fragment", clean(u.Scheme + "://" + u.Host + u.EscapedPath())
	case !isPort(u.Port(), true):
		return "", "there is no port " + quote(u.Port()), "a port from 1 to 65535"
	}
	return strings.TrimSuffix(written, "/"), "", ""
}

// overGRPC are the schemes of calls, by those that they are spoken over.
var overGRPC = map[string]string{"grpc://": "http://", "grpcs://": "https://"}

// targetForm is urlForm, but for calls of gRPC too.
func targetForm(r *reader, written string) (value, wrong, remedy string) {
	for scheme, plain := range overGRPC {
		if rest, ok := strings.CutPrefix(written, scheme); ok {
			value, wrong, remedy = urlForm(r, plain+rest)
			return strings.Replace(value, plain, scheme, 1), wrong, strings.Replace(remedy, plain, scheme, 1)
		}
	}
	return urlForm(r, written)
}

var methodOfCall = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_]*\.)*[A-Za-z_][A-Za-z0-9_]*/[A-Za-z_][A-Za-z0-9_]*$`)

// callForm names a method of gRPC.
func callForm(_ *reader, written string) (value, wrong, remedy string) {
	written = strings.TrimPrefix(written, "/") // as it stands on the wire
	if !methodOfCall.MatchString(written) {
		return "", quote(written) + " names no method of gRPC", "package.Service/Method, such as shop.v1.Orders/Get"
	}
	return written, "", ""
}

// edgeForm is consumer->provider, with blanks as one likes.
func edgeForm(_ *reader, written string) (value, wrong, remedy string) {
	consumer, provider, found := strings.Cut(written, "->")
	if consumer, provider = strings.TrimSpace(consumer), strings.TrimSpace(provider); !found || consumer == "" || provider == "" {
		return "", quote(written) + " is no edge", "consumer->provider, such as web->orders, or entry->web"
	}
	return consumer + "->" + provider, "", ""
}

func isPort(s string, none bool) bool {
	if s == "" {
		return none
	}
	port, err := strconv.Atoi(s)
	return err == nil && plainNumber.MatchString(s) && port > 0 && port <= 65535
}

// addressForm is host:port to listen on; without a host it is 127.0.0.1.
func addressForm(_ *reader, written string) (value, wrong, remedy string) {
	host, port, err := net.SplitHostPort(written)
	switch {
	case isPort(written, false):
		return "", quote(written) + " is a port and no address", "127.0.0.1:" + written
	case err != nil || port != "0" && !isPort(port, false):
		return "", quote(written) + " is no address to listen on", ""
	case host == "":
		host = "127.0.0.1"
	case host != "localhost":
		if _, err := netip.ParseAddr(host); err != nil {
			return "", quote(host) + " is no IP address", ""
		}
	}
	return net.JoinHostPort(host, port), "", ""
}

// isLoopback says whether only this machine reaches the address.
func isLoopback(address string) bool {
	host, _, _ := net.SplitHostPort(address)
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// tokenForm is a method or the name of a header (RFC 9110, section 5.6.2).
var tokenForm = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")

func methodForm(_ *reader, written string) (value, wrong, remedy string) {
	if written != "" && !tokenForm.MatchString(written) {
		return "", quote(written) + " is no method", "GET, POST, PUT, PATCH, DELETE or another word"
	}
	return strings.ToUpper(written), "", ""
}

func routeForm(_ *reader, written string) (value, wrong, remedy string) {
	switch {
	case !strings.HasPrefix(written, "/"):
		return "", "a path begins with /", "/" + clean(strings.TrimSpace(written))
	case strings.ContainsFunc(written, func(c rune) bool { return c <= ' ' || c == 0x7f }):
		return "", "a path holds no blanks and no control characters", "write a blank as %20"
	case strings.Contains(written, "#"):
		return "", "a path holds no #: what follows it is never sent", "write it as %23, or leave it out"
	}
	if _, err := url.ParseRequestURI(written); err != nil {
		return "", quote(written) + " is no path", "write a % that is meant as such as %25"
	}
	return written, "", ""
}

// maxPattern bounds a regular expression: compiled, a short one can be large.
const maxPattern = 1000

func patternForm(_ *reader, written string) (value, wrong, remedy string) {
	if len(written) > maxPattern {
		return "", fmt.Sprintf("this regular expression is longer than %d bytes", maxPattern), "a part of the line is enough"
	}
	if _, err := regexp.Compile(written); err != nil {
		return "", "this is no regular expression: " + clean(strings.TrimPrefix(err.Error(), "error parsing regexp: ")),
			`a \ before each of . + * ? ( ) [ ] { } that is meant as such`
	}
	return written, "", ""
}

func serviceForm(_ *reader, written string) (value, wrong, remedy string) {
	if written == "" {
		return "", "this is empty", ""
	}
	return written, "", ""
}

func statesForm(r *reader, written string) (value, wrong, remedy string) {
	switch {
	case strings.HasPrefix(written, "/"):
		return routeForm(r, written)
	case isURL(written):
		return urlForm(r, written)
	}
	return "", quote(written) + " is neither a path of the provider nor a URL", ""
}

var placeholder = regexp.MustCompile(`\{[A-Za-z_]*\}`)

// templateForm holds the placeholders of a value against those there are.
func templateForm(_ *reader, written string) (value, wrong, remedy string) {
	known := []string{"{url}", "{host}", "{port}", "{addr}"}
	for _, found := range placeholder.FindAllString(written, -1) {
		if !slices.Contains(known, found) {
			wrong = quote(found) + " stands for nothing here"
			if near := Nearest(found, known); near != "" {
				wrong += "; did you mean " + quote(near) + "?"
			}
			return "", wrong, "one of " + strings.Join(known, ", ")
		}
	}
	return written, "", ""
}

func variableForm(_ *reader, written string) (value, wrong, remedy string) {
	switch {
	case !isVariable(written):
		return "", quote(written) + " cannot name a variable", "letters, digits and _, such as ORDERS_URL"
	case isReserved(written):
		return "", "seam sets " + quote(written) + " itself", "another name, such as ORDERS_URL"
	}
	return written, "", ""
}

// pactForm is a file, folder, glob or URL; whether it is there is not looked
// up here, so that reading stays pure.
func pactForm(r *reader, written string) (value, wrong, remedy string) {
	switch {
	case written == "":
		return "", "this is empty", ""
	case strings.Contains(written, "://"):
		u, err := url.Parse(written)
		if err != nil || !isURL(written) || u.Hostname() == "" {
			return "", quote(written) + " is no URL of a pact", "http:// or https://, or the path of a file"
		}
		if u.User != nil {
			return "", "a URL here holds no user and no password", "fetch the pact first, and name its file"
		}
		return written, "", ""
	}
	if _, err := filepath.Match(written, ""); err != nil {
		return "", quote(written) + " is no pattern of file names", `close the [, or write it \[`
	}
	if filepath.IsAbs(written) {
		return filepath.Clean(written), "", ""
	}
	return filepath.Join(r.patternDir(written), written), "", ""
}

// patternDir is the file's folder as a pattern: where the name behind it is
// one, characters of the folder must not be.
func (r *reader) patternDir(name string) string {
	if !strings.ContainsAny(name, `*?[\`) || os.PathSeparator == '\\' {
		return r.dir
	}
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(r.dir)
}

// texts reads a mapping of names to texts: environment or headers.
func (r *reader) texts(to *map[string]string, form string) field {
	return func(n *node, path string) {
		if !r.is(n, mapping, path, "a mapping of names to values") {
			return
		}
		*to = map[string]string{}
		for i := range n.pairs {
			p := &n.pairs[i]
			at := join(path, p.key)
			r.places[at] = p.pos
			if p.value.broken {
				continue
			}
			var value string
			r.formed(&value, nil)(p.value, at)
			if form == "headers" {
				r.checkHeader(p, at, value, *to)
			} else if !isVariable(p.key) {
				r.add(Fault{Pos: p.pos, Key: at, Message: quote(p.key) + " cannot name a variable", Remedy: "letters, digits and _, no digit first"})
			}
			(*to)[p.key] = value
		}
	}
}

func (r *reader) checkHeader(p *pair, path, value string, before map[string]string) {
	if !tokenForm.MatchString(p.key) {
		r.add(Fault{Pos: p.pos, Key: path, Message: quote(p.key) + " cannot name a header", Remedy: "letters, digits and dashes, such as X-Tenant"})
	}
	if hasHeader(before, p.key) {
		r.add(Fault{Pos: p.pos, Key: path, Message: quote(p.key) + " is here in another case already", Remedy: "keep one of the two"})
	}
	if strings.ContainsAny(value, "\r\n") {
		r.wrong(p.value, path, "a header's value is one line", "leave the line breaks out")
	}
}

// hasHeader looks a header up, whose name has no case.
func hasHeader(headers map[string]string, name string) bool {
	for key := range headers {
		if strings.EqualFold(key, name) {
			return true
		}
	}
	return false
}
