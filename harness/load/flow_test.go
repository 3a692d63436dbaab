package load

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A way is one in which requests are sent.
type way struct {
	protocol string
	secure   bool
}

// ways are all in which flows are played: the loops, and connections of our own.
var ways = map[string]way{
	"the loops": {}, "h2c": {"h2c", false}, "h2": {"h2", true}, "HTTP/1.1 over TLS": {"http/1.1", true}, "what TLS offers": {"", true},
}

// job is a job that goes this way, and the URL of a server for it.
func (w way) job(t testing.TB, job Job, handler http.HandlerFunc) (Job, string) {
	t.Helper()
	job.Protocol, job.Insecure = w.protocol, w.secure
	if w.secure {
		return job, h2Server(t, true, handler)
	}
	return job, both(t, handler)
}

// both speaks HTTP/1.1 and h2c.
func both(t testing.TB, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.Config.Protocols = &http.Protocols{}
	server.Config.Protocols.SetHTTP1(true)
	server.Config.Protocols.SetUnencryptedHTTP2(true)
	server.Start()
	t.Cleanup(server.Close)
	return server.URL
}

// perform runs a job of flows and wants figures that fit one another.
func perform(t *testing.T, job Job) *Summary {
	t.Helper()
	s, err := Run(t.Context(), job)
	if err != nil {
		t.Fatal(err)
	}
	var requests int64
	for _, step := range s.Steps {
		requests += step.Requests
	}
	if requests != s.Requests {
		t.Errorf("the steps have %d requests and the run %d", requests, s.Requests)
	}
	for _, f := range s.Flows {
		if f.Begun != f.Completed+f.Failed+f.Unfinished {
			t.Errorf("the iterations do not add up: %+v", f)
		}
	}
	return s
}

// thirty iterations begin in 300 ms; their steps, which begin within the plan,
// have a minute.
var thirty = []Stage{{100, 100, 300 * time.Millisecond}, {0, 0, time.Minute}}

func TestWhatAStepExtractsTheNextOneUses(t *testing.T) {
	for name, way := range ways {
		for _, model := range []Job{{Stages: thirty}, {Connections: 2, For: 100 * time.Millisecond}} {
			t.Run(fmt.Sprintf("%s, %d connections", name, model.Connections), func(t *testing.T) {
				var wrong atomic.Pointer[string]
				model, url := way.job(t, model, func(w http.ResponseWriter, r *http.Request) {
					switch r.URL.Path {
					case "/books":
						w.Header().Set("X-Shelf", "a b")
						fmt.Fprint(w, `{"total": 7, "books": [{"sku": "a/b \"c\" ä"}, {"sku": 2}]} id=42;`)
					default:
						body, _ := io.ReadAll(r.Body)
						got := r.URL.EscapedPath() + "|" + r.URL.RawQuery + "|" + r.Header.Get("X-Total") + "|" + string(body)
						want := `/book/a%2Fb%20%22c%22%20%C3%A4|id=42|7|{"sku":"a/b \"c\" ä","n":7,"s":"a b"}`
						if got != want {
							wrong.Store(&got)
						}
						w.WriteHeader(http.StatusCreated)
					}
				})
				model.Flows = []Flow{{Name: "buy", Steps: []Step{
					{
						Request: Request{URL: url + "/books"},
						Extract: []Extract{
							{"sku", FromJSON, "/books/0/sku"}, {"total", FromJSON, "/total"}, {"shelf", FromHeader, "x-shelf"}, {"id", FromRegex, `id=(\d+)`},
						},
						Checks: []Check{{Of: FromJSON, At: "/books/1/sku", Held: true, Equals: "2.0"}, {Of: OfContains, At: "id="}, {Of: OfSize, Most: 100}},
					},
					{Request: Request{
						Method: "POST", URL: url + "/book/{{sku}}?id={{id}}", Status: 201,
						Header: map[string]string{"X-Total": "{{total}}", "Content-Type": "application/json"},
						Body:   []byte(`{"sku":"{{sku}}","n":{{ total }},"s":{{shelf}}}`),
					}},
				}}}
				s := perform(t, model)
				if got := wrong.Load(); got != nil {
					t.Errorf("the server got %s", *got)
				}
				if s.Errors > 0 && s.Errors != s.Classes[classUnfinished] || s.Flows[0].Completed == 0 || s.Statuses[201] == 0 {
					t.Errorf("classes %v, flows %+v", s.Classes, s.Flows)
				}
				if model.Stages != nil && (s.Flows[0].Completed != 30 || s.Requests != 60) {
					t.Errorf("%d requests of %+v", s.Requests, s.Flows)
				}
				if s.Steps[1].Step != "POST /book/{{sku}}?id={{id}}" || s.Steps[1].Latency.P50 == 0 {
					t.Errorf("the second step is %+v", s.Steps[1])
				}
			})
		}
	}
}

