package descriptor

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"regexp"
	"slices"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	reflection "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	// What servers import and may not describe themselves.
	_ "google.golang.org/protobuf/types/known/anypb"
	_ "google.golang.org/protobuf/types/known/durationpb"
	_ "google.golang.org/protobuf/types/known/emptypb"
	_ "google.golang.org/protobuf/types/known/fieldmaskpb"
	_ "google.golang.org/protobuf/types/known/structpb"
	_ "google.golang.org/protobuf/types/known/timestamppb"
	_ "google.golang.org/protobuf/types/known/wrapperspb"
)

// A Server is one that may tell of itself.
type Server struct {
	Address string // to connect to: an IP address and a port
	Host    string // its name, for TLS and for the server
	TLS     *tls.Config
	Header  map[string]string
}

// ErrNoReflection says that a server does not tell of itself.
var ErrNoReflection = errors.New("the server does not offer reflection, neither v1 nor v1alpha")

// Both versions of the protocol have the same messages
// (https://grpc.io/docs/guides/reflection/).
var reflectionMethods = []string{
	"/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
	"/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
}

// Reflect asks the server for its services and for what describes the one
// that is named; "" asks for all. The error is ErrNoReflection where the
// server tells nothing of itself, an *UnknownError where it has no such service.
func Reflect(ctx context.Context, server Server, service string) (*Schema, error) {
	secure := insecure.NewCredentials()
	if server.TLS != nil {
		secure = credentials.NewTLS(server.TLS)
	}
	conn, err := grpc.NewClient("passthrough:///"+server.Host, grpc.WithTransportCredentials(secure), grpc.WithDisableServiceConfig(),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "tcp", server.Address)
		}),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(mostTold)))
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	for name, value := range server.Header {
		if name = strings.ToLower(name); name != "host" && !strings.HasSuffix(name, "-bin") {
			ctx = metadata.AppendToOutgoingContext(ctx, name, value)
		}
	}
	for _, method := range reflectionMethods {
		var schema *Schema
		if schema, err = reflectBy(ctx, conn, method, service); status.Code(err) != codes.Unimplemented {
			return schema, said(err)
		}
	}
	return nil, ErrNoReflection
}

var wrapped = regexp.MustCompile(`(?:last )?connection error: desc = "(?:transport: )?(?:Error while dialing: )?(.*)"`)

// said is the error of a call without what only a programmer wants to know.
func said(err error) error {
	s, ok := status.FromError(err)
	switch {
	case err == nil || !ok:
		return err
	case s.Code() == codes.Unavailable && wrapped.MatchString(s.Message()):
		return errors.New(wrapped.ReplaceAllString(s.Message(), "$1"))
	}
	return fmt.Errorf("%s: %s", s.Code(), s.Message())
}

func reflectBy(ctx context.Context, conn *grpc.ClientConn, method, service string) (*Schema, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := conn.NewStream(ctx, &grpc.StreamDesc{ClientStreams: true, ServerStreams: true}, method)
	if err != nil {
		return nil, err
	}
	t := newTold(func(request *reflection.ServerReflectionRequest) (*reflection.ServerReflectionResponse, error) {
		if err := stream.SendMsg(request); err != nil {
			return nil, stream.RecvMsg(&reflection.ServerReflectionResponse{}) // it says why
		}
		answer := &reflection.ServerReflectionResponse{}
		return answer, stream.RecvMsg(answer)
	})
	return t.schema(service)
}

// A told is what a server has told of itself so far.
type told struct {
	ask   func(*reflection.ServerReflectionRequest) (*reflection.ServerReflectionResponse, error)
	files map[string]*descriptorpb.FileDescriptorProto
	size  int
}

func newTold(ask func(*reflection.ServerReflectionRequest) (*reflection.ServerReflectionResponse, error)) *told {
	return &told{ask: ask, files: map[string]*descriptorpb.FileDescriptorProto{}}
}

