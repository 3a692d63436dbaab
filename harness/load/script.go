package load

import (
	"fmt"
	"regexp"
	"slices"
	"time"
)

// A script is what the flows of a job come to: every name resolved, every
// expression compiled, every file read. The workers share it; but for the
// constants, which set-up fills in before they start, nobody writes to it.
type script struct {
	flows     []*flowPlan
	steps     []*stepPlan // of all flows, in their order
	up, down  []*stepPlan
	total     uint64 // of the weights
	seed      uint64
	tables    []*table
	random    []bool // of each table: rows by chance
	names     []string
	constants [][]byte // by the index in names: what set-up extracted
	slots     int      // values that an iteration may hold
}

// A flowPlan is a flow of a script.
type flowPlan struct {
	name  string
	index int
	below uint64 // the weights up to and with this one
	steps []*stepPlan
	feeds []int // tables that it takes a row of
}

// A stepPlan is a step of a script.
type stepPlan struct {
	name, label string
	index       int // within script.steps, from 0; -1 for those of set-up and tear-down
	want        int
	method      string
	origin      string   // scheme and host
	path        template // behind it
	headers     []field  // of net/http
	head        template // of the loops: request line and headers, without the length of the body
	body        template // after them
	bodied      bool     // a length is sent even of an empty body
	takes       []taking
	checks      []checking
	named       []string // what may fail: the checks, then the values
	needs       needs
	think, most time.Duration
	objectives  []Objective
	next        func(n int) Request // makes each request; nil: they are rendered
}

type field struct {
	name  string
	value template
}

// needs are the parts of an answer that somebody looks at.
type needs struct{ headers, body bool }

// A taking is an Extract, ready to be done.
type taking struct {
	name    string
	from    string
	pointer pointer
	header  string
	regex   *regexp.Regexp
	slot    int
}

// A checking is a Check, ready to be done.
type checking struct {
	Check
	pointer pointer
	regex   *regexp.Regexp
	text    template // of Equals, or of what the body contains
}

// A Fault is something that is wrong with the flows of a job. Key is where, in
// the words of seam.yaml: flows[0].steps[1].request.path.
type Fault struct{ Key, Message, Remedy string }

func (f *Fault) Error() string {
	if f.Remedy == "" {
		return f.Key + ": " + f.Message
	}
	return f.Key + ": " + f.Message + "; try: " + f.Remedy
}

// The bounds of a script.
const (
	mostSteps  = 200  // of all flows: each keeps two histograms
	mostValues = 1000 // that steps extract
)

// Faults is everything that is wrong with flows, set-up, tear-down, data and
// abort of the job, the files of values included.
func (j *Job) Faults() []Fault {
	_, faults := j.compile()
	return faults
}

// compile makes the script of a job.
func (j *Job) compile() (*script, []Fault) {
	c := &compiler{script: &script{seed: j.Seed}}
	c.data(j.Data)
	known := c.scope()
	for i := range j.SetUp {
		step := c.step(&j.SetUp[i], fmt.Sprintf("set-up[%d]", i), known)
		c.script.up = append(c.script.up, step)
		c.constants(step, known)
	}
	for i := range j.TearDown {
		c.script.down = append(c.script.down, c.step(&j.TearDown[i], fmt.Sprintf("tear-down[%d]", i), known))
	}
	for name, at := range c.columns {
		known[name] = at
	}
	steps := 0
	for i := range j.Flows {
		if steps += len(j.Flows[i].Steps); steps > mostSteps {
			c.wrong("flows", fmt.Sprintf("the flows have more than %d steps", mostSteps), "leave some out")
			break
		}
		c.flow(&j.Flows[i], fmt.Sprintf("flows[%d]", i), known)
	}
	if len(j.Flows) > 0 && c.script.total == 0 {
		c.wrong("flows", "no flow is ever chosen: every weight is 0", "weight: 1 at one of them")
	}
	for i, text := range j.Abort {
		if _, err := ParseObjective(text); err != nil {
			c.wrong(fmt.Sprintf("abort[%d]", i), err.Error(), "")
		}
	}
	return c.script, c.faults
}

