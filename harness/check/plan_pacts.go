package check

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/seamtest/seam/contracts/verify"
	"github.com/seamtest/seam/harness/load"
	"github.com/seamtest/seam/harness/system"
)

// scenarioFaults is what is wrong with the pacts of a load, as far as it can
// be known without asking a network.
func scenarioFaults(spec *system.Spec, l *system.Load, key string) (wrong []system.Fault) {
	for _, d := range l.Pacts.Objectives {
		_, more := objectivesAt(spec, key+".pacts.objectives."+d.Description, d.That)
		wrong = append(wrong, more...)
	}
	s := scenario(spec, l)
	for _, path := range s.Pacts {
		if strings.HasPrefix(path, "http://") || strings.HasPrefix(path, "https://") {
			return wrong
		}
	}
	sources, err := verify.Sources(context.Background(), s.Pacts)
	if err != nil {
		if len(l.Pacts.Files) > 0 { // else the contracts say it
			look := &lookup{spec: spec}
			look.broken(key+".pacts.files", err)
			wrong = append(wrong, look.faults...)
		}
		return wrong
	}
	parts, _, faults := s.choose(sources)
	if len(faults) == 0 && len(wrong) == 0 {
		faults = s.unsendable(parts)
	}
	for _, found := range faults {
		f := spec.Fault(spec.Place(key+"."+found.Key), key+"."+found.Key, found.Message)
		f.Remedy = found.Remedy
		wrong = append(wrong, f)
	}
	return wrong
}

var flowForm = regexp.MustCompile(`^flows\[([0-9]+)\]`)

// unsendable are the interactions that the load generator cannot send or the
// matcher cannot judge.
func (s *Scenario) unsendable(parts []part) (faults []load.Fault) {
	base, err := url.Parse(s.Base)
	if err != nil {
		return []load.Fault{{Key: "url", Message: err.Error()}}
	}
	job := load.Job{}
	var notes []string
	for i := range parts {
		flow, _, err := s.rehearse(&parts[i], base, 0, &notes)
		if err != nil {
			faults = append(faults, load.Fault{Key: "pacts", Message: fmt.Sprintf("%q: %v", parts[i].name, err), Remedy: "let the consumer's tests write the pact anew, or weight 0 for it"})
			continue
		}
		job.Flows = append(job.Flows, flow)
	}
	if len(faults) > 0 {
		return faults
	}
	for _, f := range job.Faults() {
		name := ""
		if at := flowForm.FindStringSubmatch(f.Key); at != nil {
			i, _ := strconv.Atoi(at[1]) // digits
			name = fmt.Sprintf("%q: ", parts[i].name)
		}
		faults = append(faults, load.Fault{Key: "pacts", Message: name + f.Message, Remedy: f.Remedy})
	}
	return faults
}
