package check

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seamtest/seam/harness/report"
	"github.com/seamtest/seam/harness/system"
)

// A service that leaves a call open neither holds up a run nor loses it.
func TestACallThatHangsIsToldAndNotWaitedFor(t *testing.T) {
	held, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	entry := held.Addr().String()
	held.Close()
	stopping, stop := context.WithCancel(t.Context())
	defer stop()
	arrived := make(chan struct{})
	var calls sync.WaitGroup
	web := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/hang" {
			close(arrived)
			<-r.Context().Done()
			return
		}
		calls.Go(func() {
			request, _ := http.NewRequestWithContext(stopping, http.MethodGet, "http://"+entry+"/hang", nil)
			if answer, err := http.DefaultClient.Do(request); err == nil {
				answer.Body.Close()
			}
		})
		<-arrived
	}))
	defer web.Close()
	defer calls.Wait()
	defer stop()
	path := filepath.Join(t.TempDir(), "seam.yaml")
	text := fmt.Sprintf("seam: 1\nservices:\n  web: { url: %q }\nentry: { service: web, listen: %q }\ndrive: { request: { path: / } }\n", web.URL, entry)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	spec, err := system.Read(path, os.LookupEnv)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := Run(t.Context(), Options{Spec: spec, Patience: 50 * time.Millisecond, Progress: func(step string) {
		if step == "stopping the services" {
			stop() // what the services' own end would do
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	var told []report.Finding
	for _, f := range doc.Findings {
		if f.Kind == "call-unfinished" {
			told = append(told, f)
		}
	}
	if len(told) != 1 || told[0].Edge != "entry->web" || !strings.HasPrefix(told[0].Message, "GET /hang, open for ") || !told[0].Warning {
		t.Errorf("told of the call that hangs: %+v", told)
	}
	if doc.Verdict != report.Passed || len(doc.Drive) != 1 || doc.Drive[0].Result != report.CasePassed {
		t.Errorf("the verdict is %s of %+v", doc.Verdict, doc.Drive)
	}
}
