// Package report owns the result document: one value that every verb that
// judges fills, and from which text, JSON, JUnit, HTML, Markdown and the page
// are rendered. Whoever has a result converts it here, in one file per source.
package report

import "time"

//go:generate go test . -run TestTheSchemasAreThoseOfTheTypes -update

// Format is the version of the document that this program writes. Readers
// accept members that they do not know.
const Format = 1

// A Verdict is the outcome of a whole run.
type Verdict string

// The verdicts. Invalid means that a figure cannot be trusted, which is
// neither a pass nor a finding.
const (
	Passed  Verdict = "passed"
	Failed  Verdict = "failed"
	Invalid Verdict = "invalid"
)

// A Result is the outcome of one case.
type Result string

// The results of a case.
const (
	CasePassed  Result = "passed"
	CaseFailed  Result = "failed"
	CasePending Result = "pending"
	CaseSkipped Result = "skipped"
)

// A Document is what one run found. The JSON form is the stable surface; its
// schema is document.schema.json beside this file.
type Document struct {
	Seam     int       `json:"seam" jsonschema:"description=Version of this format"`
	Verb     string    `json:"verb" jsonschema:"description=What was asked: test or verify or load"`
	System   string    `json:"system,omitempty" jsonschema:"description=Name of the system under test"`
	File     string    `json:"file,omitempty" jsonschema:"description=The seam.yaml of the system"`
	Verdict  Verdict   `json:"verdict" jsonschema:"enum=passed,enum=failed,enum=invalid"`
	Started  time.Time `json:"started"`
	Duration float64   `json:"duration_s" jsonschema:"description=Wall time of the run in seconds"`

	Services     []Service     `json:"services,omitempty"`
	Drive        []Step        `json:"drive,omitempty"`
	Edges        []Edge        `json:"edges,omitempty" jsonschema:"description=What crossed each edge in the phases drive and live"`
	Contracts    []Contract    `json:"contracts"`
	Coverage     []Coverage    `json:"coverage,omitempty"`
	Expectations []Expectation `json:"expectations"`
	Load         []Load        `json:"load"`
	Findings     []Finding     `json:"findings"`
	Traces       *Traces       `json:"traces,omitempty"`
	Shown        []Trace       `json:"shown,omitempty" jsonschema:"description=The traces that failures point to; at most 30"`
	Publish      []Publish     `json:"publish,omitempty"`
}

// A Service is a party of the system as it ran.
type Service struct {
	Name     string  `json:"name"`
	Kind     string  `json:"kind" jsonschema:"enum=run,enum=url,enum=stub"`
	ReadyS   float64 `json:"ready_s" jsonschema:"description=Seconds from its start until it was ready"`
	Endpoint string  `json:"endpoint,omitempty"`
}

// A Step is one step of the drive.
type Step struct {
	Name    string  `json:"name"`
	Result  Result  `json:"result" jsonschema:"enum=passed,enum=failed"`
	Count   int     `json:"count" jsonschema:"description=How often it ran"`
	TookS   float64 `json:"took_s"`
	TraceID string  `json:"trace_id,omitempty"`
	Message string  `json:"message,omitempty"`
	Line    int     `json:"line,omitempty" jsonschema:"description=Where it stands in file"`
	Faults  []Fault `json:"faults,omitempty" jsonschema:"description=What was made to go wrong meanwhile"`
}

// An Edge sums up what crossed one edge.
type Edge struct {
	Edge     string  `json:"edge"`
	Requests int     `json:"requests"`
	Errors   int     `json:"errors"`
	P50      float64 `json:"p50_ms"`
	P99      float64 `json:"p99_ms"`
}

// A Contract is one pact and how its interactions fared.
type Contract struct {
	Consumer     string        `json:"consumer"`
	Provider     string        `json:"provider"`
	Source       string        `json:"source" jsonschema:"description=File or URL of the pact"`
	Interactions []Interaction `json:"interactions"`
}

// An Interaction is one interaction of a pact, replayed.
type Interaction struct {
	Description string     `json:"description"`
	Line        int        `json:"line,omitempty" jsonschema:"description=Where it stands in source"`
	States      []string   `json:"states"`
	Result      Result     `json:"result" jsonschema:"enum=passed,enum=failed,enum=pending,enum=skipped"`
	TraceID     string     `json:"trace_id"`
	TookS       float64    `json:"took_s,omitempty"`
	Error       string     `json:"error,omitempty" jsonschema:"description=Why it could not be replayed"`
	Mismatches  []Mismatch `json:"mismatches"`
	Notes       []string   `json:"notes,omitempty" jsonschema:"description=What may explain the result"`
	TestName    string     `json:"test_name,omitempty" jsonschema:"description=The consumer's test that wrote it, from its comments"`
	Comments    []string   `json:"comments,omitempty" jsonschema:"description=What its author wrote about it"`
	References  []string   `json:"references,omitempty" jsonschema:"description=Where more is written about it: group\\, name and value"`
}

