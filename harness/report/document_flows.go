package report

// A LoadFlow says what became of the iterations of one flow.
type LoadFlow struct {
	Flow       string `json:"flow"`
	Begun      int64  `json:"begun" jsonschema:"description=Iterations that began after the warm-up"`
	Completed  int64  `json:"completed" jsonschema:"description=Of those whose last step succeeded"`
	Failed     int64  `json:"failed" jsonschema:"description=Of those that a failed step ended"`
	Unfinished int64  `json:"unfinished" jsonschema:"description=Of those that the end of the run cut off"`
}

// A LoadStep is what one step of a flow showed.
type LoadStep struct {
	Flow          string             `json:"flow"`
	Step          string             `json:"step"`
	Requests      int64              `json:"requests"`
	Errors        int64              `json:"errors"`
	ErrorsByClass map[string]int64   `json:"errors_by_class,omitempty"`
	Failed        map[string]int64   `json:"failed,omitempty" jsonschema:"description=Failed checks and missing values by their names"`
	Latency       map[string]float64 `json:"latency_ms"`
	Service       map[string]float64 `json:"service_ms"`
	Objectives    []Objective        `json:"objectives,omitempty"`
	LatencyHDR    string             `json:"latency_hdr,omitempty" jsonschema:"description=The whole histogram in nanoseconds as HdrHistogram V2 compressed in base64"`
}

// missedInFlows tells of what ended the run early and of the objectives of
// steps that were missed; "" for none.
func (l *Load) missedInFlows() string {
	told := ""
	if l.Aborted != "" {
		told += ", ended early: " + l.Aborted
	}
	for i := range l.Steps {
		for _, o := range l.Steps[i].Objectives {
			if o.Result == CaseFailed {
				told += ", missed " + o.Text + " of " + l.Steps[i].Flow + "/" + l.Steps[i].Step
			}
		}
	}
	return told
}
