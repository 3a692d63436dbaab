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
// It reads a string and not bytes, so that what it hands out shares its memory.
type message struct {
	rest string
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
func (m *message) next(f *field) bool {
	if m.rest == "" || m.err != nil {
		return false
	}
	f.tag = m.varint()
	if f.tag>>3 == 0 || f.tag>>3 > 1<<29-1 {
		return m.fail(fmt.Errorf("field number %d does not exist", f.tag>>3))
	}
	switch f.tag & 7 {
	case varint:
		f.num = m.varint()
	case fixed64:
		if len(m.rest) < 8 {
			return m.fail(errTruncated)
		}
		f.num, m.rest = uint64(le32(m.rest))|uint64(le32(m.rest[4:]))<<32, m.rest[8:]
	case lengths:
		n := m.varint()
		if n > uint64(len(m.rest)) {
			return m.fail(errTruncated)
		}
		f.str, m.rest = m.rest[:n], m.rest[n:]
	case fixed32:
		if len(m.rest) < 4 {
			return m.fail(errTruncated)
		}
		f.num, m.rest = uint64(le32(m.rest)), m.rest[4:]
	default:
		return m.fail(fmt.Errorf("field %d has the wire type %d, which OTLP does not use", f.tag>>3, f.tag&7))
	}
	return m.err == nil
}

func (m *message) varint() uint64 {
	if m.rest != "" && m.rest[0] < 0x80 {
		v := uint64(m.rest[0])
		m.rest = m.rest[1:]
		return v
	}
	var v uint64
	for i := 0; i < len(m.rest) && i < binary.MaxVarintLen64; i++ {
		b := m.rest[i]
		if i == binary.MaxVarintLen64-1 && b > 1 {
			break
		}
		v |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			m.rest = m.rest[i+1:]
			return v
		}
	}
	m.fail(errTruncated)
	return 0
}

func (m *message) fail(err error) bool {
	if m.err == nil {
		m.err, m.rest = err, ""
	}
	return false
}

func le32(s string) uint32 {
	return uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
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
