package receive

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/apache/thrift/lib/go/thrift"
	"github.com/jaegertracing/jaeger-idl/thrift-gen/jaeger"
)

// jaegerDecoder decodes a Batch of jaeger.thrift in the binary protocol.
func jaegerDecoder(contentType string) func([]byte, *lease, *shared) (batch, error) {
	switch contentType {
	case "application/x-thrift", "application/vnd.apache.thrift.binary":
		return decodeThrift
	}
	return nil
}

func decodeThrift(body []byte, l *lease, _ *shared) (batch, error) {
	p := thrift.NewTBinaryProtocolConf(inMemory(body), thriftLimits(body))
	var b jaeger.Batch
	if err := b.Read(context.Background(), &guard{TProtocol: p, lease: l, left: len(body)}); err != nil {
		return batch{}, malformedThrift("Jaeger Thrift batch", err)
	}
	return fromJaeger(&b, l)
}

func inMemory(body []byte) *thrift.TMemoryBuffer {
	return &thrift.TMemoryBuffer{Buffer: bytes.NewBuffer(body)}
}

func thriftLimits(body []byte) *thrift.TConfiguration {
	return &thrift.TConfiguration{MaxMessageSize: int32(len(body)), TBinaryStrictRead: new(bool)}
}

func malformedThrift(what string, err error) error {
	if r, ok := errors.AsType[*refusal](err); ok {
		return r
	}
	return malformed(what, err)
}

// A guard stands between the generated code and the wire. It refuses
// containers that claim more elements than there are bytes left, and charges
// each struct and string before it is made: an empty struct takes one byte of
// the wire and a hundred of memory.
type guard struct {
	thrift.TProtocol
	lease *lease
	left  int // at most this many elements can come
}

const (
	sizeofStruct  = 192
	sizeofPointer = 8
)

func (g *guard) ReadStructBegin(ctx context.Context) (string, error) {
	if err := g.lease.take(sizeofStruct); err != nil {
		return "", err
	}
	return g.TProtocol.ReadStructBegin(ctx)
}

func (g *guard) ReadListBegin(ctx context.Context) (thrift.TType, int, error) {
	t, n, err := g.TProtocol.ReadListBegin(ctx)
	if err == nil {
		err = g.claim(n)
	}
	return t, n, err
}

func (g *guard) ReadSetBegin(ctx context.Context) (thrift.TType, int, error) {
	t, n, err := g.TProtocol.ReadSetBegin(ctx)
	if err == nil {
		err = g.claim(n)
	}
	return t, n, err
}

func (g *guard) ReadMapBegin(ctx context.Context) (k, v thrift.TType, n int, err error) {
	k, v, n, err = g.TProtocol.ReadMapBegin(ctx)
	if err == nil {
		err = g.claim(n)
	}
	return k, v, n, err
}

// claim takes n elements off what can still come: no two containers can
// together hold more elements than the message has bytes.
func (g *guard) claim(n int) error {
	if n < 0 || n > g.left {
		return fmt.Errorf("a container claims %d elements, more than the message can hold", n)
	}
	g.left -= n
	return g.lease.take(n * sizeofPointer)
}

func (g *guard) ReadString(ctx context.Context) (string, error) {
	s, err := g.TProtocol.ReadString(ctx)
	if err == nil {
		err = g.lease.take(len(s))
	}
	return s, err
}

func (g *guard) ReadBinary(ctx context.Context) ([]byte, error) {
	b, err := g.TProtocol.ReadBinary(ctx)
	if err == nil {
		err = g.lease.take(len(b))
	}
	return b, err
}

// Skip passes over an unknown field through the guard too.
func (g *guard) Skip(ctx context.Context, t thrift.TType) error {
	return thrift.SkipDefaultDepth(ctx, g, t)
}
