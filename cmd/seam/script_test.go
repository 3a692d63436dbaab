package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"
)

// leakless are the tests of the package, and one more after them: that no
// goroutine stays.
type leakless struct{ *testing.M }

func (m leakless) Run() int {
	code := m.M.Run()
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, "goroutines stay:", err)
		code = 1
	}
	return code
}

func TestMain(m *testing.M) {
	testscript.Main(leakless{m}, map[string]func(){"seam": main, "service": service, "orders": orders, "leaky": leaky})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata/script", RequireExplicitExec: true, RequireUniqueNames: true, Cmds: map[string]func(*testscript.TestScript, bool, []string){
		"exits": exits, "freeport": freeport, "listening": listening, "nobody": nobody,
	}})
}

// exits runs a command and wants the exit code that it names: exits 2 seam ...
// A load whose figures seam refuses because the machine was too busy runs again.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND [ARG...]")
	}
	code := ""
	for range 10 {
		code = exitCodeOf(ts.Exec(args[1], args[2:]...))
		if code == args[0] || !strings.Contains(ts.ReadFile("stderr"), doubt) {
			break
		}
	}
	if code != args[0] {
		ts.Fatalf("exit code %s, want %s", code, args[0])
	}
}

func exitCodeOf(err error) string {
	if err == nil {
		return "0"
	}
	if n, found := lastNumber(err.Error()); found {
		return n
	}
	return err.Error()
}

func lastNumber(s string) (string, bool) {
	var n int
	_, err := fmt.Sscanf(s, "exit status %d", &n)
	return fmt.Sprint(n), err == nil
}

// service is a system under test: it answers /items/{id}, and asks the
// service behind it first where it has one. BREAK makes it faulty, SLEEP slow.
func service() {
	if os.Getenv("BREAK") == "start" {
		fmt.Fprintln(os.Stderr, "cannot start: the configuration is bad")
		os.Exit(4)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	server := &http.Server{Addr: "127.0.0.1:" + os.Getenv("PORT"), Handler: http.HandlerFunc(answer), ReadHeaderTimeout: time.Second}
	go func() {
		<-ctx.Done()
		server.Close()
	}()
	fmt.Println("listening on " + server.Addr)
	if err := server.ListenAndServe(); ctx.Err() == nil {
		fmt.Fprintln(os.Stderr, err)
	}
}

func answer(w http.ResponseWriter, r *http.Request) {
	item := map[string]any{"id": 7, "name": "lamp"}
	if r.URL.Path == "/die" {
		fmt.Fprintln(os.Stderr, "out of cheese")
		os.Exit(9)
	}
	if back := os.Getenv("BACK_URL"); back != "" {
		ask, _ := http.NewRequestWithContext(r.Context(), http.MethodGet, back+"/items/7", nil)
		if os.Getenv("BREAK") != "context" {
			ask.Header.Set("Traceparent", r.Header.Get("Traceparent"))
		}
		reply, err := http.DefaultClient.Do(ask)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		reply.Body.Close()
	}
	if d, err := time.ParseDuration(os.Getenv("SLEEP")); err == nil {
		time.Sleep(d)
	}
	switch os.Getenv("BREAK") {
	case "type":
		item["id"] = "7"
	case "slow":
		time.Sleep(150 * time.Millisecond)
	case "status":
		w.WriteHeader(http.StatusTeapot)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(item)
}
