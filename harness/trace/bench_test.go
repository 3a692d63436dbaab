package trace_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seamtest/seam/harness/trace"
	"github.com/seamtest/seam/harness/trace/tracetest"
)

// made gives each benchmark spans that exist before the clock starts.
func made(traces, each int) []*trace.Span {
	resource, scope := &trace.Resource{Service: "a"}, &trace.Scope{Name: "lib"}
	edge := &trace.Scope{Name: trace.EdgeScope}
	spans := make([]*trace.Span, 0, traces*each)
	for id := range traces {
		for n := range each {
			s := typical(uint64(id), uint64(n), resource, scope)
			if n%2 == 0 {
				s.Scope = edge
				s.Attrs = append(s.Attrs, trace.EdgeConsumer.String(""), trace.EdgeProvider.String("a"), trace.EdgePhase.String("drive"))
			}
			spans = append(spans, s)
		}
	}
	return spans
}

func perSpan(b *testing.B, spans int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(spans), "ns/span")
	b.ReportMetric(float64(spans)/b.Elapsed().Seconds(), "spans/s")
}

// BenchmarkAdd takes 50,000 spans in, ten to a trace; one operation is all.
func BenchmarkAdd(b *testing.B) {
	const traces, each = 5000, 10
	spans := made(traces, each)
	for _, batch := range []int{1, 10, 160} {
		for _, bound := range []int64{0, 8 << 20} {
			b.Run(fmt.Sprintf("batch=%d/evicting=%v", batch, bound > 0), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					s := trace.NewStore(trace.StoreConfig{MaxBytes: bound})
					for i := 0; i < len(spans); i += batch {
						s.Add(spans[i:min(i+batch, len(spans))]...)
					}
				}
				perSpan(b, b.N*len(spans))
			})
		}
	}
}

// BenchmarkAddAtOnce is what edges do: each goroutine adds single spans.
func BenchmarkAddAtOnce(b *testing.B) {
	spans := made(5000, 10)
	s := trace.NewStore(trace.StoreConfig{MaxBytes: 16 << 20})
	var next atomic.Uint64
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			s.Add(spans[next.Add(1)%uint64(len(spans))])
		}
	})
	perSpan(b, b.N)
}

// BenchmarkAddOneTrace is a trace that grows to 20,000 spans.
func BenchmarkAddOneTrace(b *testing.B) {
	spans := made(1, 20000)
	b.ReportAllocs()
	for b.Loop() {
		s := trace.NewStore(trace.StoreConfig{})
		for _, span := range spans {
			s.Add(span)
		}
	}
	perSpan(b, b.N*len(spans))
}

func BenchmarkFind(b *testing.B) {
	s := trace.NewStore(trace.StoreConfig{})
	s.Add(made(20000, 10)...)
	for _, row := range []struct {
		name  string
		query trace.Query
	}{
		{"newest20", trace.Query{Limit: 20}},
		{"phase20", trace.Query{Phase: "drive", Limit: 20}},
		{"none-of-200000-spans", trace.Query{Operation: "nothing"}},
		{"slow-of-20000-traces", trace.Query{MinDuration: time.Hour}},
	} {
		b.Run(row.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s.Summaries(row.query)
			}
		})
	}
	b.Run("services", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s.Services()
		}
	})
}

// BenchmarkWait judges traces that are complete.
func BenchmarkWait(b *testing.B) {
	for _, each := range []int{10, 1000} {
		b.Run(fmt.Sprintf("spans=%d", each), func(b *testing.B) {
			s := trace.NewStore(trace.StoreConfig{})
			spans := made(1, each)
			s.Add(spans...)
			b.ReportAllocs()
			for b.Loop() {
				if got := s.Wait(context.Background(), spans[0].Trace); !got.Complete {
					b.Fatal(got.Why)
				}
			}
		})
	}
}

func BenchmarkDraw(b *testing.B) {
	tr := tracetest.One(b, checkout)
	b.ReportAllocs()
	for b.Loop() {
		if err := trace.Draw(discard{}, tr, trace.DrawConfig{}); err != nil {
			b.Fatal(err)
		}
	}
}

type discard struct{}

func (discard) Write(p []byte) (int, error)       { return len(p), nil }
func (discard) WriteString(s string) (int, error) { return len(s), nil }