// The same seed has the same run: each iteration its flow and its rows, on
// either sender and however many workers there are.
func TestChanceComesFromTheSeed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "books.csv")
	var rows strings.Builder
	rows.WriteString("sku\n")
	for i := range 50 {
		fmt.Fprintf(&rows, "b%d\n", i)
	}
	if err := os.WriteFile(file, []byte(rows.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(way way, workers int, seed uint64) (seen map[string]int) {
		var mu sync.Mutex
		seen = map[string]int{}
		job, url := way.job(t, Job{}, func(_ http.ResponseWriter, r *http.Request) {
			mu.Lock()
			seen[r.URL.RequestURI()]++
			mu.Unlock()
		})
		step := func(path string) []Step { return []Step{{Request: Request{URL: url + path}}} }
		perform(t, Job{
			Rate: 1000, For: 200 * time.Millisecond, Workers: workers, Protocol: job.Protocol, Insecure: job.Insecure, Seed: seed,
			Data: []Feeder{{Name: "turn", File: file}, {Name: "any", File: file, Random: true}},
			Flows: []Flow{
				{Name: "a", Steps: step("/a/{{turn.sku}}?n={{seam.n}}"), Weight: 3}, {Name: "b", Steps: step("/b/{{any.sku}}?r={{seam.random}}")},
				{Name: "never", Weight: -1, Steps: step("/never")},
			},
		})
		return seen
	}
	want := run(way{}, 1, 7)
	for name, way := range ways {
		if diff := cmp.Diff(want, run(way, 3, 7)); diff != "" {
			t.Errorf("%s: the same seed made another run:\n%s", name, diff)
		}
	}
	if cmp.Equal(want, run(way{}, 1, 8)) {
		t.Error("another seed made the same run")
	}
	turns, weights := map[string]int{}, map[string]int{}
	for uri, n := range want {
		path, _, _ := strings.Cut(uri, "?")
		weights[path[:2]] += n
		if sku, ok := strings.CutPrefix(path, "/a/"); ok {
			turns[sku] += n
		}
	}
	// 200 draws at 3 to 1: 150 and a standard deviation of 6.1.
	if weights["/a"] < 125 || weights["/a"] > 175 || weights["/a"]+weights["/b"] != 200 {
		t.Errorf("the weights came to %v", weights)
	}
	counts := slices.Sorted(maps.Values(turns))
	if len(turns) != 50 || counts[len(counts)-1]-counts[0] > 1 {
		t.Errorf("in turn each row comes as often as any other, but: %v", turns)
	}
}

func TestAStepFailsByWhatItsAnswerLacks(t *testing.T) {
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			var after atomic.Int64
			job, url := way.job(t, Job{}, func(w http.ResponseWriter, r *http.Request) {
				switch r.URL.Path {
				case "/huge":
					_, _ = w.Write(append([]byte(strings.Repeat(" ", 2<<20)), `{"id": 1}`...))
				case "/broken":
					fmt.Fprint(w, `{"id": "\ud8`)
				case "/null":
					fmt.Fprint(w, `{"id": null}`)
				case "/control":
					fmt.Fprint(w, `{"id": "a\r\nX-Bad: 1"}`)
				default:
					after.Add(1)
				}
			})
			take := []Extract{{"id", FromJSON, "/id"}}
			last := Step{Request: Request{URL: url + "/after", Header: map[string]string{"X-Id": "{{id}}"}}}
			flow := func(path string, s Step) Flow {
				s.Request.URL = url + path
				s.Extract = take
				return Flow{Name: path, Steps: []Step{s, last}}
			}
			s := perform(t, Job{Stages: []Stage{{500, 500, 200 * time.Millisecond}, {0, 0, time.Minute}}, Protocol: job.Protocol, Insecure: job.Insecure, Flows: []Flow{
				flow("/huge", Step{}), flow("/broken", Step{}), flow("/null", Step{}), flow("/control", Step{}),
				flow("/null", Step{Checks: []Check{{Name: "id is absent", Of: FromJSON, At: "/id", Absent: true}}}),
			}})
			classes := map[string]bool{}
			for _, step := range s.Steps {
				for class := range step.Classes {
					classes[step.Flow+" "+class] = true
				}
			}
			want := map[string]bool{"/huge extract": true, "/broken extract": true, "/null extract": true, "/null check": true, "/control request": true}
			if diff := cmp.Diff(want, classes); diff != "" {
				t.Errorf("other classes than wanted:\n%s", diff)
			}
			if after.Load() > 0 {
				t.Errorf("%d iterations went on after a step that failed", after.Load())
			}
			if s.Steps[0].Failed["id"] != s.Steps[0].Requests || s.Steps[8].Failed["id is absent"] != s.Steps[8].Requests {
				t.Errorf("what failed is not told: %v, %v", s.Steps[0].Failed, s.Steps[8].Failed)
			}
		})
	}
}

