package dashboards_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/seamtest/seam/dashboards"
)

var client = &http.Client{Timeout: 5 * time.Second}

// Every query of every panel is run by a real Prometheus that scrapes a real
// run of seam. Excluded by name is the panel of verdicts, for which no series
// exists until seam judges the calls of `seam up`: its query must only parse.
func TestEveryPanelShowsARealRun(t *testing.T) {
	t.Cleanup(client.CloseIdleConnections)
	dir := t.TempDir()
	build(t, filepath.Join(dir, "seam"), "../cmd/seam")
	build(t, filepath.Join(dir, "service"), "./testdata/service")
	write(t, filepath.Join(dir, "seam.yaml"), "seam: 1\nname: small\nservices:\n  books: { run: ./service }\nentry: books\n")
	up := exec.Command(filepath.Join(dir, "seam"), "up", "--page", "127.0.0.1:0", "-f", filepath.Join(dir, "seam.yaml"))
	stdout, err := up.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	found := start(t, up, stdout, regexp.MustCompile(`(?s)entry +(http\S+)\n.*metrics +http://(\S+)/metrics\n`))
	entry, page := found[0], found[1]

	prometheus := "http://" + startPrometheus(t, dir, page)
	drive(t, entry, 25)
	wait(t, "the first calls are scraped", func() error {
		_, err := highest(t, prometheus, "traces_service_graph_request_total")
		return err
	})
	drive(t, entry, 25) // a rate is the difference between two scrapes

	for _, panel := range dashboards.Seam().Panels {
		for _, target := range panel.Targets {
			query := strings.NewReplacer("$__rate_interval", "30s", "$server", ".*").Replace(target.Expr)
			if strings.Contains(query, "$") {
				t.Errorf("panel %q: a variable is left in %s", panel.Title, query)
			}
			if panel.Title == dashboards.VerdictPanel {
				if _, err := ask(t, prometheus, query); err != nil {
					t.Errorf("panel %q: %v", panel.Title, err)
				}
				continue
			}
			wait(t, fmt.Sprintf("panel %q, query %s, shows data", panel.Title, target.RefID), func() error {
				top, err := highest(t, prometheus, query)
				if err == nil && top <= 0 {
					return fmt.Errorf("the highest value is %v", top)
				}
				return err
			})
		}
	}
	exemplars(t, prometheus)
}

// exemplars wants one of each histogram, under the label that the data source links.
func exemplars(t *testing.T, prometheus string) {
	t.Helper()
	for _, name := range []string{"traces_service_graph_request_server_seconds_bucket", "traces_span_metrics_duration_milliseconds_bucket"} {
		wait(t, "exemplars of "+name, func() error {
			var answer struct {
				Data []struct {
					Exemplars []struct{ Labels map[string]string }
				}
			}
			now := time.Now()
			get(t, prometheus+"/api/v1/query_exemplars?"+url.Values{"query": {name}, "start": {stamp(now.Add(-time.Minute))}, "end": {stamp(now)}}.Encode(), &answer)
			for _, series := range answer.Data {
				for _, e := range series.Exemplars {
					if len(e.Labels["trace_id"]) == 32 {
						return nil
					}
				}
			}
			return fmt.Errorf("none names a trace: %v", answer.Data)
		})
	}
}

func startPrometheus(t *testing.T, dir, target string) string {
	t.Helper()
	path, err := filepath.Abs("../.tools/prometheus")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("there is no Prometheus (%v): run make tools", err)
	}
	config, err := os.ReadFile("prometheus/prometheus.yml")
	if err != nil {
		t.Fatal(err)
	}
	quick := strings.NewReplacer("localhost:7326", target, "scrape_interval: 5s", "scrape_interval: 200ms\n  scrape_timeout: 200ms").Replace(string(config))
	if !strings.Contains(quick, target) || !strings.Contains(quick, "200ms") {
		t.Fatalf("prometheus.yml has another target or interval than this test replaces:\n%s", config)
	}
	write(t, filepath.Join(dir, "prometheus.yml"), quick)
	cmd := exec.Command(path, "--config.file="+filepath.Join(dir, "prometheus.yml"), "--storage.tsdb.path="+filepath.Join(dir, "tsdb"),
		"--web.listen-address=127.0.0.1:0", "--enable-feature=exemplar-storage")
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	return start(t, cmd, stderr, regexp.MustCompile(`msg="Listening on".* address=(127\.0\.0\.1:[1-9]\d*)`))[0]
}

