package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
)

// leakySystem has secrets wherever seam.yaml may hold one.
const leakySystem = `seam: 1
name: leaky
services:
  web: { run: [leaky], calls: [orders], instrumented: true, ready: { http: /ready }, env: { API_TOKEN: hush-env-4711 } }
  orders: { run: [leaky], instrumented: true, ready: { http: /ready }, env: { DB_PASSWORD: hush-env-4711 } }
entry: web
drive:
  - request: { path: "/checkout?token=hush-drive-query-4711", headers: { Authorization: Bearer hush-drive-header-4711 } }
  - request: { path: "/fail?api_key=hush-drive-query-4711", status: 200 }
  - run: [sh, -c, "echo 'Cookie: a=b; c=hush-command-4711'; echo token=hush-command-4711; exit 1"]
contracts: [{ pacts: pact.json, headers: { Authorization: Bearer hush-verify-4711 } }]
expect: [{ trace: "*", that: errors == 0 }]
load: { rate: 20/s, for: 500ms, request: { path: "/fail?token=hush-load-query-4711", headers: { Cookie: id=hush-load-cookie-4711 } }, objectives: [errors<1%] }
publish: [{ otlp: URL, headers: { Authorization: hush-publish-4711 } }]
`

// leakyPact is broken by every call, in places that are secret and in others.
const leakyPact = `{"consumer": {"name": "web"}, "provider": {"name": "orders"}, "interactions": [{"description": "an order",
  "request": {"method": "POST", "path": "/orders", "query": "name=ann&token=hush-query-4711"},
  "response": {"status": 200, "headers": {"X-Auth-Token": "hush-pact-4711", "X-Seen": "nothing"}, "body": {"name": 7, "access_token": "hush-pact-4711", "next": {"a": 1}, "key": "k"}}}],
  "metadata": {"pactSpecification": {"version": "2.0.0"}}}`

// leaked finds secrets, decoded or not.
var leaked = regexp.MustCompile(`(?i)hush-[a-z-]*4711|hush471|` + hushCard + `|4000[ +-]0566|` + hushJWT[:20])

// A sink is an endpoint that keeps what is published, as JSON.
type sink struct {
	mu   sync.Mutex
	told bytes.Buffer // guarded by mu
}

func (s *sink) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	var from io.Reader = r.Body
	if r.Header.Get("Content-Encoding") == "gzip" {
		zipped, err := gzip.NewReader(r.Body)
		if err != nil {
			return // then nothing is seen
		}
		from = zipped
	}
	body, err := io.ReadAll(from)
	request := ptraceotlp.NewExportRequest()
	if err != nil || request.UnmarshalProto(body) != nil {
		return
	}
	text, _ := request.MarshalJSON() // what was read can be written
	s.mu.Lock()
	defer s.mu.Unlock()
	s.told.Write(text)
}

func (s *sink) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.told.String()
}

// clean wants a text without secrets that tells of the rest.
func clean(t *testing.T, name, text string, wanted ...string) {
	t.Helper()
	reported := map[string]bool{}
	for _, at := range leaked.FindAllStringIndex(text, -1) {
		if secret := text[at[0]:at[1]]; !reported[secret] {
			reported[secret] = true
			t.Errorf("%s holds %s: ...%s...", name, secret, text[max(0, at[0]-120):min(len(text), at[1]+20)])
		}
	}
	for _, want := range wanted {
		if !strings.Contains(text, want) {
			t.Errorf("%s says nothing of %s", name, want)
		}
	}
}

// A leakyPlace is a folder with the system, and who takes its spans.
type leakyPlace struct {
	folder string
	sink   sink
}

