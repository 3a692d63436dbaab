package load

// A FlowSummary says what became of the iterations of one flow. Those that
// began in the warm-up are not counted.
type FlowSummary struct {
	Flow       string `json:"flow"`
	Begun      int64  `json:"begun"`
	Completed  int64  `json:"completed"`
	Failed     int64  `json:"failed"`     // a step failed, which ended them
	Unfinished int64  `json:"unfinished"` // the end of the run cut them off
}

// A StepSummary is what one step showed.
type StepSummary struct {
	Flow       string           `json:"flow"`
	Step       string           `json:"step"`
	Requests   int64            `json:"requests"` // due after the warm-up
	Errors     int64            `json:"errors"`
	Achieved   float64          `json:"achieved"` // requests per second
	Classes    map[string]int64 `json:"classes"`  // errors by class
	Failed     map[string]int64 `json:"failed"`   // failed checks and missing values by their names
	Latency    Quantiles        `json:"latency"`
	Service    Quantiles        `json:"service"`
	LatencyHDR string           `json:"latency_hdr"` // the whole histogram, as in Summary
	Objectives []Verdict        `json:"objectives"`
}

// A Verdict is an objective with what was measured.
type Verdict struct {
	Text     string `json:"text"`
	Reached  bool   `json:"reached"`
	Measured string `json:"measured"`
	Doubt    string `json:"doubt,omitempty"` // see Objective.Doubt
}