// A Mismatch is one difference between what was agreed and what was seen.
type Mismatch struct {
	Part     string `json:"part" jsonschema:"enum=method,enum=path,enum=query,enum=header,enum=status,enum=body,enum=metadata"`
	Pointer  string `json:"pointer" jsonschema:"description=JSON pointer in a body; the name of a header or query parameter"`
	Path     string `json:"path,omitempty" jsonschema:"description=Where it is in a body that is no JSON\\, as Pact writes it"`
	Expected string `json:"expected"`
	Actual   string `json:"actual"`
	Message  string `json:"message"`
	Rule     string `json:"rule,omitempty" jsonschema:"description=The matching rule that applied and where it stands"`
}

// Coverage says how much of an edge's traffic its contracts describe, and how
// much of the contracts the traffic showed.
type Coverage struct {
	Edge         string         `json:"edge"`
	Phase        string         `json:"phase" jsonschema:"description=Whose exchanges it reads,enum=drive,enum=load,enum=live"`
	Contracts    int            `json:"contracts" jsonschema:"description=How many pacts the edge has"`
	Conforming   int            `json:"conforming"`
	Violating    int            `json:"violating"`
	Uncovered    int            `json:"uncovered"`
	Unjudged     int            `json:"unjudged"`
	WhyUnjudged  map[string]int `json:"why_unjudged,omitempty"`
	Interactions int            `json:"interactions"`
	Shown        int            `json:"shown"`
	NeverShown   []string       `json:"never_shown,omitempty" jsonschema:"description=Interactions that no call showed"`
	Fields       []Unseen       `json:"fields_never_shown,omitempty"`
	Undescribed  []Undescribed  `json:"undescribed,omitempty" jsonschema:"description=Calls that no interaction describes"`
	Violations   []Violation    `json:"violations,omitempty"`
}

// Unseen are fields of an interaction's response that no answer had.
type Unseen struct {
	Interaction string   `json:"interaction"`
	Fields      []string `json:"fields"`
}

// Undescribed is a kind of call that no interaction describes.
type Undescribed struct {
	Method     string     `json:"method"`
	Route      string     `json:"route"`
	Status     int        `json:"status,omitempty" jsonschema:"description=Where only the answer's status is not described"`
	Count      int        `json:"count"`
	TraceID    string     `json:"trace_id" jsonschema:"description=Of one such call"`
	Why        string     `json:"why"`
	Nearest    string     `json:"nearest,omitempty" jsonschema:"description=The interaction that comes nearest"`
	Mismatches []Mismatch `json:"mismatches,omitempty" jsonschema:"description=Why it is not that one"`
}

// A Violation is a kind of live call that breaks the interaction that
// describes it.
type Violation struct {
	Interaction string     `json:"interaction"`
	States      []string   `json:"states,omitempty"`
	Status      int        `json:"status"`
	Count       int        `json:"count"`
	TraceID     string     `json:"trace_id" jsonschema:"description=Of one such call"`
	Mismatches  []Mismatch `json:"mismatches"`
	Onset       *Onset     `json:"onset,omitempty" jsonschema:"description=From which rate of load on its interaction is broken"`
}

// An Onset is the rate of load above which something happens more often.
type Onset struct {
	Rate  float64 `json:"rate" jsonschema:"description=Requests per second; 0 where it happens at every rate alike"`
	Below float64 `json:"share_below" jsonschema:"description=Of the answers at lower rates"`
	Above float64 `json:"share_above" jsonschema:"description=Of the answers from that rate on"`
}

// An Expectation is one demand on traces.
type Expectation struct {
	Name    string `json:"name"`
	Result  Result `json:"result" jsonschema:"enum=passed,enum=failed"`
	Edge    string `json:"edge"`
	TraceID string `json:"trace_id"`
	Message string `json:"message"`
	Line    int    `json:"line,omitempty" jsonschema:"description=Where it stands in file"`
	Traces  int    `json:"traces,omitempty" jsonschema:"description=How many traces were judged"`
	Drawing string `json:"drawing,omitempty" jsonschema:"description=The failing trace as a tree of text"`
}