func (t *told) schema(service string) (*Schema, error) {
	names, err := t.services()
	if err != nil {
		return nil, err
	}
	wanted := []string{service}
	if service == "" {
		wanted = names
	}
	if !slices.Contains(names, service) && service != "" {
		return nil, &UnknownError{What: "service", Name: service, Known: names}
	}
	for _, name := range wanted {
		if err := t.fetch(&reflection.ServerReflectionRequest{
			MessageRequest: &reflection.ServerReflectionRequest_FileContainingSymbol{FileContainingSymbol: name},
		}); err != nil {
			return nil, fmt.Errorf("service %s: %w", name, err)
		}
	}
	if err := t.fetchImports(); err != nil {
		return nil, err
	}
	schema, err := t.link()
	if err != nil {
		return nil, fmt.Errorf("what the server tells of itself does not fit together: %w", err)
	}
	schema.others = names
	return schema, nil
}

// services are those that the server names, in order.
func (t *told) services() ([]string, error) {
	answer, err := t.ask(&reflection.ServerReflectionRequest{MessageRequest: &reflection.ServerReflectionRequest_ListServices{}})
	if err != nil {
		return nil, err
	}
	if err := refusal(answer); err != nil {
		return nil, err
	}
	all := answer.GetListServicesResponse().GetService()
	if len(all) > mostFiles {
		return nil, fmt.Errorf("the server names more than %d services", mostFiles)
	}
	var names []string
	for _, one := range all {
		if name := one.GetName(); !strings.HasPrefix(name, "grpc.reflection.") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// errRefused is in every error that the server gives in order.
var errRefused = errors.New("the server says")

func refusal(answer *reflection.ServerReflectionResponse) error {
	if e := answer.GetErrorResponse(); e != nil {
		return fmt.Errorf("%w %s: %s", errRefused, codes.Code(uint32(e.GetErrorCode())), e.GetErrorMessage())
	}
	return nil
}

// fetch keeps the files that the server answers with.
func (t *told) fetch(request *reflection.ServerReflectionRequest) error {
	answer, err := t.ask(request)
	if err != nil {
		return err
	}
	if err := refusal(answer); err != nil {
		return err
	}
	for _, encoded := range answer.GetFileDescriptorResponse().GetFileDescriptorProto() {
		if t.size += len(encoded); t.size > mostTold || len(t.files) >= mostFiles {
			return fmt.Errorf("the server tells more of itself than %d files or %d MiB", mostFiles, mostTold>>20)
		}
		file := &descriptorpb.FileDescriptorProto{}
		if err := (proto.UnmarshalOptions{RecursionLimit: mostDepth}).Unmarshal(encoded, file); err != nil {
			return fmt.Errorf("the server tells of itself what is no descriptor: %w", err)
		}
		t.files[file.GetName()] = file
	}
	return nil
}

// fetchImports asks for what files import and did not come with them. What
// the server does not have either is left out, unless it is everybody's.
func (t *told) fetchImports() error {
	asked := map[string]bool{}
	for {
		name := t.absent(asked)
		if name == "" {
			return nil
		}
		asked[name] = true
		if len(asked) > mostFiles {
			return fmt.Errorf("the server's files import more than %d others", mostFiles)
		}
		if common, err := protoregistry.GlobalFiles.FindFileByPath(name); err == nil && strings.HasPrefix(name, "google/protobuf/") {
			t.files[name] = protodesc.ToFileDescriptorProto(common)
			continue
		}
		if err := t.fetch(&reflection.ServerReflectionRequest{
			MessageRequest: &reflection.ServerReflectionRequest_FileByFilename{FileByFilename: name},
		}); err != nil && !errors.Is(err, errRefused) {
			return err
		}
	}
}

// absent is a file that is imported, was not asked for and did not come.
func (t *told) absent(asked map[string]bool) string {
	for _, file := range t.files {
		for _, name := range file.GetDependency() {
			if t.files[name] == nil && !asked[name] {
				return name
			}
		}
	}
	return ""
}

// link makes the files one schema; types that are missing stay so.
func (t *told) link() (*Schema, error) {
	set := &descriptorpb.FileDescriptorSet{}
	for _, file := range t.files {
		set.File = append(set.File, file)
	}
	slices.SortFunc(set.File, func(a, b *descriptorpb.FileDescriptorProto) int { return strings.Compare(a.GetName(), b.GetName()) })
	files, err := (protodesc.FileOptions{AllowUnresolvable: true}).NewFiles(set)
	if err != nil {
		return nil, err
	}
	return newSchema(files), nil
}
