package load

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
)

// The bounds of streams: each has some 300 bytes of books.
const (
	mostStreams = 10_000  // of one connection
	mostAtOnce  = 250_000 // of all connections of the closed model
)

// checkH2 holds together what HTTP/2 and gRPC need.
func (j *Job) checkH2() error {
	switch {
	case j.Streams < 0:
		return errors.New("load: streams cannot be negative")
	case j.Streams > mostStreams:
		return fmt.Errorf("load: %d streams on a connection are more than %d; servers allow some 100 to 1,000: use more connections", j.Streams, mostStreams)
	case j.Streams > 0 && j.Connections > mostAtOnce/j.Streams:
		return fmt.Errorf("load: %d connections of %d streams are more than %d requests at once: lower one of the two", j.Connections, j.Streams, mostAtOnce)
	case j.Streams > 0 && !j.calls() && j.Protocol != "h2" && j.Protocol != "h2c":
		return errors.New("load: streams are those of HTTP/2: choose the protocol h2 or h2c")
	}
	if u, one := j.origin(); one {
		switch {
		case j.Protocol == "h2" && u.Scheme == "http":
			return fmt.Errorf("load: h2 is HTTP/2 over TLS and does not go with %s: choose the protocol h2c, or an https URL", u)
		case j.Protocol == "h2c" && u.Scheme == "https":
			return fmt.Errorf("load: h2c is HTTP/2 without TLS and does not go with %s: choose the protocol h2, or an http URL", u)
		}
	}
	for _, f := range j.Flows {
		if slices.ContainsFunc(f.Steps, func(step Step) bool { return step.Request.GRPC != nil }) {
			return fmt.Errorf("load: flow %s calls gRPC, which only requests can", f.Name)
		}
	}
	if !j.calls() {
		return nil
	}
	switch _, one := j.origin(); {
	case !one:
		return errors.New("load: calls of gRPC go to one host; make a load of each host")
	case j.Protocol == "http/1.1":
		return errors.New("load: gRPC does not go over http/1.1: leave the protocol out")
	}
	for i := range j.Requests {
		call := j.Requests[i].GRPC
		if call == nil {
			continue
		}
		u, err := url.Parse(j.Requests[i].URL)
		if err != nil {
			return fmt.Errorf("load: %w", err)
		}
		if err := call.check(u.Path); err != nil {
			return err
		}
	}
	return nil
}

// calls reports whether the job calls gRPC.
func (j *Job) calls() bool {
	return slices.ContainsFunc(j.Requests, func(r Request) bool { return r.GRPC != nil })
}
