package dashboards_test

import (
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

const scrape = time.Second

// small is a system with traffic, a contract, a load and someone to publish to.
const small = `seam: 1
name: small
services:
  web: { run: [./service], ready: { http: /ready }, calls: [books] }
  books: { run: [./service], ready: { http: /ready } }
entry: web
drive:
  - { request: { path: /books, status: 200 }, times: 5 }
contracts: [{ pacts: web-books.json }]
load:
  name: steady
  rate: 40/s
  for: 16s
  requests: [{ path: /books }, { path: /books }, { path: /fail, status: 500 }, { path: /other }]
  objectives: [p99<10s]
publish: [{ otlp: "%s" }]
`

// idle are the panels, or queries of theirs, that may show nothing but 0, and why.
var idle = map[string]string{
	"Calls against the agreement":              "the provider keeps to its contract",
	"Interactions that failed":                 "the provider keeps to its contract",
	"Objectives that were missed":              "the objective is reached",
	"Requests that failed, by what went wrong": "the load wants the status that it gets",
	"Figures can be trusted":                   "a busy machine sends late",
	"Spans passed on, query B":                 "the endpoint takes all",
	"Store, by number, query C":                "between two scrapes every exchange has ended",
	"Spans not passed on":                      "the endpoint takes all",
	"Attempts again":                           "the endpoint takes all",
	"Calls refused, held, or without context":  "every call is sound, carries context and finds its provider ready",
	"Traces that left to make room":            "the store is far from full",
	"Calls without a route of their own":       "there are four routes",
}

// Every query of every panel is run by a real Prometheus that scraped a real
// run of `seam test`, and the real Jaeger reads the same Prometheus.
func TestEveryPanelShowsARealRun(t *testing.T) {
	t.Cleanup(client.CloseIdleConnections)
	prometheus, began := scrapedRun(t)
	all := map[string]string{}
	selected := map[string]string{"server": "(books|web)", "phase": "(load|drive)", "load": "(steady)"}
	for _, b := range boards(t) {
		for _, v := range b.Templating.List {
			offers(t, prometheus, v.Query)
			all[v.Name] = v.AllValue
			if selected[v.Name] == "" {
				t.Errorf("%s: the test knows no value of $%s", b.UID, v.Name)
			}
		}
		for _, panel := range b.Panels {
			for _, target := range panel.Targets {
				where := fmt.Sprintf("%s: panel %q, query %s", b.UID, panel.Title, target.RefID)
				for _, values := range []map[string]string{all, selected} {
					now := time.Now()
					v := view{scrape: scrape, step: time.Second, span: now.Sub(began).Truncate(time.Second), values: values}
					top, err := highest(prometheus, target.Expr, v, now)
					if err != nil {
						t.Errorf("%s: %v", where, err)
					} else if top <= 0 && idle[panel.Title] == "" && idle[panel.Title+", query "+target.RefID] == "" {
						t.Errorf("%s shows nothing above %v: %s", where, top, target.Expr)
					}
				}
			}
		}
	}
	exemplars(t, prometheus)
	monitor(t, prometheus)
}

// scrapedRun runs the small system to its end, scraped all the while, and
// returns where Prometheus is.
func scrapedRun(t *testing.T) (prometheus string, began time.Time) {
	t.Helper()
	dir := t.TempDir()
	build(t, filepath.Join(dir, "seam"), "../cmd/seam")
	build(t, filepath.Join(dir, "service"), "./testdata/service")
	write(t, filepath.Join(dir, "web-books.json"), read(t, "testdata/web-books.json"))
	collector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Type", "application/x-protobuf") }))
	t.Cleanup(collector.Close)
	write(t, filepath.Join(dir, "seam.yaml"), fmt.Sprintf(small, collector.URL))

	began = time.Now()
	run := start(t, filepath.Join(dir, "seam"), "test", "-f", filepath.Join(dir, "seam.yaml"), "--page", "127.0.0.1:0", "--linger", "2m")
	page := run.says(t, "the page is at")
	prometheus = startPrometheus(t, dir, strings.TrimPrefix(page, "http://"))
	var system struct{ OTLP string }
	if err := get(page+"/api/system", &system); err != nil {
		t.Fatal(err)
	}
	span := `{"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": "000000000000000000000000000000%02d", "spanId": "000000000000000a", "name": "own", "startTimeUnixNano": "1", "endTimeUnixNano": "2"}]}]}]}`
	wait(t, "the first scrape", func() error {
		_, err := highest(prometheus, "up == 1", view{step: scrape}, time.Now())
		return err
	})
	for i := range 8 { // a rate is the difference between two scrapes
		post(t, system.OTLP+"/v1/traces", fmt.Sprintf(span, i+1), http.StatusOK)
		post(t, system.OTLP+"/v1/traces", "{", http.StatusBadRequest)
		post(t, system.OTLP+"/v1/traces", strings.ReplaceAll(span, "%02d", "00"), http.StatusOK) // no trace has this id
		time.Sleep(scrape / 2)
	}
	run.says(t, "the page stays at")
	if out := run.output(); !strings.Contains(out, "PASSED") && !strings.Contains(out, "INVALID") { // a busy machine sends late
		t.Fatalf("the run did not pass:\n%s", out)
	}
	wait(t, "the end of the run is scraped", func() error {
		_, err := highest(prometheus, "seam_load_valid", view{step: scrape}, time.Now())
		return err
	})
	healthy(t, prometheus)
	return prometheus, began
}

var listening = regexp.MustCompile(`msg="Listening on".* address=(127\.0\.0\.1:[1-9]\d*)`)

func startPrometheus(t *testing.T, dir, target string) string {
	t.Helper()
	config := read(t, "prometheus/prometheus.yml")
	quick := strings.NewReplacer("seam:7326", target, "scrape_interval: 5s", "scrape_interval: "+inSeconds(scrape)).Replace(config)
	if !strings.Contains(quick, target) || strings.Contains(quick, "5s") {
		t.Fatalf("prometheus.yml has another target or interval than this test replaces:\n%s", config)
	}
	write(t, filepath.Join(dir, "prometheus.yml"), quick)
	p := start(t, tool(t, "prometheus"), "--config.file="+filepath.Join(dir, "prometheus.yml"), "--storage.tsdb.path="+filepath.Join(dir, "tsdb"),
		"--web.listen-address=127.0.0.1:0", "--enable-feature=exemplar-storage")
	var address string
	wait(t, "Prometheus listens", func() error {
		match := listening.FindStringSubmatch(p.output())
		if match == nil {
			return fmt.Errorf("it printed:\n%s", p.output())
		}
		address = "http://" + match[1]
		return nil
	})
	wait(t, "Prometheus is ready", func() error {
		res, err := client.Get(address + "/-/ready")
		if err != nil {
			return err
		}
		defer res.Body.Close()
		if res.StatusCode != http.StatusOK {
			return fmt.Errorf("it answers %d", res.StatusCode)
		}
		return nil
	})
	return address
}

// healthy wants Prometheus to have understood all that it scraped.
func healthy(t *testing.T, prometheus string) {
	t.Helper()
	var answer struct {
		Data struct {
			ActiveTargets []struct{ Health, LastError, ScrapeURL string }
		}
	}
	if err := get(prometheus+"/api/v1/targets", &answer); err != nil {
		t.Fatal(err)
	}
	if len(answer.Data.ActiveTargets) != 1 {
		t.Errorf("%d targets", len(answer.Data.ActiveTargets))
	}
	for _, target := range answer.Data.ActiveTargets {
		if target.Health != "up" || target.LastError != "" {
			t.Errorf("%s is %s: %s", target.ScrapeURL, target.Health, target.LastError)
		}
	}
}

var labelValues = regexp.MustCompile(`^label_values\((\w+), (\w+)\)$`)

// offers wants values for a variable.
func offers(t *testing.T, prometheus, query string) {
	t.Helper()
	match := labelValues.FindStringSubmatch(query)
	if match == nil {
		t.Errorf("the test cannot ask for %s", query)
		return
	}
	var answer struct{ Data []string }
	if err := get(prometheus+"/api/v1/label/"+match[2]+"/values?"+url.Values{"match[]": {match[1]}}.Encode(), &answer); err != nil {
		t.Error(err)
	}
	if len(answer.Data) == 0 {
		t.Errorf("%s offers nothing", query)
	}
}

// highest is the highest number that a query yields over the view's span, and
// an error where it yields none.
func highest(prometheus, expr string, v view, now time.Time) (float64, error) {
	query, err := v.resolve(expr)
	if err != nil {
		return 0, err
	}
	var answer struct {
		Status, Error string
		Infos         []string
		Warnings      []string
		Data          struct {
			Result []struct {
				Values     [][2]any
				Histograms [][2]any
			}
		}
	}
	params := url.Values{"query": {query}, "start": {stamp(now.Add(-max(v.span, 10*time.Second)))}, "end": {stamp(now)}, "step": {"1"}}
	if err := get(prometheus+"/api/v1/query_range?"+params.Encode(), &answer); err != nil {
		return 0, err
	}
	if answer.Status != "success" || len(answer.Warnings) > 0 {
		return 0, fmt.Errorf("%s: %s %v", query, answer.Error, answer.Warnings)
	}
	top := math.Inf(-1)
	for _, series := range answer.Data.Result {
		for _, pair := range series.Values {
			value, err := strconv.ParseFloat(fmt.Sprint(pair[1]), 64)
			if err != nil {
				return 0, err
			}
			if !math.IsNaN(value) && !math.IsInf(value, 0) {
				top = max(top, value)
			}
		}
	}
	if math.IsInf(top, -1) {
		return 0, fmt.Errorf("no number from %s", query)
	}
	return top, nil
}

// exemplars wants one of each histogram, under the label that the data source links.
func exemplars(t *testing.T, prometheus string) {
	t.Helper()
	for _, name := range []string{"traces_service_graph_request_server_seconds_bucket", "traces_span_metrics_duration_milliseconds_bucket"} {
		var answer struct {
			Data []struct {
				Exemplars []struct{ Labels map[string]string }
			}
		}
		now := time.Now()
		if err := get(prometheus+"/api/v1/query_exemplars?"+url.Values{"query": {name}, "start": {stamp(now.Add(-time.Hour))}, "end": {stamp(now)}}.Encode(), &answer); err != nil {
			t.Error(err)
		}
		named := 0
		for _, series := range answer.Data {
			for _, e := range series.Exemplars {
				if len(e.Labels["trace_id"]) == 32 {
					named++
				}
			}
		}
		if named == 0 {
			t.Errorf("%s: no exemplar names a trace: %v", name, answer.Data)
		}
	}
}

func stamp(at time.Time) string { return strconv.FormatFloat(float64(at.UnixMilli())/1000, 'f', 3, 64) }
