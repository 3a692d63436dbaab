package compat

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// A feature is a .feature file.
type feature struct {
	name       string
	tags       []string
	background []step
	scenarios  []scenario
}

type scenario struct {
	name  string
	tags  []string
	steps []step
	line  int
}

// A step is its text without the keyword, and the table below it.
type step struct {
	text  string
	table table
	line  int
}

// A table is its rows by the names in its first row.
type table []map[string]string

// readFeature reads the part of Gherkin that the suite uses: tags, Feature,
// Background, Scenario, steps and tables. What it does not know is an error,
// so that nothing of a file is passed over.
func readFeature(r io.Reader) (*feature, error) {
	p := parser{feature: &feature{}}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		p.line++
		if err := p.read(strings.TrimSpace(lines.Text())); err != nil {
			return nil, fmt.Errorf("line %d: %w", p.line, err)
		}
	}
	return p.feature, lines.Err()
}

type parser struct {
	*feature
	line  int
	tags  []string
	steps *[]step  // that of the background or the scenario; nil in the feature's description
	head  []string // of the table being read
}

func (p *parser) read(line string) error {
	switch {
	case line == "", strings.HasPrefix(line, "#"):
		return nil
	case strings.HasPrefix(line, "@"):
		p.tags = append(p.tags, strings.Fields(line)...)
		return nil
	case strings.HasPrefix(line, "|"):
		return p.row(line)
	}
	p.head = nil
	keyword, rest, _ := strings.Cut(line, " ")
	rest = strings.TrimSpace(rest)
	switch keyword {
	case "Feature:":
		p.name, p.feature.tags, p.tags = rest, p.tags, nil
	case "Background:":
		p.steps = &p.background
	case "Scenario:":
		p.scenarios = append(p.scenarios, scenario{name: rest, tags: p.tags, line: p.line})
		p.steps, p.tags = &p.scenarios[len(p.scenarios)-1].steps, nil
	case "Given", "When", "Then", "And", "But":
		if p.steps == nil {
			return fmt.Errorf("a step outside of a scenario: %s", line)
		}
		*p.steps = append(*p.steps, step{text: strings.TrimSuffix(rest, ":"), line: p.line})
	default:
		if p.steps != nil {
			return fmt.Errorf("not understood: %s", line)
		}
	}
	return nil
}

func (p *parser) row(line string) error {
	if p.steps == nil || len(*p.steps) == 0 {
		return fmt.Errorf("a table without a step: %s", line)
	}
	cells := strings.Split(strings.Trim(line, "|"), "|")
	for i := range cells {
		cells[i] = strings.TrimSpace(cells[i])
	}
	last := &(*p.steps)[len(*p.steps)-1]
	if p.head == nil {
		p.head = cells
		if strings.HasPrefix(cells[0], "{") { // a table without a head: one JSON value
			last.table = table{{"": cells[0]}}
		}
		return nil
	}
	if len(cells) != len(p.head) {
		return fmt.Errorf("%d cells below %d names", len(cells), len(p.head))
	}
	row := map[string]string{}
	for i, name := range p.head {
		row[name] = cells[i]
	}
	last.table = append(last.table, row)
	return nil
}
