package check

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seamtest/seam/harness"
	"github.com/seamtest/seam/harness/internal/publish"
	"github.com/seamtest/seam/harness/internal/receive"
	"github.com/seamtest/seam/harness/report"
	"github.com/seamtest/seam/harness/trace"
)

func TestARunThatLostSpansSaysSo(t *testing.T) {
	over := func(p receive.Protocol, why receive.Reason) receive.Refusal {
		return receive.Refusal{Protocol: p, Reason: why}
	}
	for reason, test := range map[string]struct {
		stats harness.Stats
		want  []report.Finding
	}{
		"nothing lost": {},
		"who was told to come again came again": {
			stats: harness.Stats{Receive: receive.Stats{Refused: map[receive.Refusal]receive.Refused{over(receive.OTLPGRPC, receive.Busy): {Requests: 3, Spans: 9}}}},
		},
		"everything lost": {
			stats: harness.Stats{
				Receive: receive.Stats{
					Refused: map[receive.Refusal]receive.Refused{
						over(receive.OTLPHTTP, receive.TooLarge): {Requests: 2, Last: "send smaller batches"},
						over(receive.JaegerUDP, receive.Busy):    {Requests: 1, Spans: 5, Last: "full"},
					},
					Missed: 4, Renamed: 2,
				},
				Store:   trace.Stats{Refused: 1, EvictedTraces: 6},
				Publish: map[string]publish.Stats{"http://b": {Dropped: 8, LastError: "gone"}, "http://a": {Sent: 1}},
			},
			want: []report.Finding{
				{Kind: "spans-refused", Warning: true, Message: "11 spans, requests or packets that services sent were not taken in: " +
					"2 over otlp/http, too large: send smaller batches; 5 over jaeger/udp, busy: full; 4 packets over jaeger/udp, for they came faster than they were read"},
				{Kind: "foreign-edge", Warning: true, Message: "2 spans that services sent bore the scope of seam's own edges; they are not counted as edges: does a service send on what another seam published?"},
				{Kind: "spans-refused", Warning: true, Message: "1 spans were larger than the store of traces"},
				{Kind: "traces-evicted", Warning: true, Message: "6 traces left the bounded store before they were judged"},
				{Kind: "publish-dropped", Warning: true, Message: "8 spans did not reach http://b: gone"},
			},
		},
	} {
		if diff := cmp.Diff(test.want, losses(test.stats, test.stats.Store.EvictedTraces)); diff != "" {
			t.Errorf("%s: -want +got:\n%s", reason, diff)
		}
	}
}
