package proc_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/seamtest/seam/harness/internal/proc"
	"github.com/seamtest/seam/harness/system"
)

// The test binary is also the services of these tests.
const roleVariable = "PROC_TEST_ROLE"

func TestMain(m *testing.M) {
	switch os.Getenv(roleVariable) {
	case "":
		goleak.VerifyTestMain(m)
	case "serve":
		os.Exit(serve())
	case "parent":
		os.Exit(parent())
	}
}

// serve answers 200 on /ok, 302 on /moved and 503 elsewhere, until SIGTERM.
func serve() int {
	term := make(chan os.Signal, 1)
	signal.Notify(term, syscall.SIGTERM)
	server := &http.Server{Addr: os.Getenv("HOST") + ":" + cmp.Or(os.Getenv("OTHER_PORT"), os.Getenv("PORT")), Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/ok":
			fmt.Fprintln(w, r.Header.Get("Traceparent"))
		case "/moved":
			http.Redirect(w, r, "/away", http.StatusFound)
		default:
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})}
	failed := make(chan error, 1)
	go func() { failed <- server.ListenAndServe() }()
	select {
	case <-term:
		fmt.Println("bye")
		return 0
	case err := <-failed:
		fmt.Fprintln(os.Stderr, err)
		return 4
	}
}

// parent is a seam that starts services and then waits to be killed.
func parent() int {
	group, err := proc.Start(context.Background(), proc.Config{RunID: os.Getenv("PROC_TEST_RUN")})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			if _, err := group.Launch(context.Background(), stubbornScript(os.Getenv("NAP"))); err != nil {
				fmt.Fprintln(os.Stderr, err)
			}
		})
	}
	all.Wait()
	fmt.Println("up")
	select {}
}

// stubborn ignores SIGTERM, and so do a child in its group and two in
// sessions of their own, one of them without the run in its environment. All
// of them sleep for NAP seconds, by which they can be told from others.
const stubborn = `trap '' TERM
sleep $NAP &
setsid sh -c 'trap "" TERM; sleep $NAP; sleep $NAP' &
env -i PATH="$PATH" NAP=$NAP setsid sh -c 'trap "" TERM; sleep $NAP; sleep $NAP' &
echo settled
while :; do sleep $NAP; done`

// nap is a number of seconds that no other test sleeps.
func nap() string { return fmt.Sprintf("1000.%09d", rand.IntN(1e9)) }

func script(service, text string) proc.Command {
	return proc.Command{Service: service, Argv: []string{"sh", "-c", text}, Env: proc.Environ(os.Environ(), proc.ServiceEnv{Service: service})}
}

func stubbornScript(nap string) proc.Command {
	c := script("stubborn", stubborn)
	c.Env = append(c.Env, "NAP="+nap)
	return c
}

// server is the test binary in the role of a service that listens on port.
func server(t *testing.T, service string, port int) proc.Command {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return proc.Command{
		Service: service, Argv: []string{self}, Port: port, Ready: system.Ready{HTTP: "/ok"},
		Env: proc.Environ(os.Environ(), proc.ServiceEnv{Service: service, Port: port, Env: map[string]string{roleVariable: "serve", "HOST": "127.0.0.1", "GORACE": "atexit_sleep_ms=0"}}),
	}
}

func freePort(t *testing.T) int {
	t.Helper()
	lease, err := proc.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(lease.Release)
	return lease.Port
}

// start makes a group that is stopped at the end of the test, and the lines
// that its services write.
func start(t *testing.T) (*proc.Group, *record) {
	t.Helper()
	lines := &record{}
	group, err := proc.Start(t.Context(), proc.Config{Log: lines.add})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := group.Stop(ctx); err != nil && !strings.Contains(err.Error(), "guard process") {
			t.Error(err)
		}
		nobodyLeft(t, proc.RunVariable+"="+group.RunID())
		nobodyLeft(t, guardVariable+"="+group.RunID())
	})
	return group, lines
}

func launch(t *testing.T, group *proc.Group, c proc.Command) *proc.Process {
	t.Helper()
	p, err := group.Launch(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func stop(t *testing.T, group *proc.Group) time.Duration {
	t.Helper()
	began := time.Now()
	if err := group.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	return time.Since(began)
}

type record struct {
	mu    sync.Mutex
	lines []proc.Line // guarded by mu
}

func (r *record) add(l proc.Line) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines = append(r.lines, l)
}

func (r *record) texts() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []string
	for _, l := range r.lines {
		all = append(all, l.Service+" "+l.Stream+" "+l.Text)
	}
	return all
}

// eventually waits until a condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(15 * time.Second)
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("in 15 s it did not come true: %s", what)
		}
	}
}

func waitDone(t *testing.T, p *proc.Process) {
	t.Helper()
	select {
	case <-p.Done():
	case <-time.After(15 * time.Second):
		t.Fatalf("%s did not end", p.Service())
	}
}

func as[E error](t *testing.T, err error) E {
	t.Helper()
	var e E
	if !errors.As(err, &e) {
		t.Fatalf("want an error of type %T, got %T: %v", e, err, err)
	}
	return e
}

func mention(t *testing.T, err error, words ...string) {
	t.Helper()
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("the error does not mention %q:\n%v", word, err)
		}
	}
}
