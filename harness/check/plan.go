package check

import (
	"errors"
	"iter"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/seamtest/seam/harness/expect"
	"github.com/seamtest/seam/harness/load"
	"github.com/seamtest/seam/harness/system"
)

// A plan is what seam.yaml leaves as text, compiled.
type plan struct {
	checks     [][]*expect.Check  // of each expectation
	objectives [][]load.Objective // of each load
	aborts     [][]load.Objective // of each load
	arrivals   [][]time.Duration  // of each load; nil where it records none
	calls      []*plannedCall     // of each load; nil where it calls nothing, or its server has to be asked
}

func asError(spec *system.Spec, faults []system.Fault) error {
	if wrong := (*system.Error)(nil).With(spec.File, faults...); wrong != nil {
		return wrong
	}
	return nil
}

// compile compiles all there is and tells every fault. Known says that the
// edges are as they are meant to be, and names can be held against them.
func compile(spec *system.Spec, known bool) (*plan, []system.Fault) {
	p, wrong := &plan{}, []system.Fault(nil)
	for i, e := range spec.Expect {
		var checks []*expect.Check
		for n, text := range e.That {
			check, err := expect.Compile(text.Text)
			if err == nil && known {
				err = check.Resolve(edgeNames(spec))
			}
			var syntax *expect.SyntaxError
			if errors.As(err, &syntax) {
				f := fault(spec, text, slip{syntax.Column, syntax.Message, syntax.Remedy})
				f.Key = spec.Item(spec.Item("expect", i)+".that", n)
				wrong = append(wrong, f)
			}
			checks = append(checks, check)
		}
		p.checks = append(p.checks, checks)
	}
	for i := range spec.Load {
		wrong = append(wrong, p.load(spec, i)...)
	}
	return p, wrong
}

// edgeNames are the edges that an expression may speak of.
func edgeNames(spec *system.Spec) []string {
	var names []string
	for _, e := range spec.Edges() {
		names = append(names, e.String())
	}
	return names
}

// A slip is what is wrong within an expression; the column counts from 1.
type slip struct {
	column          int
	message, remedy string
}

func fault(spec *system.Spec, text system.Expr, s slip) system.Fault {
	f := spec.Fault(spec.Within(text, s.column), "", s.message)
	if f.Remedy = s.remedy; f.Remedy == "" {
		f.Remedy = "docs/expectations.md lists what an expression may hold"
	}
	return f
}

// load compiles what a load leaves as text, and reads the files that it names.
func (p *plan) load(spec *system.Spec, i int) []system.Fault {
	l, key := &spec.Load[i], spec.Item("load", i)
	objectives, wrong := objectivesAt(spec, key+".objectives", l.Objectives)
	aborts, more := objectivesAt(spec, key+".abort", l.Abort)
	wrong = append(wrong, more...)
	p.objectives, p.aborts = append(p.objectives, objectives), append(p.aborts, aborts)
	wrong = append(wrong, flowFaults(spec, l, key)...)
	if l.Pacts != nil {
		wrong = append(wrong, scenarioFaults(spec, l, key)...)
	}
	var call *plannedCall
	if l.Call != nil {
		call, more = callFaults(spec, l, key)
		wrong = append(wrong, more...)
	}
	p.calls = append(p.calls, call)
	var arrivals []time.Duration
	if l.Replay != "" {
		var err error
		if arrivals, err = readTimes(l.Replay); err != nil {
			f := spec.Fault(spec.Place(key+".replay"), key+".replay", err.Error())
			f.Remedy = "one arrival a line, in seconds from the start"
			wrong = append(wrong, f)
		}
	}
	p.arrivals = append(p.arrivals, arrivals)
	return wrong
}

// objectivesAt parses the objectives that stand at the key.
func objectivesAt(spec *system.Spec, key string, texts []system.Expr) (objectives []load.Objective, wrong []system.Fault) {
	for n, text := range texts {
		objective, err := load.ParseObjective(text.Text)
		var syntax *load.SyntaxError
		if errors.As(err, &syntax) {
			f := fault(spec, text, slip{syntax.Column, syntax.Message, syntax.Remedy})
			f.Key = spec.Item(key, n)
			wrong = append(wrong, f)
		}
		objectives = append(objectives, objective)
	}
	return objectives, wrong
}

func readTimes(path string) ([]time.Duration, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return load.ReadTimes(file)
}

// flowFaults is what the load generator finds wrong with the flows of a load.
// What stands as an expression is reported by the objectives already.
func flowFaults(spec *system.Spec, l *system.Load, key string) (wrong []system.Fault) {
	for s := range stepsOf(l) {
		_, more := objectivesAt(spec, "", s.Objectives)
		wrong = append(wrong, more...)
	}
	job := Job(l, "http://127.0.0.1:1")
	for _, found := range job.Faults() {
		if strings.Contains(found.Key, "objectives[") || strings.HasPrefix(found.Key, "abort[") {
			continue
		}
		at := keyOf(spec, key, found.Key)
		f := spec.Fault(spec.Place(at), at, found.Message)
		f.Remedy = found.Remedy
		wrong = append(wrong, f)
	}
	return wrong
}

// stepsOf are all steps of a load.
func stepsOf(l *system.Load) iter.Seq[*system.FlowStep] {
	return func(yield func(*system.FlowStep) bool) {
		lists := [][]system.FlowStep{l.SetUp, l.TearDown}
		for i := range l.Flows {
			lists = append(lists, l.Flows[i].Steps)
		}
		for _, list := range lists {
			for i := range list {
				if !yield(&list[i]) {
					return
				}
			}
		}
	}
}

// itemForm is an item of a list within a key.
var itemForm = regexp.MustCompile(`^([^\[]*)\[([0-9]+)\]$`)

// keyOf is where the key of a load stands in the file, in which one value may
// stand in place of a list.
func keyOf(spec *system.Spec, base, key string) string {
	for part := range strings.SplitSeq(key, ".") {
		name, index := part, -1
		if found := itemForm.FindStringSubmatch(part); found != nil {
			name = found[1]
			index, _ = strconv.Atoi(found[2]) // digits
		}
		base += "." + name
		if index >= 0 {
			base = spec.Item(base, index)
		}
	}
	return base
}
