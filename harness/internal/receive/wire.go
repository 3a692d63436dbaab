package receive

import (
	"encoding/binary"
	"errors"
	"fmt"
	"unsafe"
)

// Protobuf's wire types; groups (3 and 4) never occur in OTLP and are refused.
const (
	varint  = 0
	fixed64 = 1
	lengths = 2
	fixed32 = 5
)

var errTruncated = errors.New("the message ends within a field")

// A message reads the fields of one protobuf message in the order of the wire.
// It reads a string and not bytes, so that what it hands out shares its memory,
// and keeps its place as a number, which costs the garbage collector nothing.
type message struct {
	text string
	at   int
	err  error
}

// A field is one field of a message. A case label is number<<3 | wire type:
// a field of another wire type than its number's is unknown and passed over.
type field struct {
	tag uint64
	num uint64 // of a varint, fixed64 or fixed32
	str string // of a length-delimited field
}

// next reads a field and reports whether there was one. After it said false,
// m.err tells the end of the message (nil) from a malformed one.
func (m *message) next() (f field, ok bool) {
	if m.at >= len(m.text) {
		return f, false
	}
	tag, at := uvarint(m.text, m.at)
	switch {
	case at == cutOff:
		return f, m.fail(errTruncated)
	case tag>>3 == 0 || tag>>3 > 1<<29-1:
		return f, m.fail(fmt.Errorf("field number %d does not exist", tag>>3))
	}
	f.tag = tag
	switch tag & 7 {
	case varint:
		f.num, at = uvarint(m.text, at)
		if at == cutOff {
			return f, m.fail(errTruncated)
		}
	case fixed64:
		if len(m.text)-at < 8 {
			return f, m.fail(errTruncated)
		}
		f.num, at = le64(m.text[at:]), at+8
	case lengths:
		n, from := uvarint(m.text, at)
		if from == cutOff || n > uint64(len(m.text)-from) {
			return f, m.fail(errTruncated)
		}
		at = from + int(n)
		f.str = m.text[from:at]
	case fixed32:
		if len(m.text)-at < 4 {
			return f, m.fail(errTruncated)
		}
		f.num, at = le32(m.text[at:]), at+4
	default:
		return f, m.fail(fmt.Errorf("field %d has the wire type %d, which OTLP does not use", tag>>3, tag&7))
	}
	m.at = at
	return f, true
}

func (m *message) fail(err error) bool {
	m.at, m.err = len(m.text), err
	return false
}

// cutOff is the place after a varint that does not end.
const cutOff = -1

// uvarint reads a varint and says where it ends. One byte is the usual case.
func uvarint(s string, at int) (v uint64, end int) {
	if at < len(s) && s[at] < 0x80 {
		return uint64(s[at]), at + 1
	}
	return longVarint(s, at)
}

func longVarint(s string, at int) (v uint64, end int) {
	for i := 0; at+i < len(s) && i < binary.MaxVarintLen64; i++ {
		b := s[at+i]
		if i == binary.MaxVarintLen64-1 && b > 1 {
			break
		}
		v |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			return v, at + i + 1
		}
	}
	return 0, cutOff
}

func le64(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

func le32(s string) uint64 {
	_ = s[3]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24
}

// A merged field is a message that may come more than once in its parent, which
// protobuf reads as one message: the encoded forms one after the other.
type merged struct {
	once string
	more []byte // nil unless it came more than once
}

func (m *merged) add(s string, l *lease) error {
	if m.once == "" {
		m.once = s
		return nil
	}
	if m.more == nil {
		if err := l.take(2 * len(m.once)); err != nil {
			return err
		}
		m.more = []byte(m.once)
	}
	if err := l.take(2 * len(s)); err != nil { // append may double the slice
		return err
	}
	m.more = append(m.more, s...)
	return nil
}

func (m *merged) text() string {
	if m.more != nil {
		return lent(m.more)
	}
	return m.once
}

// lent lends b as a string, valid only until b is written to again.
func lent(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
