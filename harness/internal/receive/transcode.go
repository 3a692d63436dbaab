package receive

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"math"
	"strconv"
	"unsafe"

	"google.golang.org/protobuf/encoding/protowire"
)

// A transcoder turns OTLP's JSON encoding (opentelemetry-proto 1.11, "JSON
// Protobuf Encoding") into the protobuf encoding of the same, which is shorter.
type transcoder struct {
	scanner
	out []byte
}

// A fields function knows the fields of one message by their names, also by
// those of the proto files; the zero rule means unknown.
type fields func(name string) rule

type rule struct {
	number   protowire.Number
	as       form
	repeated bool
	of       fields         // of a message
	names    map[string]int // of an enumeration
}

// A form is how JSON tells a value.
type form int

const (
	asMessage form = iota
	asText
	asHex
	asBase64
	asBool
	asInt     // also in quotes
	asFixed64 // also in quotes
	asFixed32
	asDouble // also in quotes, for what JSON has no number for
	asEnum   // a number or a name
)

var errNotKnown = errors.New("a name that the enumeration does not have")

// message turns one object.
func (t *transcoder) message(of fields) {
	for t.enter('{'); t.more('}'); {
		r := of(t.key())
		switch {
		case r.number == 0 || t.next() == 'n':
			t.skip()
		case r.repeated:
			for t.enter('['); t.more(']'); {
				t.value(r)
			}
		default:
			t.value(r)
		}
	}
}

func (t *transcoder) value(r rule) {
	switch r.as {
	case asMessage:
		start := t.open(r.number)
		t.message(r.of)
		t.close(start)
	case asText:
		t.bytes(r.number, t.text())
	case asHex:
		t.id(r.number, t.text())
	case asBase64:
		content, err := unbase64(t.text())
		t.check(err)
		t.bytes(r.number, content)
	case asDouble:
		f, err := strconv.ParseFloat(t.numeral(), 64)
		if !errors.Is(err, strconv.ErrRange) {
			t.check(err)
		}
		t.out = protowire.AppendFixed64(protowire.AppendTag(t.out, r.number, protowire.Fixed64Type), math.Float64bits(f))
	default:
		t.integer(r)
	}
}

// id turns a hexadecimal id, without memory of its own.
func (t *transcoder) id(number protowire.Number, s string) {
	var id [32]byte
	if len(s) > 2*len(id) {
		s = s[:2*len(id)] // no id is as long, so it is refused whatever it is
	}
	n, err := hex.Decode(id[:], unsafe.Slice(unsafe.StringData(s), len(s)))
	t.check(err)
	t.out = protowire.AppendBytes(protowire.AppendTag(t.out, number, protowire.BytesType), id[:n])
}

func (t *transcoder) integer(r rule) {
	switch r.as {
	case asBool:
		t.varint(r.number, protowire.EncodeBool(t.boolean()))
	case asEnum:
		t.varint(r.number, uint64(t.enum(r)))
	case asInt:
		n, err := strconv.ParseInt(t.numeral(), 10, 64)
		t.check(err)
		t.varint(r.number, uint64(n))
	case asFixed32:
		n, err := strconv.ParseUint(t.numeral(), 10, 32)
		t.check(err)
		t.out = protowire.AppendFixed32(protowire.AppendTag(t.out, r.number, protowire.Fixed32Type), uint32(n))
	default:
		n, err := strconv.ParseUint(t.numeral(), 10, 64)
		t.check(err)
		t.out = protowire.AppendFixed64(protowire.AppendTag(t.out, r.number, protowire.Fixed64Type), n)
	}
}

func (t *transcoder) enum(r rule) int {
	said := t.numeral()
	if n, known := r.names[said]; known {
		return n
	}
	n, err := strconv.ParseInt(said, 10, 32)
	if err != nil {
		t.check(errNotKnown)
	}
	return int(n)
}

func (t *transcoder) varint(number protowire.Number, n uint64) {
	t.out = protowire.AppendVarint(protowire.AppendTag(t.out, number, protowire.VarintType), n)
}

func (t *transcoder) bytes(number protowire.Number, s string) {
	t.out = protowire.AppendString(protowire.AppendTag(t.out, number, protowire.BytesType), s)
}

// open begins a message within the message, whose length close fills in.
func (t *transcoder) open(number protowire.Number) (start int) {
	t.out = append(protowire.AppendTag(t.out, number, protowire.BytesType), 0)
	return len(t.out)
}

func (t *transcoder) close(start int) {
	n := len(t.out) - start
	if n < 0x80 {
		t.out[start-1] = byte(n)
		return
	}
	var length [binary.MaxVarintLen64]byte
	more := binary.PutUvarint(length[:], uint64(n)) - 1
	t.out = append(t.out, length[:more]...) // room, whatever is in it
	copy(t.out[start+more:], t.out[start:start+n])
	copy(t.out[start-1:], length[:more+1])
}

// unbase64 takes both alphabets, with and without padding, as JSON's mapping
// of protobuf does.
func unbase64(s string) (string, error) {
	plain := make([]byte, 0, len(s))
	for i := range len(s) {
		switch c := s[i]; c {
		case '-':
			plain = append(plain, '+')
		case '_':
			plain = append(plain, '/')
		case '=':
		default:
			plain = append(plain, c)
		}
	}
	n, err := base64.RawStdEncoding.Decode(plain, plain)
	return string(plain[:n]), err
}
