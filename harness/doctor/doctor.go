// Package doctor looks whether this machine has what a system needs, before
// anything of it is started, and says what to do where it has not.
package doctor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/seamtest/seam/harness/system"
)

// A Result of a check. A warning keeps no run from working.
type Result string

// The results.
const (
	OK   Result = "ok"
	Warn Result = "warn"
	Fail Result = "fail"
)

// A Check is what was looked at, how it was found, and what to do about it.
type Check struct {
	Name   string `json:"name"`
	Result Result `json:"result"`
	Found  string `json:"found"`
	Remedy string `json:"remedy,omitempty"` // "" where nothing is to be done
}

// A Patient is whose machine is looked at.
type Patient struct {
	Spec  *system.Spec // nil where there is no seam.yaml, or a faulty one
	Fault error        // of a seam.yaml that is there, or was asked for; else nil
	Page  string       // address of the page of `seam up`
	Env   []string     // default: that of this process
}

// Examine makes every check; it takes some 50 ms, and 2 s more for an
// endpoint that does not answer. What it starts has ended when it returns.
func Examine(ctx context.Context, p Patient) []Check {
	if p.Env == nil {
		p.Env = os.Environ()
	}
	all := []Check{p.file()}
	if p.Spec != nil {
		all = append(all, p.programs()...)
		all = append(all, p.ports()...)
	}
	all = append(all, p.page(), portRange(), p.files(), loopback4(), loopback6(), localhost(), guard(ctx), clock(), busy(), temporary())
	all = append(all, p.proxy()...)
	if p.Spec != nil {
		all = append(all, p.publish(ctx)...)
	}
	return all
}

// Worst is the worst of the results.
func Worst(checks []Check) Result {
	worst := OK
	for _, c := range checks {
		if c.Result == Fail || c.Result == Warn && worst == OK {
			worst = c.Result
		}
	}
	return worst
}

func ok(name, format string, args ...any) Check {
	return Check{Name: name, Result: OK, Found: fmt.Sprintf(format, args...)}
}

// but makes the check a warning or a failure with its remedy.
func (c Check) but(result Result, remedy string, args ...any) Check {
	c.Result, c.Remedy = result, fmt.Sprintf(remedy, args...)
	return c
}

// broken is a failure for a reason, which can bring its own remedy.
func (c Check) broken(err error, remedy string) Check {
	found, better, has := strings.Cut(err.Error(), "; try: ")
	if has {
		remedy = better
	}
	c.Found = found
	return c.but(Fail, "%s", remedy)
}

func (p Patient) file() Check {
	const name = "seam.yaml"
	var faults *system.Error
	switch {
	case p.Spec != nil:
		return ok(name, "%s: %s, %s", p.Spec.Name, counted(len(p.Spec.Services), "service"), counted(len(p.Spec.Edges()), "edge"))
	case errors.As(p.Fault, &faults):
		first, _, _ := strings.Cut(p.Fault.Error(), "\n")
		return ok(name, "%s", first).but(Fail, "seam check tells every fault and its repair")
	case p.Fault != nil:
		return ok(name, "").broken(p.Fault, "name another with -f")
	default:
		return ok(name, "none here or above: only the machine is looked at").but(Warn, "seam init writes one to start from")
	}
}

func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