func newLeakyPlace(t *testing.T) *leakyPlace {
	p := &leakyPlace{folder: t.TempDir()}
	server := httptest.NewServer(&p.sink)
	t.Cleanup(server.Close)
	for name, text := range map[string]string{"seam.yaml": strings.Replace(leakySystem, "URL", server.URL, 1), "pact.json": leakyPact} {
		if err := os.WriteFile(filepath.Join(p.folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// seam runs to its end; which that is depends on the machine where there is a load.
func (p *leakyPlace) seam(t *testing.T, args ...string) string {
	cmd := exec.CommandContext(t.Context(), "seam", args...)
	cmd.Dir = p.folder
	out, err := cmd.CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return string(out)
}

func (p *leakyPlace) read(t *testing.T, name string) string {
	text, err := os.ReadFile(filepath.Join(p.folder, name))
	if err != nil {
		t.Error(err)
	}
	return string(text)
}

func TestNoReportHoldsASecret(t *testing.T) {
	p := newLeakyPlace(t)
	formats := []string{"text", "json", "junit", "html", "github", "markdown"}
	for name, more := range map[string][]string{"whole": nil, "died": {"--skip", "load,verify", "--", "sh", "-c", "curl -s $SEAM_ENTRY_URL/die?token=hush-command-4711; true"}} {
		args := []string{"test"}
		for _, format := range formats {
			args = append(args, "-o", format+"="+name+"."+format)
		}
		clean(t, "what seam test says, "+name, services.ReplaceAllString(p.seam(t, append(args, more...)...), ""), "judging")
	}
	for _, format := range formats {
		clean(t, "whole."+format, p.read(t, "whole."+format), "web", "orders", "REDACTED", "X-Seen")
		clean(t, "died."+format, p.read(t, "died."+format), "out of cheese")
	}
	clean(t, "what is published", p.sink.text(), `"app.api_key","value":{"stringValue":"REDACTED"}`, `"name":"jaeger"`, `"name":"zipkin"`, `"db.password","value":{"stringValue":"REDACTED"}`, "seam/edge", "POST /orders", "login")
}

// services are lines that the services wrote, which the terminal shows as they are.
var services = regexp.MustCompile(`(?m)^(web|orders) +\| .*\n`)

func TestNoRecordingHoldsASecret(t *testing.T) {
	p := newLeakyPlace(t)
	said := p.seam(t, "record", "-q", "--edge", "web->orders", "--edge", "entry->web", "--", "sh", "-c", "curl -s $SEAM_ENTRY_URL/checkout?token=hush-query-4711; curl -s $SEAM_ENTRY_URL/fail?token=hush-query-4711")
	clean(t, "what seam record says", said, "web->orders: 5 interactions in ", "entry->web: left out: 1 exchange answered 5xx or 1xx: GET /fail: 500")
	clean(t, "the pact of orders", p.read(t, "recorded/web-orders.json"), "/orders", "ann", "REDACTED", testCardNumber)
	clean(t, "the pact of web", p.read(t, "recorded/entry-web.json"), "/checkout", "lamp", "REDACTED")
}

// testCardNumber stands in recordings for any other.
const testCardNumber = "4111111111111111"

func TestThePageShowsNoSecret(t *testing.T) {
	p := newLeakyPlace(t)
	cmd := exec.CommandContext(t.Context(), "seam", "up", "-q", "--page", "127.0.0.1:0")
	cmd.Dir = p.folder
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said, lines := "", bufio.NewScanner(stdout)
	for !strings.Contains(said, "Ctrl-C") && lines.Scan() {
		said += lines.Text() + "\n"
	}
	found := regexp.MustCompile(`(?s)entry +(http\S+).*page +(http\S+)`).FindStringSubmatch(said)
	if found == nil {
		t.Fatalf("it is not up: %s", said)
	}
	entry, page := found[1], found[2]
	get(t, entry+"/checkout?token=hush-query-4711")
	var traces string
	for deadline := time.Now().Add(time.Minute); !strings.Contains(traces, "jaeger") && time.Now().Before(deadline); {
		list := get(t, page+"/api/traces")
		clean(t, "the list of traces", list)
		if id := regexp.MustCompile(`[0-9a-f]{32}`).FindString(list); id != "" {
			traces = get(t, page+"/api/traces/"+id)
		}
	}
	clean(t, "the page's trace", traces, "jaeger", "zipkin", "app.api_key", "REDACTED")
	clean(t, "the page's operations", get(t, page+"/api/operations?service=orders"), "work?token=REDACTED")
	var logs string
	for deadline := time.Now().Add(time.Minute); !strings.Contains(logs, "out of cheese") && time.Now().Before(deadline); {
		logs = get(t, page+"/api/logs")
	}
	clean(t, "the page's logs", logs, "out of cheese", "Authorization: REDACTED")
	for _, path := range []string{"/api/system", "/metrics"} {
		clean(t, path, get(t, page+path), "orders")
	}
	clean(t, "seam traces", p.seam(t, "traces", "--page", strings.TrimPrefix(page, "http://")), "checkout")
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() {
		said += lines.Text() + "\n"
	}
	_ = cmd.Wait() // 130 is its normal end
	clean(t, "what seam up says", said+stderr.String(), "leaky is up")
}

func get(t *testing.T, from string) string {
	t.Helper()
	answer, err := http.Get(from)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s answered %s: %s", from, answer.Status, body)
	}
	return string(body)
}

// The verbs that work without seam.yaml hold to the same.
func TestNoVerbOnAServerTellsASecret(t *testing.T) {
	p := newLeakyPlace(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { respond(w) }))
	defer server.Close()
	query := "/x?token=hush-query-4711"
	outputs := func(name string) (args []string) {
		for _, format := range []string{"text", "json", "junit", "html", "github", "markdown"} {
			args = append(args, "-o", format+"="+name+"."+format)
		}
		return append(args, "--header", "Authorization: Bearer hush-header-4711")
	}
	load := []string{"load", "--rate", "20/s", "--for", "200ms", "--objective", "errors<1%"}
	for name, args := range map[string][]string{
		"verify": {"verify", "--provider-url", server.URL, "--pact", "pact.json"},
		"load":   append(load, server.URL+query),
		"pacts":  append(load, server.URL, "--pact", "pact.json"),
	} {
		clean(t, "what seam says, "+name, p.seam(t, append(args, outputs(name)...)...))
		for _, format := range []string{"text", "json", "junit", "html", "github", "markdown"} {
			clean(t, name+"."+format, p.read(t, name+"."+format), map[string]string{"verify": "X-Seen", "load": "errors", "pacts": "X-Seen"}[name])
		}
	}
}
