package otlp

import (
	"context"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/seamtest/seam/harness/load"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A receiver takes metrics as the collector does, over both protocols.
type receiver struct {
	pmetricotlp.UnimplementedGRPCServer

	mu     sync.Mutex
	seen   []pmetric.Metrics // guarded by mu
	header string            // guarded by mu; X-Tenant of the last export
	path   string            // guarded by mu
	reject int64
}

func (r *receiver) take(request pmetricotlp.ExportRequest, header, path string) pmetricotlp.ExportResponse {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen, r.header, r.path = append(r.seen, request.Metrics()), header, path
	answer := pmetricotlp.NewExportResponse()
	if r.reject > 0 {
		answer.PartialSuccess().SetRejectedDataPoints(r.reject)
		answer.PartialSuccess().SetErrorMessage("too old")
	}
	return answer
}

func (r *receiver) Export(ctx context.Context, request pmetricotlp.ExportRequest) (pmetricotlp.ExportResponse, error) {
	md, _ := metadata.FromIncomingContext(ctx)
	return r.take(request, strings.Join(md.Get("x-tenant"), ""), ""), nil
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, err := io.ReadAll(q.Body)
	request := pmetricotlp.NewExportRequest()
	if err != nil || request.UnmarshalProto(body) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	text, err := r.take(request, q.Header.Get("X-Tenant"), q.URL.Path).MarshalProto()
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
	_, _ = w.Write(text)
}

// listen serves the receiver until the test ends.
func (r *receiver) listen(t *testing.T, protocol string) (endpoint string) {
	t.Helper()
	if protocol != "grpc" {
		server := httptest.NewServer(r)
		t.Cleanup(server.Close)
		return server.URL
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	pmetricotlp.RegisterGRPCServer(server, r)
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(listener) }()
	t.Cleanup(func() { server.Stop(); <-done })
	return "http://" + listener.Addr().String()
}

// points are all of the last export: the value or the count of each series.
func (r *receiver) points(t *testing.T) map[string]float64 {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	all := map[string]float64{}
	if len(r.seen) == 0 {
		t.Fatal("nothing was exported")
	}
	for _, of := range r.seen[len(r.seen)-1].ResourceMetrics().All() {
		if name, _ := of.Resource().Attributes().Get("service.name"); name.Str() != "seam" {
			t.Errorf("service.name is %q", name.Str())
		}
		for _, scope := range of.ScopeMetrics().All() {
			for _, m := range scope.Metrics().All() {
				for _, p := range numbers(m).All() {
					all[m.Name()+" "+told(p.Attributes())] = p.DoubleValue()
				}
				if m.Type() == pmetric.MetricTypeExponentialHistogram {
					for _, p := range m.ExponentialHistogram().DataPoints().All() {
						all[m.Name()+" "+told(p.Attributes())] = float64(p.Count())
					}
				}
				if m.Unit() == "" || m.Description() == "" {
					t.Errorf("%s has no unit or no description", m.Name())
				}
			}
		}
	}
	return all
}

func numbers(m pmetric.Metric) pmetric.NumberDataPointSlice {
	switch m.Type() {
	case pmetric.MetricTypeGauge:
		return m.Gauge().DataPoints()
	case pmetric.MetricTypeSum:
		return m.Sum().DataPoints()
	default:
		return pmetric.NewNumberDataPointSlice()
	}
}

func told(attributes pcommon.Map) string {
	var parts []string
	for key, value := range attributes.All() {
		parts = append(parts, key+"="+value.AsString())
	}
	return strings.Join(parts, " ")
}

// histogram holds n values of so many milliseconds.
func histogram(t testing.TB, n int64, ms float64) string {
	t.Helper()
	h := hdrhistogram.New(1, int64(10*time.Minute), 3)
	if err := h.RecordValues(int64(ms*1e6), n); err != nil {
		t.Fatal(err)
	}
	text, err := h.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func begin(t *testing.T, cfg Config) *Exporter {
	t.Helper()
	e, err := Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func orders() load.Job {
	return load.Job{Name: "orders", Requests: []load.Request{{URL: "http://127.0.0.1:8080/orders"}}}
}

// What the collector reads of a load over both protocols: figures that add up
// over its progress, by the names of the semantic conventions where there are.
func TestTheCollectorReadsALoad(t *testing.T) {
	for _, protocol := range []string{"http/protobuf", "grpc"} {
		t.Run(protocol, func(t *testing.T) {
			r := &receiver{}
			e := begin(t, Config{Endpoint: r.listen(t, protocol), Protocol: protocol, Headers: map[string]string{"X-Tenant": "me"}, Every: time.Hour})
			var seen []load.Progress
			job := orders()
			job.Progress = func(p load.Progress) { seen = append(seen, p) }
			e.Watch(&job)
			if !job.Histograms {
				t.Error("the job does not bring its histograms")
			}
			late := load.Quantiles{P50: time.Microsecond, P99: 2 * time.Millisecond, Max: time.Second}
			job.Progress(load.Progress{WarmUp: true, Elapsed: time.Second, Intended: 10, InFlight: 7})
			job.Progress(load.Progress{ // the first half of it is of the warm-up
				Since: time.Second, Elapsed: 3 * time.Second, Intended: 10, Due: 10, Requests: 8, InFlight: 2,
				LatencyHDR: histogram(t, 8, 30), ServiceHDR: histogram(t, 8, 20),
			})
			job.Progress(load.Progress{
				Since: 3 * time.Second, Elapsed: 5 * time.Second, Intended: 10, Due: 20, Requests: 30, InFlight: 0, Errors: 3, Waited: 4, Over: true,
				Classes: map[string]int64{"status": 1, "timeout": 2}, Late: late, LatencyHDR: histogram(t, 22, 3), ServiceHDR: histogram(t, 22, 2),
			})
			if got := e.Close(); got != (Stats{Sent: 1}) {
				t.Errorf("%+v", got)
			}
			call, of := " seam.load.name=orders http.request.method=GET server.address=127.0.0.1 server.port=8080", " seam.load.name=orders"
			want := map[string]float64{
				"http.client.request.duration" + call: 30, "seam.load.latency" + of: 30, "seam.load.due" + of: 30, "seam.load.sent" + of: 30, "seam.load.done" + of: 30,
				"seam.load.waited" + of: 4, "seam.load.in_flight" + of: 0, "seam.load.errors" + of + " error.type=status": 1, "seam.load.errors" + of + " error.type=timeout": 2,
				"seam.load.lateness" + of + " quantile=0.5": 1e-6, "seam.load.lateness" + of + " quantile=0.99": .002, "seam.load.lateness" + of + " quantile=1": 1,
			}
			if diff := cmp.Diff(want, r.points(t)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if r.header != "me" || protocol != "grpc" && r.path != "/v1/metrics" {
				t.Errorf("header %q, path %q", r.header, r.path)
			}
			if len(seen) != 3 || seen[1].LatencyHDR != "" || seen[2].Requests != 30 {
				t.Errorf("whoever looks on sees %+v", seen)
			}
		})
	}
}

// The histogram that arrives has the values that were recorded, within its
// buckets, as an exponential histogram of the data model.
func TestValuesAreInTheirBuckets(t *testing.T) {
	r := &receiver{}
	e := begin(t, Config{Endpoint: r.listen(t, "http/protobuf"), Every: time.Hour})
	job := orders()
	e.Watch(&job)
	job.Progress(load.Progress{Elapsed: time.Second, ServiceHDR: histogram(t, 5, 7)})
	job.Progress(load.Progress{Elapsed: time.Second, ServiceHDR: histogram(t, 3, 900)})
	e.Close()
	found := false
	for _, m := range r.seen[0].ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().All() {
		if m.Name() != "http.client.request.duration" {
			continue
		}
		found = true
		h := m.ExponentialHistogram()
		p := h.DataPoints().At(0)
		base := math.Pow(2, math.Pow(2, -float64(p.Scale())))
		counts := map[string]uint64{}
		for i, n := range p.Positive().BucketCounts().All() {
			if low := math.Pow(base, float64(int(p.Positive().Offset())+i)); n > 0 {
				counts[fmt.Sprint(low < .007 && .007 <= low*base*1.01, low < .9 && .9 <= low*base*1.01)] += n
			}
		}
		if diff := cmp.Diff(map[string]uint64{"true false": 5, "false true": 3}, counts); diff != "" {
			t.Errorf("(of 7 ms, of 900 ms) %s", diff)
		}
		if h.AggregationTemporality() != pmetric.AggregationTemporalityCumulative || p.Count() != 8 || math.Abs(p.Sum()-2.735) > .005 || p.StartTimestamp() == 0 || p.Timestamp() < p.StartTimestamp() {
			t.Errorf("%v: %d values of %v s, %v to %v", h.AggregationTemporality(), p.Count(), p.Sum(), p.StartTimestamp(), p.Timestamp())
		}
	}
	if !found {
		t.Error("there is no http.client.request.duration")
	}
}

// A load that runs is exported again and again, not only at its end.
func TestALoadIsExportedWhileItRuns(t *testing.T) {
	r := &receiver{}
	e := begin(t, Config{Endpoint: r.listen(t, "grpc"), Protocol: "grpc", Every: time.Millisecond})
	job := orders()
	e.Watch(&job)
	exports := func() int {
		r.mu.Lock()
		defer r.mu.Unlock()
		return len(r.seen)
	}
	for deadline := time.Now().Add(20 * time.Second); exports() < 3; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the exporter does not send while a load runs")
		}
		job.Progress(load.Progress{Elapsed: time.Second})
	}
	e.Close()
}

// An endpoint that takes connections and never answers holds up neither the
// load nor, for longer than two exports may take, the end; what failed is told.
func TestADeadEndpointHoldsUpNobody(t *testing.T) {
	release := make(chan struct{})
	stuck := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) {
		_, _ = io.Copy(io.Discard, q.Body) // then the server sees when the client leaves
		select {
		case <-release:
		case <-q.Context().Done():
		}
	}))
	defer stuck.Close()
	defer close(release)
	for name, endpoint := range map[string]string{"it never answers": stuck.URL, "nobody listens": "http://" + nobody(t)} {
		e := begin(t, Config{Endpoint: endpoint, Every: time.Millisecond, Timeout: 20 * time.Millisecond})
		job := orders()
		e.Watch(&job)
		for range 1000 {
			job.Progress(load.Progress{Elapsed: time.Second, Requests: 1})
		}
		s := e.Close()
		if s.Sent != 0 || s.Failed == 0 || !strings.Contains(s.Trouble("there"), fmt.Sprintf("%d of %d exports of metrics to there failed; the last error: ", s.Failed, s.Failed)) {
			t.Errorf("%s: %+v, %s", name, s, s.Trouble("there"))
		}
	}
}