// A Load is one load run.
type Load struct {
	Scenario      string             `json:"scenario"`
	Target        string             `json:"target,omitempty"`
	Plan          map[string]string  `json:"plan,omitempty" jsonschema:"description=What was asked for in words: arrivals and length and requests and so on; runs are compared that agree in it"`
	Requests      int64              `json:"requests"`
	Errors        int64              `json:"errors"`
	Messages      int64              `json:"messages,omitempty" jsonschema:"description=Of gRPC: in all answers together"`
	IntendedRate  float64            `json:"intended_rate"`
	AchievedRate  float64            `json:"achieved_rate"`
	CPU           float64            `json:"cpu_s"`
	DurationS     float64            `json:"duration_s,omitempty"`
	Started       time.Time          `json:"started,omitzero" jsonschema:"description=When the run began with its warm-up"`
	Latency       map[string]float64 `json:"latency_ms"`
	Service       map[string]float64 `json:"service_ms"`
	ScheduleError map[string]float64 `json:"schedule_error_us"`
	Valid         bool               `json:"valid"`
	WhyInvalid    string             `json:"why_invalid"`
	Unfinished    int64              `json:"unfinished,omitempty"`
	ErrorsByClass map[string]int64   `json:"errors_by_class,omitempty"`
	Statuses      map[string]int64   `json:"statuses,omitempty"`
	Objectives    []Objective        `json:"objectives,omitempty"`
	Faults        []Fault            `json:"faults,omitempty" jsonschema:"description=What was made to go wrong on edges meanwhile"`
	Aborted       string             `json:"aborted,omitempty" jsonschema:"description=The objective that ended the run early and what was measured"`
	Flows         []LoadFlow         `json:"flows,omitempty"`
	Steps         []LoadStep         `json:"steps,omitempty" jsonschema:"description=Each step of each flow"`
	Edges         []EdgeShare        `json:"edges"`
	Attributed    int64              `json:"attributed,omitempty" jsonschema:"description=Requests whose time the shares of edges rest on"`
	Lost          int64              `json:"lost,omitempty" jsonschema:"description=Calls on edges that could not be told to any request"`
	Slowest       []string           `json:"slowest"`
	Worst         []Shot             `json:"worst,omitempty" jsonschema:"description=The slowest requests from when they were due"`
	Failed        []Shot             `json:"failed,omitempty" jsonschema:"description=The first requests that failed"`
	Certificate   *Certificate       `json:"certificate,omitempty" jsonschema:"description=How well the load generator did its own part"`
	Intervals     []LoadInterval     `json:"intervals,omitempty" jsonschema:"description=The run in stretches of equal length from a second on; at most 600"`
	LatencyHDR    string             `json:"latency_hdr,omitempty" jsonschema:"description=The whole histogram in nanoseconds as HdrHistogram V2 compressed in base64"`
	ServiceHDR    string             `json:"service_hdr,omitempty" jsonschema:"description=The same of the time from when requests were sent"`
}

// A Certificate says how well the load generator did its own part.
type Certificate struct {
	Arrivals float64  `json:"arrivals" jsonschema:"description=Kolmogorov-Smirnov distance of when requests were sent from when they were due"`
	Gaps     float64  `json:"gaps" jsonschema:"description=The same of the gaps between them"`
	Waited   int64    `json:"waited" jsonschema:"description=Requests for which no connection was free when they were due"`
	Steal    float64  `json:"steal" jsonschema:"description=Share of the processors' time that went to other guests of the host"`
	Busy     float64  `json:"busy" jsonschema:"description=Processor time used in processors"`
	Workers  int      `json:"workers"`
	Notes    []string `json:"notes,omitempty" jsonschema:"description=What to know about the figures"`
}

// A LoadInterval is one stretch of a load run.
type LoadInterval struct {
	AtS           float64            `json:"at_s" jsonschema:"description=When it began in seconds from the start of the run"`
	ForS          float64            `json:"for_s"`
	Due           float64            `json:"due,omitempty" jsonschema:"description=Requests that the plan asked for in it; absent in the closed model"`
	Requests      int64              `json:"requests" jsonschema:"description=That had their outcome in it"`
	Errors        int64              `json:"errors"`
	Latency       map[string]float64 `json:"latency_ms"`
	ErrorsByClass map[string]int64   `json:"errors_by_class,omitempty"`
	// The histogram is coarser than that of the whole run.
	LatencyHDR string `json:"latency_hdr,omitempty" jsonschema:"description=Its histogram in nanoseconds with 2 significant digits as HdrHistogram V2 compressed in base64"`
}

