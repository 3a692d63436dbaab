package contracts

import (
	"net/url"
	"strings"
)

// query reads the string of V1 and V2 and the map of V3 and V4, whatever the
// version. Names and values are decoded.
func (r *reader) query(n *node) map[string][]string {
	if n == nil || n.shape() == isNull {
		return nil
	}
	if n.shape() == isString {
		return ParseQuery(n.text())
	}
	var q map[string][]string
	for _, m := range r.object(n).order {
		if q == nil {
			q = map[string][]string{}
		}
		q[m.key] = r.strings(m)
	}
	return q
}

// strings reads a string, null, or an array of them, or of numbers and
// booleans that stand for their text.
func (r *reader) strings(n *node) []string {
	switch n.shape() {
	case isArray:
		values := []string{}
		for _, item := range r.members(n) {
			if item.shape() == isArray {
				r.fault(item, "", "expected a string but found an array")
				continue
			}
			values = append(values, r.strings(item)...)
		}
		return values
	case isObject:
		r.fault(n, "write a string or an array of strings", "expected a string but found %s", isObject)
		return nil
	case isNull:
		return []string{""}
	case isNumber, isBool:
		r.warn(n, "%s is taken as a string", n.shape())
	}
	return []string{n.text()}
}

// ParseQuery decodes a query string: "+" is a blank, a name without "=" has
// an empty value, and a percent sign that begins no escape stands for
// itself. Values of one name keep their order.
func ParseQuery(s string) map[string][]string {
	var q map[string][]string
	for pair := range strings.SplitSeq(s, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		if q == nil {
			q = map[string][]string{}
		}
		name = queryUnescape(name)
		q[name] = append(q[name], queryUnescape(value))
	}
	return q
}

func queryUnescape(s string) string {
	if decoded, err := url.QueryUnescape(s); err == nil {
		return decoded
	}
	return s
}

// EncodeQuery is the reverse of ParseQuery, with names in order.
func EncodeQuery(q map[string][]string) string { return url.Values(q).Encode() }

// headers keeps the names as written. A string is split at its commas where
// the header is known to be a list; an array never is.
func (r *reader) headers(n *node) map[string][]string {
	if n == nil || n.shape() == isNull {
		return nil
	}
	if n.shape() != isObject {
		r.fault(n, `write {"Name": ["value"]}`, "expected headers in an object but found %s", n.shape())
		return nil
	}
	var h map[string][]string
	for _, m := range r.object(n).order {
		if h == nil {
			h = map[string][]string{}
		}
		values := r.strings(m)
		if m.shape() != isArray && len(values) == 1 {
			values = SplitHeader(m.key, values[0])
		}
		h[m.key] = values
	}
	return h
}

// lists are the headers whose values are split at commas, in lower case and
// in order. They are the ones that the reference implementation splits.
var lists = []string{
	"accept", "accept-encoding", "accept-language",
	"access-control-allow-headers", "access-control-allow-methods",
	"access-control-expose-headers", "access-control-request-headers",
	"allow", "cache-control", "if-match", "if-none-match", "vary",
}

// SplitHeader returns the values in one header line: several for a header
// that is known to be a list, else the whole of it, trimmed.
func SplitHeader(name, value string) []string {
	if !strings.Contains(value, ",") {
		return []string{strings.TrimSpace(value)}
	}
	if !IsListHeader(name) {
		return []string{strings.TrimSpace(value)}
	}
	values := strings.Split(value, ",")
	for i, v := range values {
		values[i] = strings.TrimSpace(v)
	}
	return values
}

// headerValue returns the first value of a header, whatever its case; "" is
// none. Of several spellings the first in order counts.
func headerValue(headers map[string][]string, name string) string {
	found, value := "", ""
	for k, values := range headers {
		if strings.EqualFold(k, name) && len(values) > 0 && (found == "" || k < found) {
			found, value = k, values[0]
		}
	}
	return value
}