// A later step is due when the one before has ended and its user has thought.
func TestLatencyCountsFromWhenAStepWasDueAfterThinking(t *testing.T) {
	const think = 300 * time.Millisecond
	for _, name := range []string{"the loops", "h2c", "HTTP/1.1 over TLS"} {
		way := ways[name]
		for _, model := range []Job{{Rate: 20, For: 1500 * time.Millisecond}, {Connections: 4, For: 1500 * time.Millisecond}} {
			t.Run(fmt.Sprintf("%s, %d connections", name, model.Connections), func(t *testing.T) {
				var mu sync.Mutex
				first, least := map[string]time.Time{}, time.Hour
				model, url := way.job(t, model, func(_ http.ResponseWriter, r *http.Request) {
					mu.Lock()
					defer mu.Unlock()
					n := r.URL.RawQuery
					if r.URL.Path == "/one" {
						first[n] = time.Now()
					} else {
						least = min(least, time.Since(first[n]))
					}
				})
				model.Flows = []Flow{{Name: "slow", Steps: []Step{
					{Request: Request{URL: url + "/one?{{seam.n}}"}, Think: think, ThinkMost: think + 10*time.Millisecond},
					{Request: Request{URL: url + "/two?{{seam.n}}"}, Think: think},
				}}}
				s := perform(t, model)
				if least < think {
					t.Errorf("a user thought for %s, and not for %s", least, think)
				}
				if f := s.Flows[0]; f.Completed == 0 || f.Failed > 0 || s.Steps[1].Latency.P50 >= think || s.Classes[classUnfinished] > 0 {
					t.Errorf("flows %+v, second step %+v, classes %v", s.Flows, s.Steps[1].Latency, s.Classes)
				}
				if f := s.Flows[0]; model.Rate > 0 && (f.Begun != 30 || f.Unfinished == 0 || s.Steps[0].Requests != 30) {
					t.Errorf("of 30 iterations those begun last are unfinished at the end: %+v", f)
				}
			})
		}
	}
}

func TestSetUpGivesValuesAndTearDownEndsIt(t *testing.T) {
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			var out, bad atomic.Int64
			job, url := way.job(t, Job{}, func(w http.ResponseWriter, r *http.Request) {
				switch {
				case r.URL.Path == "/login":
					fmt.Fprint(w, `{"token": "t-1"}`)
				case r.Header.Get("Authorization") != "Bearer t-1":
					bad.Add(1)
				case r.URL.Path == "/logout":
					out.Add(1)
				}
			})
			token := map[string]string{"Authorization": "Bearer {{token}}"}
			job = Job{
				Rate: 100, For: 100 * time.Millisecond, Protocol: job.Protocol, Insecure: job.Insecure,
				SetUp:    []Step{{Request: Request{URL: url + "/login"}, Extract: []Extract{{"token", FromJSON, "/token"}}}},
				Flows:    []Flow{{Steps: []Step{{Request: Request{URL: url + "/x", Header: token}}}}},
				TearDown: []Step{{Request: Request{URL: url + "/logout", Header: token}}},
			}
			if s := perform(t, job); bad.Load() > 0 || out.Load() != 1 || s.Flows[0].Completed != 10 {
				t.Errorf("%d without the token, %d logouts, %+v", bad.Load(), out.Load(), s.Flows)
			}
			job.SetUp[0].Request.Status = 201
			if _, err := Run(t.Context(), job); err == nil || !strings.Contains(err.Error(), `set-up step "GET /login" was answered with status 200`) {
				t.Errorf("a set-up that fails: %v", err)
			}
		})
	}
}