// start runs a command until the test ends and returns what the groups of the
// pattern found in its output.
func start(t *testing.T, cmd *exec.Cmd, output io.Reader, pattern *regexp.Regexp) []string {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	found, ended := make(chan []string, 1), make(chan struct{})
	var text strings.Builder
	go func() {
		defer close(ended)
		lines := bufio.NewScanner(output)
		told := false
		for lines.Scan() {
			text.WriteString(lines.Text() + "\n")
			if match := pattern.FindStringSubmatch(text.String()); match != nil && !told {
				told = true
				found <- match[1:]
			}
		}
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		kill := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
		<-ended
		_ = cmd.Wait()
		if !kill.Stop() {
			t.Errorf("%s did not stop within 20 s of SIGTERM", cmd.Path)
		}
	})
	select {
	case match := <-found:
		return match
	case <-ended:
		t.Fatalf("%s ended early:\n%s", cmd.Path, text.String())
	case <-time.After(30 * time.Second):
		t.Fatalf("%s does not say %s within 30 s", cmd.Path, pattern)
	}
	return nil
}

func build(t *testing.T, to, folder string) {
	t.Helper()
	if out, err := exec.Command("go", "build", "-o", to, folder).CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", folder, err, out)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// drive sends requests of which every fifth is answered with 500.
func drive(t *testing.T, entry string, requests int) {
	t.Helper()
	for i := range requests {
		path, want := "/books", http.StatusOK
		if i%5 == 0 {
			path, want = "/fail", http.StatusInternalServerError
		}
		res, err := client.Get(entry + path)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != want {
			t.Fatalf("%s is answered with %d, want %d", path, res.StatusCode, want)
		}
	}
}

// wait asks until there is no error, for at most 20 s.
func wait(t *testing.T, what string, ask func() error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		err := ask()
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			t.Errorf("%s: not within 20 s: %v", what, err)
			return
		case <-tick.C:
		}
	}
}

// highest is the highest number that a query yields, and an error where it yields none.
func highest(t *testing.T, prometheus, query string) (float64, error) {
	t.Helper()
	values, err := ask(t, prometheus, query)
	top := math.Inf(-1)
	for _, v := range values {
		if !math.IsNaN(v) {
			top = max(top, v)
		}
	}
	if err == nil && math.IsInf(top, -1) {
		err = fmt.Errorf("no number from %s", query)
	}
	return top, err
}

func ask(t *testing.T, prometheus, query string) ([]float64, error) {
	t.Helper()
	var answer struct {
		Status, Error string
		Data          struct {
			Result []struct{ Values [][2]any }
		}
	}
	now := time.Now()
	get(t, prometheus+"/api/v1/query_range?"+url.Values{"query": {query}, "start": {stamp(now.Add(-30 * time.Second))}, "end": {stamp(now)}, "step": {"1"}}.Encode(), &answer)
	if answer.Status != "success" {
		return nil, fmt.Errorf("%s: %s", query, answer.Error)
	}
	var values []float64
	for _, series := range answer.Data.Result {
		for _, pair := range series.Values {
			v, err := strconv.ParseFloat(fmt.Sprint(pair[1]), 64)
			if err != nil {
				return nil, err
			}
			values = append(values, v)
		}
	}
	return values, nil
}

func get(t *testing.T, address string, into any) {
	t.Helper()
	res, err := client.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(into); err != nil {
		t.Fatalf("read the answer to %s: %v", address, err)
	}
}

func stamp(at time.Time) string { return strconv.FormatFloat(float64(at.UnixMilli())/1000, 'f', 3, 64) }
