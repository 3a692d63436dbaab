package check

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seamtest/seam/harness/report"
	"github.com/seamtest/seam/harness/system"
)

const chargePact = `{"consumer": {"name": "web"}, "provider": {"name": "payments"}, "interactions": [
	{"description": "a charge", "request": {"method": "GET", "path": "/charge"},
	 "response": {"status": 200, "headers": {"Content-Type": "application/json"}, "body": {"amount": 5, "currency": "EUR"},
	  "matchingRules": {"body": {"$.amount": {"matchers": [{"match": "type"}]}}}}}
 ], "metadata": {"pactSpecification": {"version": "3.0.0"}}}`

// payments does one charge at a time, in fifty milliseconds, so that it is at
// its limit long before the machine is at its own. Where more than three wait it
// forgets the currency; where more than twelve do it refuses.
type payments struct {
	turn    sync.Mutex
	waiting atomic.Int64
}

func (p *payments) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	waiting := p.waiting.Add(1)
	defer p.waiting.Add(-1)
	if waiting > 12 {
		http.Error(w, "too many", http.StatusServiceUnavailable)
		return
	}
	p.turn.Lock()
	time.Sleep(50 * time.Millisecond) // the work that limits it
	p.turn.Unlock()
	w.Header().Set("Content-Type", "application/json")
	if waiting > 3 {
		fmt.Fprint(w, `{"amount": 5}`)
		return
	}
	fmt.Fprint(w, `{"amount": 5, "currency": "EUR"}`)
}

// charging is a system of two services that this test plays; web tries a
// charge that fails up to three times.
func charging(t *testing.T, rest string) *system.Spec {
	t.Helper()
	provider := httptest.NewServer(&payments{})
	t.Cleanup(provider.Close)
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	edge := free.Addr().String()
	free.Close()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256}}
	t.Cleanup(client.CloseIdleConnections)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for range 3 {
			request, err := http.NewRequestWithContext(r.Context(), http.MethodGet, "http://"+edge+"/charge", http.NoBody)
			if err != nil {
				t.Error(err)
				return
			}
			request.Header.Set("Traceparent", r.Header.Get("Traceparent"))
			answer, err := client.Do(request)
			if err != nil {
				break
			}
			_, _ = io.Copy(w, answer.Body)
			answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return
			}
		}
	}))
	t.Cleanup(web.Close)
	dir := t.TempDir()
	text := fmt.Sprintf("seam: 1\nservices:\n  web: { url: %q, instrumented: false, calls: [{ service: payments, listen: %q }] }\n  payments: { url: %q, instrumented: false }\nentry: web\ncontracts: { pacts: charge.json }\n%s",
		web.URL, edge, provider.URL, rest)
	for name, text := range map[string]string{"charge.json": chargePact, "seam.yaml": text} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	spec, err := system.Read(filepath.Join(dir, "seam.yaml"), os.LookupEnv)
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

// The load rises until payments cannot keep up and stays there, so that it
// refuses for good: the run names it, says from which rate on it breaks its
// contract, and that web makes it worse. Where the machine has other work web
// may truly be the first that is late; so one run of three must show it.
func TestALoadThatRisesShowsWhatGivesWayFirst(t *testing.T) {
	var amiss []string
	for range 3 {
		if amiss = rise(t); amiss == nil {
			return
		}
		t.Log(strings.Join(amiss, "\n"))
	}
	t.Errorf("three runs did not show it, the last for %d reasons", len(amiss))
}

// rise loads a system and says what the run should have shown and did not.
func rise(t *testing.T) (amiss []string) {
	t.Helper()
	say := func(format string, args ...any) { amiss = append(amiss, fmt.Sprintf(format, args...)) }
	spec := charging(t, "drive: [{ request: { path: /, status: 200 }, times: 3 }]\nload: { stages: [{ rate: 8/s, for: 4s }, { rate: 8/s..40/s, for: 4s }, { rate: 40/s, for: 4s }], request: { path: / } }\n")
	doc, err := Run(t.Context(), Options{Spec: spec, Load: sound, Skip: map[string]bool{"verify": true}})
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]report.Finding{}
	for _, f := range doc.Findings {
		found[f.Kind] = f
	}
	for kind, want := range map[string]string{
		"saturates":             "web->payments saturates first, at ",
		"retries-amplified":     "web calls payments ",
		report.ContractViolated: `broke "a charge": above `,
	} {
		f := found[kind]
		if f.Edge != "web->payments" || !strings.Contains(f.Message, want) || len(f.Evidence) == 0 || f.Warning != (kind != report.ContractViolated) {
			say("%s: %+v", kind, f)
		}
	}
	var text strings.Builder
	for _, format := range report.Formats() {
		if err := report.Write(doc, format, "", &text); err != nil {
			t.Fatal(err)
		}
	}
	for i := range doc.Coverage {
		c := &doc.Coverage[i]
		if c.Phase == "load" && (len(c.Violations) == 0 || c.Violations[0].Onset == nil || c.Violations[0].Onset.Above <= c.Violations[0].Onset.Below) {
			say("%+v", c.Violations)
		}
	}
	if !strings.Contains(text.String(), "web->payments saturates first") {
		say("no format tells of it")
	}
	keepsToTheSchema(t, doc)
	return amiss
}
