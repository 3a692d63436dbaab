package check

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/seamtest/seam/harness"
	"github.com/seamtest/seam/harness/load"
	"github.com/seamtest/seam/harness/load/descriptor"
	"github.com/seamtest/seam/harness/system"
)

// callFaults is what is wrong with the call of a load, as far as it can be
// known without asking its server; the call is nil where only that knows the method.
func callFaults(spec *system.Spec, l *system.Load, key string) (*plannedCall, []system.Fault) {
	wrong := func(at, message, remedy string) []system.Fault {
		f := spec.Fault(spec.Place(key+".call."+at), key+".call."+at, message)
		f.Remedy = remedy
		return []system.Fault{f}
	}
	var all []system.Fault
	_, faults := load.NewChecks(checksOf(l.Call.Checks))
	for _, f := range faults {
		at := strings.TrimPrefix(keyOf(spec, key+".call", f.Key), key+".call.")
		all = append(all, wrong(at, f.Message, f.Remedy)...)
	}
	if len(l.Call.Proto) == 0 {
		return nil, all
	}
	imports := l.Call.ImportPath
	if len(imports) == 0 {
		imports = []string{filepath.Dir(spec.File)}
		for _, file := range l.Call.Proto {
			imports = append(imports, filepath.Dir(file))
		}
	}
	schema, err := descriptor.Compile(context.Background(), l.Call.Proto, imports)
	if err != nil {
		return nil, append(all, wrong("proto", err.Error(), "mend the file, or name in import-path where its imports are")...)
	}
	call, err := encoded(schema, l.Call)
	var unknown *descriptor.UnknownError
	switch {
	case errors.As(err, &unknown):
		return nil, append(all, wrong("method", unknown.Error(), nearOf(unknown.Name, unknown.Known))...)
	case err != nil:
		return nil, append(all, wrong("message", err.Error(), "the message as protobuf has it in JSON")...)
	}
	return call, all
}

// A plannedCall is a call with its messages, and what its answers must show;
// nil where that is nothing.
type plannedCall struct {
	grpc    *load.GRPC
	answers *Answers
}

// encoded is the call with its messages, as the schema describes them.
func encoded(schema *descriptor.Schema, c *system.LoadCall) (*plannedCall, error) {
	service, name, err := descriptor.Split(c.Method)
	if err != nil {
		return nil, err
	}
	method, err := schema.Method(service, name)
	if err != nil {
		return nil, err
	}
	messages, err := method.Encode(c.Message)
	if err != nil {
		return nil, err
	}
	made := &plannedCall{grpc: &load.GRPC{Messages: messages, Kind: load.Kind(method.Kind()), Status: c.Status}}
	if len(c.Checks) == 0 {
		return made, nil
	}
	if err := method.Answers(); err != nil {
		return nil, err
	}
	made.answers = &Answers{Method: c.Method, Checks: checksOf(c.Checks)}
	made.answers.Described, err = schema.Described()
	return made, err
}

// nearOf says which name was probably meant, or which there are.
func nearOf(name string, known []string) string {
	if near := system.Nearest(name, known); near != "" {
		return near
	}
	if len(known) == 0 {
		return "a server that has one"
	}
	return "one of " + strings.Join(known, ", ")
}

// asking is how long a server may take to tell of itself.
const asking = 10 * time.Second

// call gives the task the call of its load, and says which edge it goes over;
// nil for none, where the load names a URL. What the server tells of itself it
// is asked without an edge: that is no traffic of the system.
func (r *run) call(ctx context.Context, i int, task *LoadTask) (through *harness.Edge, err error) {
	spec := &r.Spec.Load[i]
	to := strings.Replace(spec.URL, "grpc", "http", 1)
	self := to
	if to == "" {
		service := spec.Call.Service
		if service == "" {
			service = r.Spec.Entry.Service
		}
		if through, err = r.harness.EdgeFor("", service); err != nil {
			return nil, err
		}
		to, self = through.URL(), r.harness.Service(service).URL
	}
	call := r.plan.calls[i]
	if call == nil {
		if call, err = asked(ctx, self, spec); err != nil {
			return nil, err
		}
	}
	task.Requests = []load.Request{{URL: to + "/" + spec.Call.Method, Header: spec.Call.Metadata, GRPC: call.grpc}}
	task.Answers = call.answers
	return through, nil
}

// unasked says what to do where a server could not be asked.
func unasked(err error) string {
	switch why := err.Error(); {
	case strings.Contains(why, "server preface"):
		return "it speaks no HTTP/2, and so no gRPC, there: call.service names the service that does"
	case strings.Contains(why, "certificate"):
		return "insecure: true takes any certificate"
	case strings.Contains(why, "connection refused"):
		return "nobody listens there: check the address"
	}
	return "a file in proto spares the question"
}

// asked is the call as its server describes it by reflection.
func asked(ctx context.Context, base string, l *system.Load) (*plannedCall, error) {
	ctx, cancel := context.WithTimeout(ctx, min(l.Timeout, asking))
	defer cancel()
	u, err := url.Parse(base)
	if err != nil {
		return nil, err
	}
	job := load.Job{Requests: []load.Request{{URL: base}}}
	address, err := job.Address(ctx)
	if err != nil {
		return nil, err
	}
	server := descriptor.Server{Address: address.String(), Host: u.Host, Header: l.Call.Metadata}
	if u.Scheme == "https" {
		server.TLS = &tls.Config{InsecureSkipVerify: l.Insecure}
	}
	service, _, err := descriptor.Split(l.Call.Method)
	if err != nil {
		return nil, err
	}
	schema, err := descriptor.Reflect(ctx, server, service)
	var call *plannedCall
	if err == nil {
		call, err = encoded(schema, l.Call)
	}
	var unknown *descriptor.UnknownError
	switch {
	case errors.As(err, &unknown):
		return nil, fmt.Errorf("%w; try: %s", err, nearOf(unknown.Name, slices.Sorted(slices.Values(unknown.Known))))
	case errors.Is(err, descriptor.ErrNoReflection):
		return nil, fmt.Errorf("ask %s for its methods: %w; name in proto the file that describes them", u.Host, err)
	case err != nil && schema == nil:
		return nil, fmt.Errorf("ask %s for its methods: %w; %s", u.Host, err, unasked(err))
	case err != nil:
		return nil, fmt.Errorf("message: %w", err)
	}
	return call, nil
}
