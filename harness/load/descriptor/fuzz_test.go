package descriptor

import (
	"bytes"
	"errors"
	"io"
	"os"
	"slices"
	"testing"

	"github.com/bufbuild/protocompile"
	reflection "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/seamtest/seam/harness/load/descriptor/descriptortest"
)

// FuzzReflection: whatever a server tells of itself becomes a schema or an
// error, and a method that is found takes a message.
func FuzzReflection(f *testing.F) {
	file, err := orders(f).files.FindFileByPath("orders.proto")
	if err != nil {
		f.Fatal(err)
	}
	whole, err := proto.Marshal(protodesc.ToFileDescriptorProto(file))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole, []byte{}, "shop.v1.Orders")
	f.Add(whole, whole, "")
	f.Add(whole[:len(whole)/2], []byte{0xff}, "shop.v1.Orders")
	f.Add(bytes.ReplaceAll(whole, []byte("timestamp.proto"), []byte("timestamp.porto")), []byte{}, "shop.v1.Orders")
	f.Fuzz(func(t *testing.T, first, second []byte, service string) {
		told := newTold(func(request *reflection.ServerReflectionRequest) (*reflection.ServerReflectionResponse, error) {
			switch request.GetMessageRequest().(type) {
			case *reflection.ServerReflectionRequest_ListServices:
				return &reflection.ServerReflectionResponse{MessageResponse: &reflection.ServerReflectionResponse_ListServicesResponse{
					ListServicesResponse: &reflection.ListServiceResponse{Service: []*reflection.ServiceResponse{{Name: "shop.v1.Orders"}, {Name: service}}},
				}}, nil
			case *reflection.ServerReflectionRequest_FileContainingSymbol:
				return &reflection.ServerReflectionResponse{MessageResponse: &reflection.ServerReflectionResponse_FileDescriptorResponse{
					FileDescriptorResponse: &reflection.FileDescriptorResponse{FileDescriptorProto: [][]byte{first}},
				}}, nil
			}
			answer := &reflection.ServerReflectionResponse{}
			if err := proto.Unmarshal(second, answer); err != nil {
				return nil, io.ErrUnexpectedEOF
			}
			return answer, nil
		})
		schema, err := told.schema(service)
		if err != nil {
			return
		}
		for _, path := range schema.Methods() {
			name, one, err := Split(path)
			if err != nil {
				t.Fatal(err)
			}
			if m, err := schema.Method(name, one); err == nil {
				_, _ = m.Encode(nil) // required fields may be missing
			}
		}
	})
}

// FuzzProtoFile: whatever a file says becomes a schema or an error.
func FuzzProtoFile(f *testing.F) {
	f.Add(descriptortest.Orders)
	f.Add(`syntax = "proto2"; package a; message M { required M m = 1; extensions 100 to max; } extend M { optional int32 x = 100; }`)
	f.Add(`edition = "2023"; option features.field_presence = IMPLICIT; enum E { A = 0; } message M { map<string, E> m = 1; oneof o { string s = 2; } }`)
	f.Add(`syntax = "proto3"; import "google/protobuf/any.proto"; service S { rpc A(stream google.protobuf.Any) returns (google.protobuf.Any) {} }`)
	f.Add(`message {{{ /* `)
	f.Fuzz(func(t *testing.T, text string) {
		if sane(text) != nil {
			return
		}
		schema, err := compile(t.Context(), []string{"a.proto"}, &protocompile.SourceResolver{Accessor: func(path string) (io.ReadCloser, error) {
			if path != "a.proto" {
				return nil, os.ErrNotExist
			}
			return io.NopCloser(bytes.NewReader([]byte(text))), nil
		}})
		if (err == nil) == (schema == nil) {
			t.Fatalf("schema %v, error %v", schema, err)
		}
		var broken protocompile.PanicError
		if errors.As(err, &broken) {
			t.Fatal(err)
		}
	})
}

// FuzzMessages: data becomes messages that read back as the same, or an error.
func FuzzMessages(f *testing.F) {
	s := orders(f)
	unary, bidi := method(f, s, "Get"), method(f, s, "Sync")
	for _, seed := range []string{
		``, `{}`, `{"id": "7", "placedAt": "2026-01-02T03:04:05Z", "lines": [{"name": "a"}]}`, `[{"id": 1}, {"sku": "x"}]`, "{} {}\n{}", `[`, `{"id": 1e400}`, "[{},\n{\"x\": [[[[]]]]}]",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, m := range []*Method{unary, bidi} {
			messages, err := m.Encode(data)
			if err != nil {
				continue
			}
			if m == unary && len(messages) != 1 {
				t.Fatalf("%d messages of a unary call", len(messages))
			}
			for _, b := range messages {
				message := dynamicpb.NewMessage(m.of.Input())
				if err := proto.Unmarshal(b, message); err != nil {
					t.Fatal(err)
				}
				again, err := proto.MarshalOptions{Deterministic: true}.Marshal(message)
				if err != nil || !slices.Equal(again, b) {
					t.Fatalf("%x became %x, %v", b, again, err)
				}
			}
		}
	})
}
