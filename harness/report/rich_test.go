package report

import "time"

// hostile is what a service or a pact might put anywhere.
const hostile = "<script>alert(1)</script>\"'&`|\x1b[31mred\x1b[0m\x00\u202e ]]> ::error::x"

// rich is a document in which every part has something to say, hostile values
// among them. Its duration is fixed.
func rich() *Document {
	const file, pact = "/repo/shop/seam.yaml", "/repo/shop/pacts/gateway-orders.json"
	one, two := "0af7651916cd43dd8448eb211c80319c", "4bf92f3577b34da6a3ce929d0e0e4736"
	return &Document{
		Seam: Format, Verb: "test", System: "shop", File: file, Verdict: Failed, Started: time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC), Duration: 12.34,
		Services: []Service{{Name: "orders", Kind: "run", ReadyS: 0.2, Endpoint: "http://127.0.0.1:20001"}},
		Drive: []Step{
			{Name: "browse", Result: CasePassed, Count: 2, TookS: 0.02, Line: 36},
			{Name: "buy " + hostile, Result: CaseFailed, Count: 1, TookS: 0.1, TraceID: one, Message: "answered 502, wanted 201: {\"error\":\"upstream\"}", Line: 41},
		},
		Edges: []Edge{{Edge: "entry->gateway", Requests: 3, Errors: 1, P50: 1.5, P99: 20}, {Edge: "gateway->orders", Requests: 2, P50: 0.8, P99: 0.9}},
		Contracts: []Contract{{Consumer: "gateway", Provider: "orders", Source: pact, Interactions: []Interaction{
			{Description: "an order", Line: 7, States: []string{"order 42 exists"}, Result: CaseFailed, TraceID: two, TookS: 0.01, Mismatches: []Mismatch{
				{Part: "status", Expected: "200", Actual: "500", Message: "expected 200 but was 500"},
				{Part: "header", Pointer: "Content-Type", Expected: "application/json", Message: "Expected a header 'Content-Type' but was missing"},
				{Part: "body", Pointer: "/id", Expected: "42", Actual: "42", Message: "Expected '42' (String) to be an integer", Rule: "integer at $.id"},
				{Part: "body", Expected: `{"id":42,"status":"paid","items":[{"sku":"book-1","quantity":2}],"total":2500}`,
					Actual: `{"id":42,"status":"paid","items":[{"sku":"book-1","quantity":2}],"sum":2500}`, Message: "Actual map is missing the following keys: total"},
				{Part: "body", Pointer: "/note", Expected: "fine", Actual: hostile, Message: "Expected '" + hostile + "' (String) to be equal to 'fine' (String)"},
			}, Notes: []string{"a generator failed; the example was used"}},
			{Description: "a list", Line: 90, States: []string{}, Result: CasePassed, TookS: 0.002, Mismatches: []Mismatch{}, TestName: "TestList"},
			{Description: "a refund", Line: 120, States: []string{}, Result: CasePending, Mismatches: []Mismatch{{Part: "status", Expected: "202", Actual: "404", Message: "expected 202 but was 404"}}},
			{Description: "a stop", Line: 150, States: []string{}, Result: CaseSkipped, Error: "not run: an interaction before it failed", Mismatches: []Mismatch{}},
		}}},
		Coverage: []Coverage{
			{Edge: "entry->gateway", Phase: "drive", Uncovered: 3, Undescribed: []Undescribed{{Method: "GET", Route: "/books/{id}", Count: 3, TraceID: one, Why: "no interaction has this method and path"}}},
			{Edge: "gateway->orders", Phase: "drive", Contracts: 1, Conforming: 5, Violating: 2, Uncovered: 1, Unjudged: 1, WhyUnjudged: map[string]int{"too large": 1}, Interactions: 4, Shown: 3,
				NeverShown: []string{"a refund"}, Fields: []Unseen{{"a list", []string{"$[*].note", "$[*].by"}}},
				Undescribed: []Undescribed{{Method: "POST", Route: "/orders", Status: 409, Count: 1, TraceID: two, Why: "no interaction describes this status; the provider may be in another state", Nearest: "an order",
					Mismatches: []Mismatch{{Part: "status", Expected: "201", Actual: "409", Message: "expected 201 but was 409"}}}},
				Violations: []Violation{{Interaction: "an order", States: []string{"order 42 exists"}, Status: 200, Count: 2, TraceID: one,
					Mismatches: []Mismatch{{Part: "body", Pointer: "/id", Expected: "42", Actual: "42", Message: "Expected '42' (String) to be an integer", Rule: "integer at $.id"}}}}},
			{Edge: "gateway->orders", Phase: "load", Contracts: 1, Conforming: 900, Unjudged: 100, WhyUnjudged: map[string]int{"overload": 100}, Interactions: 4, Shown: 1, NeverShown: []string{"a refund"}},
		},
		Expectations: []Expectation{
			{Name: "one charge", Result: CasePassed, Traces: 3, Line: 70},
			{Name: "quick", Result: CaseFailed, Edge: "gateway->orders", TraceID: one, Message: "slowest(\"gateway->orders\") is 120ms, wanted <= 100ms\n(and 2 more like this)", Line: 75, Traces: 3},
		},
		Load: []Load{
			{Scenario: "customers", Target: "http://127.0.0.1:1", Requests: 1000, Errors: 20, IntendedRate: 200, AchievedRate: 199.8, CPU: 0.4, DurationS: 5,
				Latency: map[string]float64{"p50": 1.2, "p90": 3, "p99": 250, "p999": 400, "max": 1200}, Service: map[string]float64{"p50": 1.1, "p90": 2.9, "p99": 249, "p999": 399, "max": 1199},
				ScheduleError: map[string]float64{"p50": 61, "p99": 120, "max": 900}, Valid: true, ErrorsByClass: map[string]int64{"status 502": 20}, Statuses: map[string]int64{"200": 980, "502": 20},
				Objectives: []Objective{{Text: "p99<200ms", Result: CaseFailed, Measured: "250ms", Line: 112}, {Text: "errors<5%", Result: CasePassed, Measured: "2%", Line: 113}, {Text: "p999<1s", Result: CasePassed, Measured: "260ms", Warning: "of 100 requests the p999 is the slowest"}},
				Edges:      []EdgeShare{{Edge: "gateway->orders", Requests: 1000, Errors: 3, P50: 1, P90: 2, P99: 200, Max: 210, ShareP50: 0.7, ShareP99: 0.9}}, Slowest: []string{two, one}, Attributed: 990,
				Worst:  []Shot{{TraceID: two, N: 7, DueS: 1.25, Latency: 1200, Service: 1199.5, Status: 200}, {TraceID: one, N: 9, DueS: 2, Latency: 400, Service: 120, Status: 200, Kept: true}},
				Failed: []Shot{{TraceID: one, N: 9, DueS: 2, Latency: 400, Service: 120, Class: "status " + hostile, Status: 502, Kept: true}}},
			{Scenario: "spike", Requests: 10, IntendedRate: 1000, AchievedRate: 10, Latency: map[string]float64{"p50": 1}, Service: map[string]float64{}, ScheduleError: map[string]float64{},
				WhyInvalid: "requests were sent late: the load generator lacked CPU", Edges: []EdgeShare{}, Slowest: []string{}},
		},
		Findings: []Finding{
			{Kind: "context-lost", Edge: "gateway->orders", Message: "2 of 5 calls carried no trace context:\n```\n" + hostile, Evidence: []string{one, two}, Line: 14},
			{Kind: ContractViolated, Edge: "gateway->orders", Message: "2 live calls broke \"an order\", given order 42 exists", Evidence: []string{one}, Line: 14,
				Mismatches: []Mismatch{{Part: "body", Pointer: "/id", Expected: "42", Actual: "42", Message: "Expected '42' (String) to be an integer", Rule: "integer at $.id"}}},
			{Kind: CoverageTooLow, Edge: "entry->gateway", Message: "7 of 11 calls are described by a contract (64%); seam.yaml demands 90%", Evidence: []string{}, Line: 120},
			{Kind: "n+1", Edge: "orders->stock", Message: "7 calls like GET /items/{id} in a row", Warning: true, Evidence: []string{two}, Line: 22},
		},
		Traces: &Traces{Traces: 10, Spans: 60, Incomplete: 1},
		Shown: []Trace{{TraceID: one, Millis: 120, Drawing: "trace " + one + "  120ms\nentry->gateway  POST /checkout 502   120ms  ━━━━━━━━━━  error\n└─ gateway->orders  POST /orders 201   90ms   ━━━━━━━\n", Spans: []Span{
			{Service: "gateway", Name: "POST /checkout", Edge: "entry->gateway", Status: "502", Millis: 120, Failed: true, Note: hostile},
			{Depth: 1, Service: "orders", Name: "POST /orders " + hostile, Edge: "gateway->orders", Status: "201", Offset: 10, Millis: 90},
			{Depth: 2, Service: "orders", Name: "write order", Offset: 95, Millis: 0.2},
		}}},
		Publish: []Publish{{Endpoint: "http://127.0.0.1:4318", Sent: 60, Dropped: 2, Error: "connection refused"}},
	}
}
