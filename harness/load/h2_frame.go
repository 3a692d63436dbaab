package load

import (
	"encoding/binary"
	"fmt"
)

// A frame is the unit of HTTP/2 (RFC 9113, section 4). Its payload is that of
// the buffer it was read into.
type frame struct {
	kind    frameKind
	flags   byte
	stream  uint32
	payload []byte
}

type frameKind uint8

// The kinds of frames (RFC 9113, section 6).
const (
	frameData frameKind = iota
	frameHeaders
	framePriority
	frameReset
	frameSettings
	framePush
	framePing
	frameGoAway
	frameWindow
	frameContinuation
)

// Flags of frames.
const (
	flagEndStream  = 0x1 // of DATA and HEADERS
	flagAck        = 0x1 // of SETTINGS and PING
	flagEndHeaders = 0x4
	flagPadded     = 0x8
	flagPriority   = 0x20
)

// Settings (RFC 9113, section 6.5.2).
const (
	settingTable      = 1 // HEADER_TABLE_SIZE
	settingPush       = 2 // ENABLE_PUSH
	settingStreams    = 3 // MAX_CONCURRENT_STREAMS
	settingWindow     = 4 // INITIAL_WINDOW_SIZE
	settingFrame      = 5 // MAX_FRAME_SIZE
	settingHeaderList = 6 // MAX_HEADER_LIST_SIZE
)

// Sizes that the protocol names.
const (
	frameHead     = 9
	leastFrame    = 16 << 10 // the largest payload that everybody must take; we take no larger one
	largestFrame  = 1<<24 - 1
	firstWindow   = 64<<10 - 1 // before a setting changes it
	largestWindow = 1<<31 - 1
	lastStream    = 1<<31 - 1
)

const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

// An h2Code says why a stream or a connection ends (RFC 9113, section 7).
type h2Code uint32

const (
	codeNone h2Code = iota
	codeProtocol
	codeInternal
	codeFlowControl
	codeSettingsTimeout
	codeStreamClosed
	codeFrameSize
	codeRefused
	codeCancel
	codeCompression
	codeConnect
	codeCalm
	codeSecurity
	codeHTTP11
)

var codeNames = [...]string{
	"NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT", "STREAM_CLOSED", "FRAME_SIZE_ERROR",
	"REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR", "ENHANCE_YOUR_CALM", "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED",
}

func (c h2Code) String() string {
	if int(c) < len(codeNames) {
		return codeNames[c]
	}
	return fmt.Sprintf("code %d", uint32(c))
}

// An h2Error is what a peer did that the protocol does not allow; the
// connection ends with it.
type h2Error struct {
	code  h2Code
	class string
	why   string
}

func (e *h2Error) Error() string { return "HTTP/2: " + e.why }

func offence(code h2Code, why string) *h2Error { return &h2Error{code, classProtocol, why} }

// cutFrame takes the first frame off b and says how many bytes it had; 0 where
// more have to come.
func cutFrame(b []byte) (frame, int, *h2Error) {
	if len(b) < frameHead {
		return frame{}, 0, nil
	}
	head := binary.BigEndian.Uint64(b)
	size := int(head >> 40)
	if size > leastFrame {
		return frame{}, 0, offence(codeFrameSize, "a frame is larger than was allowed")
	}
	if len(b) < frameHead+size {
		return frame{}, 0, nil
	}
	f := frame{
		kind: frameKind(b[3]), flags: b[4], stream: binary.BigEndian.Uint32(b[5:]) & lastStream,
		payload: b[frameHead : frameHead+size],
	}
	return f, frameHead + size, nil
}

// content is the payload of a DATA or HEADERS frame without padding and
// priority.
func (f *frame) content() ([]byte, *h2Error) {
	p, pad := f.payload, 0
	if f.flags&flagPadded != 0 {
		if len(p) == 0 {
			return nil, offence(codeFrameSize, "a frame has no room for the padding that it tells of")
		}
		pad, p = int(p[0]), p[1:]
	}
	if f.kind == frameHeaders && f.flags&flagPriority != 0 {
		if len(p) < 5 {
			return nil, offence(codeFrameSize, "a frame has no room for the priority that it tells of")
		}
		p = p[5:]
	}
	if pad > len(p) {
		return nil, offence(codeProtocol, "a frame has more padding than payload")
	}
	return p[:len(p)-pad], nil
}

func appendFrameHead(b []byte, kind frameKind, flags byte, stream uint32) []byte {
	return append(b, 0, 0, 0, byte(kind), flags, byte(stream>>24), byte(stream>>16), byte(stream>>8), byte(stream))
}

// appendFrame writes a whole frame of at most leastFrame bytes.
func appendFrame(b []byte, f frame) []byte {
	at := len(b)
	b = appendFrameHead(b, f.kind, f.flags, f.stream)
	b = append(b, f.payload...)
	n := len(f.payload)
	b[at], b[at+1], b[at+2] = byte(n>>16), byte(n>>8), byte(n)
	return b
}

// appendNumber writes a frame whose payload is one number: WINDOW_UPDATE or RST_STREAM.
func appendNumber(b []byte, kind frameKind, stream, value uint32) []byte {
	b = appendFrameHead(b, kind, 0, stream)
	b[len(b)-frameHead+2] = 4
	return binary.BigEndian.AppendUint32(b, value)
}

// appendGoAway says why we leave.
func appendGoAway(b []byte, code h2Code) []byte {
	var payload [8]byte
	binary.BigEndian.PutUint32(payload[4:], uint32(code))
	return appendFrame(b, frame{kind: frameGoAway, payload: payload[:]})
}

// appendHello is what a client begins with: the preface, its settings, and a
// larger window for the connection.
func appendHello(b []byte) []byte {
	b = append(b, preface...)
	var payload []byte
	set := func(id uint16, value uint32) {
		payload = binary.BigEndian.AppendUint16(payload, id)
		payload = binary.BigEndian.AppendUint32(payload, value)
	}
	set(settingPush, 0)
	set(settingWindow, streamWindow)
	set(settingHeaderList, mostHeader)
	b = appendFrame(b, frame{kind: frameSettings, payload: payload})
	return appendNumber(b, frameWindow, 0, connWindow-firstWindow)
}
