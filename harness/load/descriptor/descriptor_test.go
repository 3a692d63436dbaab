package descriptor

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/seamtest/seam/harness/load/descriptor/descriptortest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func serve(t testing.TB, offered descriptortest.Reflection, options ...grpc.ServerOption) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	stop, err := descriptortest.Serve(listener, offered, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return listener.Addr().String()
}

func write(t testing.TB, folder, name, text string) string {
	t.Helper()
	path := filepath.Join(folder, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func orders(t testing.TB) *Schema {
	t.Helper()
	schema, err := Compile(t.Context(), []string{write(t, t.TempDir(), "orders.proto", descriptortest.Orders)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// method is one of the orders.
func method(t testing.TB, s *Schema, name string) *Method {
	t.Helper()
	m, err := s.Method("shop.v1.Orders", name)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// back is what messages say, as JSON.
func back(t testing.TB, m *Method, messages [][]byte) []string {
	t.Helper()
	all := []string{}
	for _, b := range messages {
		message := dynamicpb.NewMessage(m.of.Input())
		if err := proto.Unmarshal(b, message); err != nil {
			t.Fatal(err)
		}
		text, err := protojson.Marshal(message)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, strings.ReplaceAll(string(text), " ", ""))
	}
	return all
}

func TestAServerTellsOfItselfAsItsProtoFileDoes(t *testing.T) {
	const order = `{"id":"7","sku":"tea","placedAt":"2026-01-02T03:04:05Z","lines":[{"name":"a","count":2}]}`
	fromFile := orders(t)
	for _, offered := range []descriptortest.Reflection{descriptortest.Both, descriptortest.V1Alpha} {
		told, err := Reflect(t.Context(), Server{Address: serve(t, offered), Host: "127.0.0.1"}, "shop.v1.Orders")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(fromFile.Methods(), told.Methods()); diff != "" {
			t.Error(diff)
		}
		for name, kind := range map[string]string{"Get": "unary", "Watch": "server", "Add": "client", "Sync": "bidi"} {
			m := method(t, told, name)
			want, err := method(t, fromFile, name).Encode([]byte(order))
			if err != nil {
				t.Fatal(err)
			}
			got, err := m.Encode([]byte(order))
			if err != nil || !slices.EqualFunc(got, want, slices.Equal) || m.Kind() != kind || m.Input() != "shop.v1.Order" {
				t.Errorf("%s: %q of kind %s, %v", name, got, m.Kind(), err)
			}
			if diff := cmp.Diff([]string{order}, back(t, m, got)); diff != "" {
				t.Error(diff)
			}
		}
	}
}

func TestReflectionOverTLSCarriesHeaders(t *testing.T) {
	pair := httptest.NewUnstartedServer(nil)
	pair.StartTLS()
	defer pair.Close()
	seen := make(chan string, 10)
	address := serve(t, descriptortest.Both, grpc.Creds(credentials.NewTLS(&tls.Config{Certificates: pair.TLS.Certificates})),
		grpc.StreamInterceptor(func(srv any, ss grpc.ServerStream, _ *grpc.StreamServerInfo, next grpc.StreamHandler) error {
			md, _ := metadata.FromIncomingContext(ss.Context())
			seen <- strings.Join(md.Get("authorization"), ",")
			return next(srv, ss)
		}))
	schema, err := Reflect(t.Context(), Server{
		Address: address, Host: "example.com", TLS: &tls.Config{InsecureSkipVerify: true}, Header: map[string]string{"Authorization": "Bearer x", "Host": "y"},
	}, "")
	if err != nil || len(schema.Methods()) != 4 || !slices.Equal(schema.Services(), []string{"shop.v1.Orders"}) {
		t.Fatalf("%+v, %v", schema, err)
	}
	if got := <-seen; got != "Bearer x" {
		t.Errorf("authorization %q", got)
	}
	if _, err := Reflect(t.Context(), Server{Address: address, Host: "example.com", TLS: &tls.Config{}}, ""); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a certificate of nobody's is taken: %v", err)
	}
}

func TestServersThatTellNothing(t *testing.T) {
	if _, err := Reflect(t.Context(), Server{Address: serve(t, descriptortest.None), Host: "x"}, "shop.v1.Orders"); !errors.Is(err, ErrNoReflection) {
		t.Errorf("error %v", err)
	}
	_, err := Reflect(t.Context(), Server{Address: serve(t, descriptortest.Both), Host: "x"}, "shop.v1.Order")
	var unknown *UnknownError
	if !errors.As(err, &unknown) || unknown.What != "service" || !slices.Equal(unknown.Known, []string{"shop.v1.Orders"}) {
		t.Errorf("error %v", err)
	}
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	if _, err := Reflect(t.Context(), Server{Address: closed.Addr().String(), Host: "x"}, ""); err == nil || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("error %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Reflect(ended, Server{Address: serve(t, descriptortest.Both), Host: "x"}, ""); status.Code(err) != codes.Canceled && err == nil {
		t.Errorf("error %v", err)
	}
}

func TestMethodsThatAreNotThere(t *testing.T) {
	var unknown *UnknownError
	if _, err := orders(t).Method("shop.v1.Orders", "Gett"); !errors.As(err, &unknown) || !slices.Equal(unknown.Known, []string{"Add", "Get", "Sync", "Watch"}) {
		t.Errorf("error %v", err)
	}
	if _, err := orders(t).Method("shop.Orders", "Get"); !errors.As(err, &unknown) || !slices.Equal(unknown.Known, []string{"shop.v1.Orders"}) {
		t.Errorf("error %v", err)
	}
	for path, want := range map[string][2]string{"/a.B/C": {"a.B", "C"}, "a.B": {"a.B", ""}, "/": {}} {
		if service, method, err := Split(path); err != nil || service != want[0] || method != want[1] {
			t.Errorf("%q: %q, %q, %v", path, service, method, err)
		}
	}
	if _, _, err := Split("/a/b/c"); err == nil {
		t.Error("a path of three is taken")
	}
}

func TestMessagesOfEachKind(t *testing.T) {
	s := orders(t)
	for _, test := range []struct {
		method, data string
		want         []string
		wrong        string
	}{
		{method: "Get", data: ``, want: []string{`{}`}},
		{method: "Get", data: `{"id": 1}`, want: []string{`{"id":"1"}`}},
		{method: "Watch", data: ` {"placed_at": "2026-01-02T03:04:05Z"}`, want: []string{`{"placedAt":"2026-01-02T03:04:05Z"}`}},
		{method: "Add", data: ``, want: []string{`{}`}},
		{method: "Add", data: `[]`, want: []string{}},
		{method: "Add", data: `[{"id": 1}, {"id": 2}]`, want: []string{`{"id":"1"}`, `{"id":"2"}`}},
		{method: "Sync", data: "{\"id\": 1}\n{\"id\": 2}", want: []string{`{"id":"1"}`, `{"id":"2"}`}},
		{method: "Get", data: `[{"id": 1}]`, wrong: "Get takes one shop.v1.Order, but the data is an array"},
		{method: "Get", data: "{\n  \"name\": 1}", wrong: `(line 2:3): unknown field "name"; shop.v1.Order has id, sku, placedAt, lines`},
		{method: "Get", data: `{"id": "x"}`, wrong: `(line 1:8): invalid value for int64 field id: "x"`},
		{method: "Get", data: `{"id": 1} {}`, wrong: `unexpected token {`},
		{method: "Add", data: "[{\"id\": 1},\n {\"sku\": 2}]", wrong: `message 2: (line 2:10): invalid value for string field sku: 2`},
		{method: "Add", data: "[{\"id\": 1},\n {\"sku\" 2}]", wrong: `: invalid character '2' after object key`},
		{method: "Add", data: `[{"id": 1}`, wrong: "(line 1:11): the data ends too early"},
		{method: "Add", data: `[{"id": 1}] {}`, wrong: "something follows the array"},
		{method: "Sync", data: strings.Repeat(`{"lines":[`, 5), wrong: "the data ends too early"},
	} {
		m := method(t, s, test.method)
		messages, err := m.Encode([]byte(test.data))
		switch {
		case test.wrong != "":
			if err == nil || !strings.Contains(err.Error(), test.wrong) {
				t.Errorf("%s %s: error %v, want %q", test.method, test.data, err, test.wrong)
			}
		case err != nil:
			t.Errorf("%s %s: %v", test.method, test.data, err)
		default:
			if diff := cmp.Diff(test.want, back(t, m, messages)); diff != "" {
				t.Errorf("%s %s: %s", test.method, test.data, diff)
			}
		}
	}
}

func TestProtoFilesFindTheirImports(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, "api/shop/v1/line.proto", "syntax = \"proto3\"; package shop.v1; message Line { string name = 1; }")
	service := write(t, folder, "api/shop/v1/orders.proto",
		"syntax = \"proto3\"; package shop.v1; import \"shop/v1/line.proto\"; service Orders { rpc Get(Line) returns (Line); }")
	beside := write(t, folder, "flat/orders.proto", "syntax = \"proto3\"; package shop.v1; import \"line.proto\"; service Orders { rpc Get(Line) returns (Line); }")
	write(t, folder, "flat/line.proto", "syntax = \"proto3\"; package shop.v1; message Line { string name = 1; }")
	for _, test := range []struct {
		reason       string
		files, paths []string
	}{
		{"by the name of the import", []string{"shop/v1/orders.proto"}, []string{filepath.Join(folder, "api")}},
		{"by its place", []string{service}, []string{filepath.Join(folder, "api")}},
		{"beside it", []string{beside}, nil},
	} {
		schema, err := Compile(t.Context(), test.files, test.paths)
		if err != nil || !slices.Equal(schema.Methods(), []string{"shop.v1.Orders/Get"}) {
			t.Errorf("%s: %v", test.reason, err)
		}
	}
	for want, files := range map[string][]string{
		"no such file": {filepath.Join(folder, "none.proto")},
		"none of the":  {beside},
	} {
		if _, err := Compile(t.Context(), files, []string{filepath.Join(folder, "api")}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func TestFaultsOfProtoFilesHaveTheirPlace(t *testing.T) {
	folder := t.TempDir()
	for text, wants := range map[string][]string{
		"syntax = \"proto3\";\nmessage A { B b = 1; C c = 2; }": {"a.proto:2:13", "a.proto:2:22"},
		"syntax = \"proto3\";\nmessage":                         {"a.proto:2:8"},
		"syntax = \"proto3\"; import \"b.proto\";":              {"a.proto:1:27", "b.proto"},
		strings.Repeat("message A {", mostDepth+1):              {"a.proto", "nests too deeply"},
		strings.Repeat(" ", mostSource+1):                       {"a.proto", "larger than 4 MiB"},
	} {
		_, err := Compile(t.Context(), []string{write(t, folder, "a.proto", text)}, nil)
		for _, want := range wants {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error %v, want %q", err, want)
			}
		}
	}
}