func TestRejectedPointsAreTold(t *testing.T) {
	for _, protocol := range []string{"http/protobuf", "grpc"} {
		r := &receiver{reject: 2}
		e := begin(t, Config{Endpoint: r.listen(t, protocol), Protocol: protocol, Every: time.Hour})
		job := orders()
		e.Watch(&job)
		job.Progress(load.Progress{Elapsed: time.Second})
		if got := e.Close().Trouble("there"); got != "2 points of metrics were rejected by there: 2 points rejected: too old" {
			t.Errorf("%s: %s", protocol, got)
		}
	}
}

// Loads, classes and buckets without end take no memory without end.
func TestWhatIsKeptIsBounded(t *testing.T) {
	r := &receiver{}
	e := begin(t, Config{Endpoint: r.listen(t, "http/protobuf"), Every: time.Hour})
	classes := map[string]int64{}
	for i := range 1000 {
		classes[fmt.Sprint("class", i)] = 1
	}
	for i := range 200 {
		job := orders()
		job.Name = fmt.Sprint("load", i)
		e.Watch(&job)
		job.Progress(load.Progress{Elapsed: time.Second, Requests: 1, Classes: classes, ServiceHDR: histogram(t, 1, math.Pow(2, float64(i%60)/3))})
	}
	if s := e.Close(); s.Sent != 1 {
		t.Fatalf("%+v", s)
	}
	var loads, errors int
	for name := range r.points(t) {
		if strings.HasPrefix(name, "seam.load.done ") {
			loads++
		}
		if strings.HasPrefix(name, "seam.load.errors seam.load.name=load0 ") {
			errors++
		}
	}
	if loads != mostLoads || errors != mostClasses {
		t.Errorf("%d loads and %d classes are told apart, want %d and %d", loads, errors, mostLoads, mostClasses)
	}
}