// An Objective is what a load run had to reach.
type Objective struct {
	Text     string `json:"text"`
	Result   Result `json:"result" jsonschema:"enum=passed,enum=failed"`
	Measured string `json:"measured"`
	Warning  string `json:"warning,omitempty" jsonschema:"description=Why what was measured says little; it fails nothing"`
	Line     int    `json:"line,omitempty" jsonschema:"description=Where it stands in file"`
}

// told is what was measured, and the warning.
func (o *Objective) told() string {
	if o.Warning == "" {
		return "measured " + o.Measured
	}
	return "measured " + o.Measured + "; warning: " + o.Warning
}

// A Shot is one request of a load run.
type Shot struct {
	TraceID string  `json:"trace_id"`
	N       int     `json:"n" jsonschema:"description=Its number in the order of the schedule"`
	DueS    float64 `json:"due_s" jsonschema:"description=When it was due in seconds from the start of the run"`
	Latency float64 `json:"latency_ms" jsonschema:"description=From when it was due"`
	Service float64 `json:"service_ms" jsonschema:"description=From when it was sent"`
	Status  int     `json:"status,omitempty"`
	Class   string  `json:"class,omitempty" jsonschema:"description=What went wrong"`
	Note    string  `json:"note,omitempty" jsonschema:"description=What the server said to its error"`
	Kept    bool    `json:"kept" jsonschema:"description=The run has its trace"`
}

// An EdgeShare says what part of the latency an edge makes.
type EdgeShare struct {
	Edge     string  `json:"edge"`
	Requests int     `json:"requests"`
	Errors   int     `json:"errors"`
	P50      float64 `json:"p50_ms"`
	P90      float64 `json:"p90_ms"`
	P99      float64 `json:"p99_ms"`
	Max      float64 `json:"max_ms"`
	ShareP50 float64 `json:"share_p50"`
	ShareP99 float64 `json:"share_p99"`
}

// A Finding is something that the behaviour showed without being asked.
type Finding struct {
	Kind       string     `json:"kind" jsonschema:"description=Such as context-lost or service-died or n+1"`
	Edge       string     `json:"edge"`
	Message    string     `json:"message"`
	Warning    bool       `json:"warning,omitempty" jsonschema:"description=Reported but does not fail the run"`
	Evidence   []string   `json:"evidence" jsonschema:"description=Trace ids"`
	Mismatches []Mismatch `json:"mismatches,omitempty" jsonschema:"description=Of a live call with its contract"`
	Broke      string     `json:"broke,omitempty" jsonschema:"description=The interaction that a live call broke"`
	Source     string     `json:"source,omitempty" jsonschema:"description=The pact that it stands in"`
	Line       int        `json:"line,omitempty" jsonschema:"description=Where the interaction stands in source; without source: the edge or the demand in file"`
}

// Traces says what the store held when the run was judged.
type Traces struct {
	Traces     int `json:"traces"`
	Spans      int `json:"spans"`
	Incomplete int `json:"incomplete"`
	Evicted    int `json:"evicted" jsonschema:"description=Traces that left the bounded store before the end"`
	Refused    int `json:"refused" jsonschema:"description=Spans or payloads that the receivers refused"`
}

// A Trace is a trace laid out for reading: its spans depth first.
type Trace struct {
	TraceID string  `json:"trace_id"`
	Millis  float64 `json:"ms"`
	Spans   []Span  `json:"spans" jsonschema:"description=Depth first; at most 200"`
	Hidden  int     `json:"hidden,omitempty" jsonschema:"description=Spans beyond the bound"`
	Drawing string  `json:"drawing" jsonschema:"description=The same as a tree of text"`
}

// A Span of a Trace.
type Span struct {
	Depth   int     `json:"depth"`
	Service string  `json:"service"`
	Name    string  `json:"name"`
	Edge    string  `json:"edge,omitempty" jsonschema:"description=Where an edge of seam made it"`
	Status  string  `json:"status,omitempty" jsonschema:"description=Of HTTP"`
	Offset  float64 `json:"offset_ms"`
	Millis  float64 `json:"ms"`
	Failed  bool    `json:"failed,omitempty"`
	Note    string  `json:"note,omitempty" jsonschema:"description=The error's message"`
}

// Publish says what went out to one OTLP endpoint.
type Publish struct {
	Endpoint string `json:"endpoint"`
	Sent     int64  `json:"sent"`
	Dropped  int64  `json:"dropped"`
	Error    string `json:"error,omitempty"`
}