func TestABrokenObjectiveEndsTheRunEarly(t *testing.T) {
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			job, url := way.job(t, Job{}, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
			s := perform(t, Job{
				Rate: 400, For: time.Hour, Abort: []string{"p99<1h", "errors<50%"}, Protocol: job.Protocol, Insecure: job.Insecure,
				Flows: []Flow{{Steps: []Step{{Request: Request{URL: url + "/"}, Objectives: []string{"errors<1%", "max<1h"}}}}},
			})
			if !strings.HasPrefix(s.Aborted, "errors<50% was 100% after ") {
				t.Errorf("aborted: %q", s.Aborted)
			}
			if got := s.Steps[0].Objectives; len(got) != 2 || got[0].Reached || !got[1].Reached {
				t.Errorf("the step's objectives: %+v", got)
			}
		})
	}
}

func TestJudgeSeesTheAnswersOfEveryWay(t *testing.T) {
	judge := func(a *Answer) string {
		if a.Label == "flow 1/POST /b" && a.Header.Get("X-Path") == "/b" && string(a.Body) == "hello" || a.Label == "GET /a" && a.Status == 200 {
			return "seen"
		}
		return "unseen"
	}
	for name, way := range ways {
		_, url := way.job(t, Job{}, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Path", r.URL.Path)
			fmt.Fprint(w, "hello")
		})
		for _, job := range []Job{
			{Requests: []Request{{URL: url + "/a"}}}, {Flows: []Flow{{Steps: []Step{{Request: Request{Method: "POST", URL: url + "/b"}}}}}},
		} {
			job.Rate, job.For, job.Judge, job.Protocol, job.Insecure = 100, 100*time.Millisecond, judge, way.protocol, way.secure
			s, err := Run(t.Context(), job)
			if err != nil || s.Classes["seen"] != 10 {
				t.Errorf("%s: classes %v, %v", name, s.Classes, err)
			}
		}
	}
}

func TestWhatIsWrongWithFlowsIsToldBeforeTheRun(t *testing.T) {
	good := Request{URL: "http://127.0.0.1:1/"}
	job := Job{
		Rate: 1, For: time.Second,
		Data: []Feeder{{Name: "books", File: filepath.Join(t.TempDir(), "none.csv")}},
		Flows: []Flow{
			{Steps: []Step{{Request: Request{URL: "http://127.0.0.1:1/{{sku}}"}, Extract: []Extract{{"sku", FromJSON, "sku"}}}}},
			{Steps: []Step{
				{Request: good, Checks: []Check{{Of: FromRegex, At: "("}}},
				{Request: Request{URL: "http://127.0.0.1:2/{{"}},
				{Request: Request{URL: "http://127.0.0.1:1/{{books.sku}}"}},
				{Request: good, Objectives: []string{"p98<1s"}},
			}},
		},
		Abort: []string{"x"},
	}
	var keys []string
	for _, f := range job.Faults() {
		keys = append(keys, f.Key)
	}
	want := []string{
		"data.books.file", "flows[0].steps[0].request.path", "flows[0].steps[0].extract.sku.json", "flows[1].steps[0].check[0].regex",
		"flows[1].steps[1].request.path", "flows[1].steps[1].request", "flows[1].steps[3].objectives[0]", "abort[0]",
	}
	if diff := cmp.Diff(want, keys); diff != "" {
		t.Errorf("faults:\n%s", diff)
	}
	if err := job.Check(); err == nil {
		t.Error("Check finds nothing")
	}
	text, err := json.Marshal(job)
	if err != nil {
		t.Fatal(err)
	}
	var read Job
	if err := json.Unmarshal(text, &read); err != nil || len(read.Faults()) != len(want) {
		t.Errorf("a job does not survive JSON: %v", err)
	}
}