func TestAttributesOfACall(t *testing.T) {
	for want, job := range map[string]load.Job{
		"seam.load.name=x http.request.method=_OTHER server.address=::1 server.port=443": {Name: "x", Requests: []load.Request{{URL: "https://[::1]/a"}, {Method: "post", URL: "https://[::1]/b"}}},
		"seam.load.name=x http.request.method=PUT server.address=h server.port=80":       {Name: "x", Flows: []load.Flow{{Steps: []load.Step{{Request: load.Request{Method: "PUT", URL: "http://h/{{id}}?token=hunter2"}}}}}},
		"seam.load.name=x http.request.method=_OTHER":                                    {Name: "x"},
	} {
		var parts []string
		for _, a := range newState(&job).call {
			parts = append(parts, a.key+"="+orElse(a.text, fmt.Sprint(a.number)))
		}
		if got := strings.Join(parts, " "); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// FuzzBuckets: whatever the values are, each is counted, in few buckets, and
// the ends are within the first and the last.
func FuzzBuckets(f *testing.F) {
	f.Add(.001, 2., uint8(3))
	f.Add(0., 1e300, uint8(1))
	f.Add(math.NaN(), -1., uint8(9))
	f.Fuzz(func(t *testing.T, a, b float64, n uint8) {
		if math.IsNaN(a) || math.IsNaN(b) {
			return // no latency is
		}
		var e exponential
		e.add(a, uint64(n))
		e.add(b, 1)
		scale, offset, counts := e.buckets()
		total := uint64(0)
		for _, one := range counts {
			total += one
		}
		base := math.Pow(2, math.Pow(2, -float64(scale)))
		low, high := math.Pow(base, float64(offset)), math.Pow(base, float64(offset+len(counts)))
		if total != uint64(n)+1 || len(counts) > mostBuckets || low > e.min*(1+1e-9) || high < e.max*(1-1e-9) {
			t.Errorf("%v: %d of %d in %d buckets from %v to %v", e, total, n, len(counts), low, high)
		}
	})
}