// A compiler makes a script and notes what is wrong on the way.
type compiler struct {
	script  *script
	faults  []Fault
	columns map[string]ref
	feeders map[string]*table // by name; nil where it could not be read
	host    string            // of the first step
	known   map[string]ref    // that the step which is being compiled may use
	as      bool              // its request is meant as it is written
}

func (c *compiler) wrong(key, message, remedy string) {
	c.faults = append(c.faults, Fault{key, message, remedy})
}

// scope holds the names that every step may use.
func (c *compiler) scope() map[string]ref {
	known := map[string]ref{}
	for name, value := range builtins {
		known[name] = value
	}
	return known
}

func (c *compiler) data(all []Feeder) {
	c.columns, c.feeders = map[string]ref{}, map[string]*table{}
	if len(all) > mostFeeders {
		c.wrong("data", fmt.Sprintf("there are more than %d files", mostFeeders), "join some of them")
		return
	}
	for i, f := range all {
		t, err := readTable(f.File)
		c.feeders[f.Name] = t
		if err != nil {
			c.wrong("data."+f.Name+".file", err.Error(), "CSV with a header, an array of JSON objects, or an object a line")
			t = &table{}
		}
		for column, name := range t.columns {
			c.columns[f.Name+"."+name] = ref{kind: ofColumn, at: i, column: column}
		}
		c.script.tables = append(c.script.tables, t)
		c.script.random = append(c.script.random, f.Random)
	}
}

// constants makes the values that a step of set-up extracts known to all.
func (c *compiler) constants(step *stepPlan, known map[string]ref) {
	for i := range step.takes {
		t := &step.takes[i]
		at := slices.Index(c.script.names, t.name)
		if at < 0 {
			at = len(c.script.names)
			c.script.names = append(c.script.names, t.name)
			c.script.constants = append(c.script.constants, nil)
		}
		t.slot = at
		known[t.name] = ref{kind: ofConstant, at: at}
	}
}

func (c *compiler) flow(f *Flow, key string, outer map[string]ref) {
	known := map[string]ref{}
	for name, value := range outer {
		known[name] = value
	}
	plan := &flowPlan{name: f.Name, index: len(c.script.flows)}
	if plan.name == "" {
		plan.name = fmt.Sprintf("flow %d", plan.index+1)
	}
	switch {
	case f.Weight == 0:
		c.script.total++
	case f.Weight > 0:
		c.script.total += uint64(f.Weight)
	}
	plan.below = c.script.total
	if len(f.Steps) == 0 {
		c.wrong(key, "the flow has no step", "steps: [{ request: { path: / } }]")
	}
	slots := 0
	for i := range f.Steps {
		at := fmt.Sprintf("%s.steps[%d]", key, i)
		step := c.step(&f.Steps[i], at, known)
		step.label, step.index = plan.name+"/"+step.name, len(c.script.steps)
		c.sameHost(step, at)
		for n := range step.takes {
			step.takes[n].slot = slots
			known[step.takes[n].name] = ref{kind: ofSlot, at: slots}
			slots++
		}
		c.script.steps = append(c.script.steps, step)
		plan.steps = append(plan.steps, step)
	}
	c.script.slots = max(c.script.slots, slots)
	if slots > mostValues {
		c.wrong(key, fmt.Sprintf("the flow extracts more than %d values", mostValues), "")
	}
	plan.feeds = feedsOf(plan.steps)
	c.script.flows = append(c.script.flows, plan)
}

// sameHost holds all flows to one host, for the connections are those of a run.
func (c *compiler) sameHost(step *stepPlan, key string) {
	if c.host == "" {
		c.host = step.origin
	}
	if step.origin != c.host && step.origin != "" {
		c.wrong(key+".request", fmt.Sprintf("this goes to %s, and the flows so far to %s", step.origin, c.host), "a load of its own for each host")
	}
}

// feedsOf are the tables that the steps take values from.
func feedsOf(steps []*stepPlan) []int {
	var feeds []int
	look := func(t template) {
		for i := range t {
			if p := &t[i]; p.text == nil && p.value.kind == ofColumn && !slices.Contains(feeds, p.value.at) {
				feeds = append(feeds, p.value.at)
			}
		}
	}
	for _, s := range steps {
		look(s.head)
		look(s.body)
		for i := range s.checks {
			look(s.checks[i].text)
		}
	}
	return feeds
}
