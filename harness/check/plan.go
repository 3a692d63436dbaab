package check

import (
	"errors"

	"github.com/seamtest/seam/harness/expect"
	"github.com/seamtest/seam/harness/load"
	"github.com/seamtest/seam/harness/system"
)

// A plan is what seam.yaml leaves as text, compiled.
type plan struct {
	checks     [][]*expect.Check  // of each expectation
	objectives [][]load.Objective // of each load
}

// Compile reports every expectation and objective of the file that does not
// parse, at its place, as a *system.Error.
func Compile(spec *system.Spec) error {
	_, err := compile(spec)
	return err
}

func compile(spec *system.Spec) (*plan, error) {
	p, wrong := &plan{}, &system.Error{File: spec.File}
	for _, e := range spec.Expect {
		var checks []*expect.Check
		for _, text := range e.That {
			check, err := expect.Compile(text.Text)
			if err == nil {
				err = check.Resolve(edgeNames(spec))
			}
			var syntax *expect.SyntaxError
			if errors.As(err, &syntax) {
				wrong.Faults = append(wrong.Faults, fault(spec, text, slip{syntax.Column, syntax.Message, syntax.Remedy}))
			}
			checks = append(checks, check)
		}
		p.checks = append(p.checks, checks)
	}
	for _, l := range spec.Load {
		var objectives []load.Objective
		for _, text := range l.Objectives {
			objective, err := load.ParseObjective(text.Text)
			var syntax *load.SyntaxError
			if errors.As(err, &syntax) {
				wrong.Faults = append(wrong.Faults, fault(spec, text, slip{syntax.Column, syntax.Message, syntax.Remedy}))
			}
			objectives = append(objectives, objective)
		}
		p.objectives = append(p.objectives, objectives)
	}
	if len(wrong.Faults) > 0 {
		return nil, wrong
	}
	return p, nil
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
	place := system.Pos{Line: text.Pos.Line, Column: text.Pos.Column + max(s.column-1, 0)}
	f := spec.Fault(place, "", s.message)
	f.Remedy = s.remedy
	return f
}
