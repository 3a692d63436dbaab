package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/seamtest/seam/harness/load"
	"github.com/seamtest/seam/harness/load/descriptor"
	"github.com/seamtest/seam/harness/system"
)

// callFlags are those of `seam load` that only a call of gRPC has.
type callFlags struct {
	data    string
	protos  []string
	imports []string
}

// callOnly are their names.
var callOnly = []string{"data", "proto", "import-path"}

func (c *callFlags) add(f *pflag.FlagSet) {
	f.StringVar(&c.data, "data", "", "of gRPC: message as JSON, or messages where the client streams; @FILE reads it from a file")
	f.StringArrayVar(&c.protos, "proto", nil, "of gRPC: `FILE` that describes the method, repeatable (default: the server tells of itself)")
	f.StringArrayVar(&c.imports, "import-path", nil, "of gRPC: `DIR` that imports of --proto are looked for in, repeatable")
}

// callTarget is the URL of a call as load has it; false where the target is
// none of gRPC.
func callTarget(target string) (*url.URL, bool, error) {
	scheme, _, _ := strings.Cut(target, "://")
	over := map[string]string{"grpc": "http", "grpcs": "https"}[strings.ToLower(scheme)]
	if over == "" {
		return nil, false, nil
	}
	u, err := url.Parse(target)
	if err == nil && (u.Host == "" || u.RawQuery != "" || u.User != nil) {
		err = fmt.Errorf("write it as %s://127.0.0.1:9090/package.Service/Method", scheme)
	}
	if err != nil {
		return nil, true, usage("URL %s: %v", shownURL(target), err)
	}
	u.Scheme = over
	return u, true, nil
}

// asking is how long a server may take to tell of itself.
const asking = 10 * time.Second

// prepareCall makes the one request of the job a call of gRPC.
func (f *loadFlags) prepareCall(cmd *cobra.Command, u *url.URL) error {
	if err := refuse(cmd, "does not go with a call of gRPC; --data is its message, --header its metadata", "method", "body"); err != nil {
		return err
	}
	data, err := f.call.read()
	if err != nil {
		return err
	}
	service, name, err := descriptor.Split(u.Path)
	if err != nil {
		return usage("URL: %v", err)
	}
	ctx, cancel := context.WithTimeout(cmd.Context(), min(f.job.Timeout, asking))
	defer cancel()
	schema, err := f.schema(ctx, u, service)
	if err != nil {
		return unknown(err)
	}
	if name == "" {
		return usage("the URL names no method; %s has %s", u.Host, strings.Join(schema.Methods(), ", "))
	}
	method, err := schema.Method(service, name)
	if err != nil {
		return unknown(err)
	}
	messages, err := method.Encode(data)
	if err != nil {
		return usage("--data: %v", err)
	}
	f.job.Requests[0].GRPC = &load.GRPC{Messages: messages, Kind: load.Kind(method.Kind())}
	return nil
}

// schema is what describes the service: the files that were named, or else
// what the server tells.
func (f *loadFlags) schema(ctx context.Context, u *url.URL, service string) (*descriptor.Schema, error) {
	if len(f.call.protos) > 0 {
		schema, err := descriptor.Compile(ctx, f.call.protos, f.call.imports)
		if err != nil {
			return nil, usage("--proto: %v", err)
		}
		return schema, nil
	}
	if len(f.call.imports) > 0 {
		return nil, usage("--import-path goes with --proto, which names the files")
	}
	address, err := f.job.Address(ctx)
	if err != nil {
		return nil, usageError{err}
	}
	server := descriptor.Server{Address: address.String(), Host: u.Host, Header: f.job.Requests[0].Header}
	if u.Scheme == "https" {
		server.TLS = &tls.Config{InsecureSkipVerify: f.job.Insecure}
	}
	schema, err := descriptor.Reflect(ctx, server, service)
	switch {
	case errors.Is(err, descriptor.ErrNoReflection):
		return nil, usage("ask %s for its methods: %v; name the file that describes them: --proto FILE", u.Host, err)
	case errors.As(err, new(*descriptor.UnknownError)):
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("ask %s for its methods: %w; %s", u.Host, err, unasked(err.Error()))
	}
	return schema, nil
}

// unasked says what to do where a server could not be asked.
func unasked(why string) string {
	for _, known := range []struct{ part, remedy string }{
		{"certificate", "--insecure takes any certificate"},
		{"not look like a TLS handshake", "the server speaks no TLS there: write grpc:// in place of grpcs://"},
		{"server preface", "the server speaks no HTTP/2 there, or only over TLS: check the port, or write grpcs:// in place of grpc://"},
		{"connection refused", "start the server, or check the port"},
	} {
		if strings.Contains(why, known.part) {
			return known.remedy
		}
	}
	return "--proto FILE spares the question"
}

// unknown says which name was probably meant, and which there are.
func unknown(err error) error {
	var wrong *descriptor.UnknownError
	if !errors.As(err, &wrong) {
		return err
	}
	text := wrong.Error()
	if near := system.Nearest(wrong.Name, wrong.Known); near != "" {
		return usage("%s; did you mean %s? There are %s", text, near, strings.Join(wrong.Known, ", "))
	}
	if len(wrong.Known) == 0 {
		return usage("%s; there is none at all", text)
	}
	return usage("%s; there are %s", text, strings.Join(wrong.Known, ", "))
}

// mostCallData bounds what is read of a file of messages.
const mostCallData = 64 << 20

func (c *callFlags) read() ([]byte, error) {
	name, ok := strings.CutPrefix(c.data, "@")
	if !ok {
		return []byte(c.data), nil
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, usage("--data: %v", err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, mostCallData+1)) // one more than Encode takes
	if err != nil {
		return nil, usage("--data: %v", err)
	}
	return data, nil
}
