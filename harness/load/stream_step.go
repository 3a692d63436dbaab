package load

import (
	"net/http"
	"slices"
	"strconv"
)

// written is the request of a stream as it is sent now; nil where a value of
// its step cannot stand where it would.
func (c *streamConn) written(st *stream) *h2Wire {
	w := st.wire
	if w.plan == nil {
		st.rest = w.body
		return w
	}
	sheet, ok := &c.sheet, false
	if c.s.plain {
		sheet.plain.plan = w.plan
		sheet.body, ok = sheet.plain.render(st.in, sheet.body)
		sheet.head = sheet.plain.head
	} else {
		st.body, ok = sheet.render(w.plan, st.in, st.body)
		st.rest = st.body
	}
	if !ok {
		return nil
	}
	return sheet
}

// render writes the headers of a step with the values of a session; body is
// room for its body. False: a value cannot stand where it would.
func (w *h2Wire) render(p *stepPlan, in *session, body []byte) (room []byte, ok bool) {
	if p.next != nil {
		return w.renew(p, p.next(in.n), body)
	}
	if body, ok = p.body.render(body[:0], in); !ok {
		return body, false
	}
	if w.line, ok = p.path.render(w.line[:0], in); !ok {
		return body, false
	}
	w.block, w.head = w.block[:0], p.method == http.MethodHead
	w.start(p.method, p.secure())
	w.block = appendString(append(w.block, fieldPath), w.line)
	for i := range p.headers {
		f := &p.headers[i]
		if w.line, ok = f.value.render(w.line[:0], in); !ok {
			return body, false
		}
		switch {
		case f.name == "Host":
			w.block = append(w.block, fieldAuthority)
		case slices.Contains(hopHeaders, f.name):
			continue
		default:
			w.name(f.name)
		}
		w.block = appendString(w.block, w.line)
	}
	if p.bodied {
		w.name("content-length")
		w.line = strconv.AppendInt(w.line[:0], int64(len(body)), 10)
		w.block = appendString(w.block, w.line)
	}
	w.context()
	return body, true
}

// renew writes a request that was made for this sending; false: it would not
// be one well-formed request.
func (w *h2Wire) renew(p *stepPlan, r Request, body []byte) (room []byte, ok bool) {
	r.URL, r.GRPC = p.origin+r.pathOf(), nil
	made, err := newH2Wire(&r, 0)
	if err != nil {
		return body, false
	}
	w.block, w.trace, w.head = made.block, made.trace, made.head
	return append(body[:0], r.Body...), true
}

// name begins a field that no table knows, with its name in lower case.
func (w *h2Wire) name(name string) {
	w.block = appendString(append(w.block, 0), name)
	for i := len(w.block) - len(name); i < len(w.block); i++ {
		if c := w.block[i]; c >= 'A' && c <= 'Z' {
			w.block[i] = c | 0x20
		}
	}
}
