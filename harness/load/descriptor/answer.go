package descriptor

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
)

// Described is what describes all services of the schema, as bytes that can be
// handed to another process: see From.
func (s *Schema) Described() ([]byte, error) {
	set := &descriptorpb.FileDescriptorSet{}
	s.files.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		set.File = append(set.File, protodesc.ToFileDescriptorProto(file))
		return true
	})
	return proto.MarshalOptions{Deterministic: true}.Marshal(set)
}

// From is the schema that was described.
func From(described []byte) (*Schema, error) {
	if len(described) > mostTold {
		return nil, fmt.Errorf("the description is larger than %d MiB", mostTold>>20)
	}
	set := &descriptorpb.FileDescriptorSet{}
	if err := (proto.UnmarshalOptions{RecursionLimit: mostDepth}).Unmarshal(described, set); err != nil {
		return nil, err
	}
	files, err := protodesc.FileOptions{AllowUnresolvable: true}.NewFiles(set)
	if err != nil {
		return nil, err
	}
	return newSchema(files), nil
}

// Answers reports whether the messages of answers can be decoded: somebody
// described them.
func (m *Method) Answers() error {
	if gap := missing(m.of.Output()); gap != "" {
		return fmt.Errorf("%s answers with a %s, which nobody describes", m.of.FullName(), gap)
	}
	return nil
}

var errCompressed = errors.New("a message is compressed, which nobody asked for")

// Decode turns the body of an answer, as gRPC frames it, into the JSON of its
// messages, fields that hold nothing included. A message that the body does
// not hold whole is left out.
func (m *Method) Decode(body []byte) (messages [][]byte, err error) {
	const head = 5
	for len(body) >= head {
		size := binary.BigEndian.Uint32(body[1:])
		if body[0] != 0 {
			return messages, errCompressed
		}
		if uint64(size) > uint64(len(body)-head) {
			break
		}
		message := dynamicpb.NewMessage(m.of.Output())
		if err := (proto.UnmarshalOptions{Resolver: m.types, RecursionLimit: mostDepth}).Unmarshal(body[head:head+size], message); err != nil {
			return messages, err
		}
		text, err := protojson.MarshalOptions{EmitUnpopulated: true, Resolver: m.types}.Marshal(message)
		if err != nil {
			return messages, err
		}
		var plain bytes.Buffer // the blanks of text are left to chance
		if err := json.Compact(&plain, text); err != nil {
			return messages, err
		}
		messages, body = append(messages, plain.Bytes()), body[head+size:]
	}
	return messages, nil
}
