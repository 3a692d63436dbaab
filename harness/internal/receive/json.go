package receive

// decodeJSON reads OTLP's JSON encoding: hexadecimal ids, enums as numbers or
// names, unknown fields passed over. It goes by way of protobuf, so that there
// is one place that makes spans of OTLP.
func decodeJSON(body []byte, l *lease, s *shared) (batch, error) {
	if err := l.take(2 * len(body)); err != nil { // protobuf is the shorter encoding, but for some numbers
		return batch{}, err
	}
	t := transcoder{scanner: scanner{in: lent(body)}, out: make([]byte, 0, len(body))}
	t.message(requestFields)
	t.end()
	if t.err != nil {
		return batch{}, malformed("OTLP JSON request", t.err)
	}
	return decodeOTLP(t.out, l, s)
}
