// Package descriptor says which methods a gRPC server has, and encodes their
// messages: from .proto files, or from what the server tells by reflection.
// It knows nothing of load; what it makes are bytes.
package descriptor

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"
)

// A Schema is services with their methods and messages. It is safe for use by
// several goroutines.
type Schema struct {
	files    *protoregistry.Files
	services map[protoreflect.FullName]protoreflect.ServiceDescriptor
	others   []string // services that the server names and whose methods were not asked for
}

// A Method is one that can be called.
type Method struct {
	of    protoreflect.MethodDescriptor
	types *dynamicpb.Types
}

// An UnknownError names a service or a method that does not exist, and those
// that do.
type UnknownError struct {
	What  string   // "service", or "method of pkg.Service"
	Name  string   // what was asked for
	Known []string // in order
}

func (e *UnknownError) Error() string {
	return fmt.Sprintf("there is no %s named %q", e.What, e.Name)
}

// Split takes the path of a call apart, such as /pkg.Service/Method. Without a
// method, or without both, these are empty.
func Split(path string) (service, method string, err error) {
	service, method, _ = strings.Cut(strings.Trim(path, "/"), "/")
	if strings.Contains(method, "/") {
		return "", "", fmt.Errorf("%q names no method of gRPC; write it as /package.Service/Method", path)
	}
	return service, method, nil
}

func newSchema(files *protoregistry.Files) *Schema {
	s := &Schema{files: files, services: map[protoreflect.FullName]protoreflect.ServiceDescriptor{}}
	files.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			service := file.Services().Get(i)
			s.services[service.FullName()] = service
		}
		return true
	})
	return s
}

// Method finds the method; the error is an *UnknownError where it, or its
// service, does not exist.
func (s *Schema) Method(service, method string) (*Method, error) {
	found, ok := s.services[protoreflect.FullName(service)]
	if !ok {
		return nil, &UnknownError{What: "service", Name: service, Known: s.Services()}
	}
	of := found.Methods().ByName(protoreflect.Name(method))
	if of == nil {
		var known []string
		for i := range found.Methods().Len() {
			known = append(known, string(found.Methods().Get(i).Name()))
		}
		return nil, &UnknownError{What: "method of " + service, Name: method, Known: slices.Sorted(slices.Values(known))}
	}
	if gap := missing(of.Input()); gap != "" {
		return nil, fmt.Errorf("%s/%s takes a %s, which nobody describes", service, method, gap)
	}
	return &Method{of, dynamicpb.NewTypes(s.files)}, nil
}

// Services are the names of all that there are, in order.
func (s *Schema) Services() []string {
	known := slices.Clone(s.others)
	for name := range s.services {
		known = append(known, string(name))
	}
	slices.Sort(known)
	return slices.Compact(known)
}

// Methods are all that are known, as package.Service/Method, in order.
func (s *Schema) Methods() []string {
	var all []string
	for name, service := range s.services {
		methods := service.Methods()
		for i := range methods.Len() {
			all = append(all, string(name)+"/"+string(methods.Get(i).Name()))
		}
	}
	slices.Sort(all)
	return all
}

// Kind is "unary", "server", "client" or "bidi", by which sides stream.
func (m *Method) Kind() string {
	switch in, out := m.of.IsStreamingClient(), m.of.IsStreamingServer(); {
	case in && out:
		return "bidi"
	case in:
		return "client"
	case out:
		return "server"
	}
	return "unary"
}

// Input is the name of the message that the method takes.
func (m *Method) Input() string { return string(m.of.Input().FullName()) }

// missing names a type below the message that nobody described; "" for none.
func missing(m protoreflect.MessageDescriptor) string {
	seen := map[protoreflect.FullName]bool{}
	todo := []protoreflect.MessageDescriptor{m}
	for len(todo) > 0 {
		m, todo = todo[len(todo)-1], todo[:len(todo)-1]
		if m.IsPlaceholder() {
			return string(m.FullName())
		}
		if seen[m.FullName()] {
			continue
		}
		seen[m.FullName()] = true
		for i := range m.Fields().Len() {
			f := m.Fields().Get(i)
			if f.Enum() != nil && f.Enum().IsPlaceholder() {
				return string(f.Enum().FullName())
			}
			if f.Message() != nil {
				todo = append(todo, f.Message())
			}
		}
	}
	return ""
}

// The bounds of what is read.
const (
	mostSource = 4 << 20  // bytes of one .proto file
	mostFiles  = 2_000    // .proto files, or files that a server describes
	mostDepth  = 200      // of brackets in one .proto file, or of messages in messages
	mostTold   = 32 << 20 // bytes of what a server tells
	mostData   = 64 << 20 // bytes of JSON
)

var errDeep = errors.New("nests too deeply")
