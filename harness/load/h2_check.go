package load

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
)

// checkH2 holds together what HTTP/2 and gRPC need.
func (j *Job) checkH2() error {
	if j.Streams < 0 {
		return errors.New("load: streams cannot be negative")
	}
	for _, f := range j.Flows {
		if slices.ContainsFunc(f.Steps, func(step Step) bool { return step.Request.GRPC != nil }) {
			return fmt.Errorf("load: flow %s calls gRPC, which only requests can", f.Name)
		}
	}
	if !j.calls() {
		return nil
	}
	u, one := j.origin()
	switch {
	case !one:
		return errors.New("load: calls of gRPC go to one host; make a load of each host")
	case j.Protocol == "http/1.1", j.Protocol == "h2c" && u.Scheme == "https", j.Protocol == "h2" && u.Scheme == "http":
		return fmt.Errorf("load: gRPC over %s does not go with %s: leave the protocol out", j.Protocol, u.Scheme)
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
