// Package descriptortest plays a gRPC server that nobody compiled code for: it
// is made of the text of its .proto file.
package descriptortest

import (
	"context"
	"errors"
	"io"
	"net"

	"github.com/bufbuild/protocompile"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/reflection"
	"google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/reflection/grpc_reflection_v1alpha"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	"google.golang.org/protobuf/reflect/protoregistry"
)

// Orders is a service with a method of each kind. Get answers with what it
// gets, Watch three times, Add with the last of what came, Sync with each. An
// order of "nothing" is NOT_FOUND.
const Orders = `syntax = "proto3";
package shop.v1;
import "google/protobuf/timestamp.proto";

service Orders {
  rpc Get(Order) returns (Order);
  rpc Watch(Order) returns (stream Order);
  rpc Add(stream Order) returns (Order);
  rpc Sync(stream Order) returns (stream Order);
}

message Order {
  int64 id = 1;
  string sku = 2;
  google.protobuf.Timestamp placed_at = 3;
  repeated Line lines = 4;
}

message Line { string name = 1; int32 count = 2; }
`

// A Reflection is which versions of reflection a server offers.
type Reflection string

// The versions.
const (
	Both    Reflection = "both"
	V1Alpha Reflection = "v1alpha"
	None    Reflection = "none"
)

// Serve serves Orders until stop is called; stop returns when nothing is left of it.
func Serve(listener net.Listener, offered Reflection, options ...grpc.ServerOption) (stop func(), err error) {
	compiler := protocompile.Compiler{Resolver: protocompile.WithStandardImports(&protocompile.SourceResolver{
		Accessor: protocompile.SourceAccessorFromMap(map[string]string{"orders.proto": Orders}),
	})}
	compiled, err := compiler.Compile(context.Background(), "orders.proto")
	if err != nil {
		return nil, err
	}
	timestamp, err := protoregistry.GlobalFiles.FindFileByPath("google/protobuf/timestamp.proto")
	if err != nil {
		return nil, err
	}
	files, err := protodesc.NewFiles(&descriptorpb.FileDescriptorSet{File: []*descriptorpb.FileDescriptorProto{
		protodesc.ToFileDescriptorProto(timestamp), protodesc.ToFileDescriptorProto(compiled[0]),
	}})
	if err != nil {
		return nil, err
	}
	server := grpc.NewServer(options...)
	register(server, compiled[0].Services().Get(0))
	told := reflection.ServerOptions{Services: server, DescriptorResolver: files}
	switch offered {
	case Both:
		grpc_reflection_v1.RegisterServerReflectionServer(server, reflection.NewServerV1(told))
		fallthrough
	case V1Alpha:
		grpc_reflection_v1alpha.RegisterServerReflectionServer(server, reflection.NewServer(told))
	case None:
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener) // it ends by stop, without an error
	}()
	return func() {
		server.Stop()
		<-done
	}, nil
}

func register(server *grpc.Server, service protoreflect.ServiceDescriptor) {
	made := &grpc.ServiceDesc{ServiceName: string(service.FullName()), HandlerType: (*any)(nil), Metadata: service.ParentFile().Path()}
	for i := range service.Methods().Len() {
		method := service.Methods().Get(i)
		made.Streams = append(made.Streams, grpc.StreamDesc{
			StreamName: string(method.Name()), ClientStreams: true, ServerStreams: true,
			Handler: func(_ any, stream grpc.ServerStream) error { return serve(method, stream) },
		})
	}
	server.RegisterService(made, nil)
}

func serve(method protoreflect.MethodDescriptor, stream grpc.ServerStream) error {
	var last *dynamicpb.Message
	for {
		in := dynamicpb.NewMessage(method.Input())
		if err := stream.RecvMsg(in); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return err
		}
		if in.Get(method.Input().Fields().ByName("sku")).String() == "nothing" {
			return status.Error(codes.NotFound, "there is no such order")
		}
		if last = in; method.Name() == "Sync" {
			if err := stream.SendMsg(in); err != nil {
				return err
			}
		}
	}
	times := map[protoreflect.Name]int{"Get": 1, "Watch": 3, "Add": 1}[method.Name()]
	for range times {
		if err := stream.SendMsg(last); err != nil {
			return err
		}
	}
	return nil
}
