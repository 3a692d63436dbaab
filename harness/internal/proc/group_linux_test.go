package proc_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seamtest/seam/harness/internal/proc"
	"github.com/seamtest/seam/harness/system"
)

func TestServiceStartsIsReadyAndStops(t *testing.T) {
	group, lines := start(t)
	p := launch(t, group, server(t, "orders", freePort(t)))
	if err := p.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	stop(t, group)
	waitDone(t, p)
	if p.Err() != nil {
		t.Errorf("a service that Stop ended did not die: %v", p.Err())
	}
	if diff := cmp.Diff([]string{"orders stdout bye"}, lines.texts()); diff != "" {
		t.Errorf("SIGTERM must come first, so that it can say goodbye:\n%s", diff)
	}
	stop(t, group) // again is no error
	if _, err := group.Launch(t.Context(), script("late", "sleep 1")); err == nil {
		t.Error("a stopped group must not start anything")
	}
}

func TestEveryProcessCarriesTheRun(t *testing.T) {
	group, lines := start(t)
	c := script("env", `echo "$SEAM_RUN_ID"`)
	c.Env = append(c.Env, proc.RunVariable+"=other", "SEAM_INTERNAL_GUARD=x")
	waitDone(t, launch(t, group, c))
	stop(t, group)
	if diff := cmp.Diff([]string{"env stdout " + group.RunID()}, lines.texts()); diff != "" {
		t.Error(diff)
	}
}

func TestArgumentsAndNamesNeedNotBeUTF8(t *testing.T) {
	group, lines := start(t)
	c := script("bytes", `printf '%s' "$1$V" | od -An -tx1`)
	c.Argv = append(c.Argv, "sh", "\xff\xfe")
	c.Env = append(c.Env, "V=\xe4")
	waitDone(t, launch(t, group, c))
	stop(t, group)
	if diff := cmp.Diff([]string{"bytes stdout  ff fe e4"}, lines.texts()); diff != "" {
		t.Error(diff)
	}
}

func TestStopKillsWhatIgnoresIt(t *testing.T) {
	group, lines := start(t)
	nap := nap()
	c := stubbornScript(nap)
	c.Stop = system.Stop{Within: 100 * time.Millisecond}
	launch(t, group, c)
	eventually(t, "four of them sleep", func() bool { return len(lines.texts()) > 0 && len(sleepers(nap)) >= 4 })
	if took := stop(t, group); took < 100*time.Millisecond || took > 5*time.Second {
		t.Errorf("Stop took %s, with 100 ms between SIGTERM and SIGKILL", took)
	}
	if left := sleepers(nap); len(left) > 0 {
		t.Errorf("these are left: %v", left)
	}
}

func TestStopWithEndedContextKillsAtOnce(t *testing.T) {
	group, lines := start(t)
	nap := nap()
	c := stubbornScript(nap)
	c.Stop = system.Stop{Within: time.Hour}
	launch(t, group, c)
	eventually(t, "it runs", func() bool { return len(lines.texts()) > 0 })
	ctx, cancel := context.WithCancel(t.Context())
	first := make(chan error, 1)
	go func() { first <- group.Stop(t.Context()) }()
	cancel()
	if err := group.Stop(ctx); err != nil {
		t.Error(err)
	}
	if err := <-first; err != nil {
		t.Error(err)
	}
	if left := sleepers(nap); len(left) > 0 {
		t.Errorf("these are left: %v", left)
	}
}

func TestStopWaitsForThoseThatObeySlowly(t *testing.T) {
	group, lines := start(t)
	// A child in its own session that needs a moment to obey must be asked, too.
	launch(t, group, script("slow", `setsid sh -c 'trap "sleep 0.2; echo tidy; exit" TERM; echo settled; while :; do sleep 0.01; done' & wait`))
	eventually(t, "it runs", func() bool { return len(lines.texts()) > 0 })
	stop(t, group)
	if all := lines.texts(); all[len(all)-1] != "slow stdout tidy" {
		t.Errorf("it had no time to tidy up: %q", all)
	}
}

func TestStopOfOneProcessLeavesTheOthers(t *testing.T) {
	group, _ := start(t)
	port := freePort(t)
	first, other := launch(t, group, server(t, "orders", port)), launch(t, group, server(t, "stock", freePort(t)))
	for _, p := range []*proc.Process{first, other} {
		if err := p.Ready(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if err := first.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := first.Err(); err != nil {
		t.Errorf("it was stopped and did not die: %v", err)
	}
	if err := launch(t, group, server(t, "orders", port)).Ready(t.Context()); err != nil {
		t.Errorf("its port is free for another: %v", err)
	}
	if err := first.Stop(t.Context()); err != nil {
		t.Errorf("again is no error: %v", err)
	}
	select {
	case <-other.Done():
		t.Error("the other one has ended, too")
	case p := <-group.Died():
		t.Errorf("%s was reported dead", p.Service())
	default:
	}
}

func TestDeathBeforeReady(t *testing.T) {
	group, _ := start(t)
	c := script("orders", "echo starting; echo 'no database' >&2; exit 3")
	c.Port = freePort(t)
	p := launch(t, group, c)
	began := time.Now()
	err := p.Ready(t.Context())
	died := as[*proc.DiedError](t, err)
	if time.Since(began) > 5*time.Second {
		t.Error("the death must be noticed at once")
	}
	if died.ExitCode != 3 || died.WasReady || len(died.Tail) != 2 {
		t.Errorf("unexpected %+v", died)
	}
	mention(t, err, "orders", "before it was ready", "code 3", "no database", "try: ")
	select {
	case <-group.Died():
		t.Error("Died is for services that were ready")
	default:
	}
}

func TestDeathAfterReady(t *testing.T) {
	group, _ := start(t)
	c := script("orders", `echo listening; until [ -e "$FLAG" ]; do sleep 0.01; done; kill -s SEGV $$`)
	flag := filepath.Join(t.TempDir(), "flag")
	c.Env = append(c.Env, "FLAG="+flag)
	c.Ready = system.Ready{Log: "^listen"}
	p := launch(t, group, c)
	if err := p.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(flag, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	select {
	case dead := <-group.Died():
		if dead != p {
			t.Errorf("got %s", dead.Service())
		}
	case <-time.After(10 * time.Second):
		t.Fatal("nobody noticed the death")
	}
	mention(t, p.Err(), "orders died after it was ready", "segmentation fault", "listening")
	if err := p.Ready(t.Context()); err == nil {
		t.Error("a dead service is not ready")
	}
}

func TestBuild(t *testing.T) {
	group, lines := start(t)
	if err := group.Build(t.Context(), script("orders", "echo built")); err != nil {
		t.Fatal(err)
	}
	err := group.Build(t.Context(), script("orders", "echo 'main.go:7: no'; exit 2"))
	if failed := as[*proc.FailedError](t, err); failed.ExitCode != 2 {
		t.Errorf("got %+v", failed)
	}
	mention(t, err, "orders", "code 2", "main.go:7: no", "try: cd ")
	eventually(t, "its lines came", func() bool { return len(lines.texts()) == 2 })

	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for !strings.Contains(strings.Join(lines.texts(), "\n"), "hanging") {
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	c := script("orders", "trap '' TERM; echo hanging; while :; do sleep 100; done")
	c.Stop.Within = 10 * time.Millisecond
	if err := group.Build(ctx, c); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	eventually(t, "the build has ended", func() bool { return len(carrying(proc.RunVariable+"="+group.RunID())) == 0 })
}

func TestWhatCannotBeStartedSaysWhy(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string, mode os.FileMode) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	write("plain", "x", 0o600)
	write("noloader", "#!/does/not/exist\n", 0o700)
	write("garbage", "\x00\x01\x02", 0o700)
	write("fine", "#!/bin/sh\nexit 0\n", 0o700)
	group, _ := start(t)
	for _, row := range []struct {
		reason string
		argv   []string
		dir    string
		say    string
	}{
		{"an empty argv", nil, dir, "no command"},
		{"a name that is nowhere", []string{"seam-no-such-program"}, dir, "PATH"},
		{"a name in its folder, which is not on PATH", []string{"fine"}, dir, "try: ./fine"},
		{"a path that is not there", []string{"./nothing"}, dir, "build it first"},
		{"a file without the mode bit", []string{"./plain"}, dir, "chmod +x"},
		{"a missing interpreter", []string{"./noloader"}, dir, "interpreter"},
		{"not a program", []string{"./garbage"}, dir, "#!/bin/sh"},
		{"a folder that is not there", []string{"sh"}, dir + "/gone", "folder"},
		{"a folder that is a file", []string{"sh"}, dir + "/plain", "is a file"},
		{"a zero byte", []string{"sh", "a\x00b"}, dir, "zero byte"},
	} {
		t.Run(row.reason, func(t *testing.T) {
			_, err := group.Launch(t.Context(), proc.Command{Service: "orders", Argv: row.argv, Dir: row.dir, Env: os.Environ()})
			_ = as[*proc.StartError](t, err)
			mention(t, err, "orders", row.say)
		})
	}
	c := proc.Command{Service: "orders", Argv: []string{"./fine"}, Dir: dir, Env: os.Environ()}
	if err := group.Build(t.Context(), c); err != nil {
		t.Error(err)
	}
	c.Ready.Log = "("
	_, err := group.Launch(t.Context(), c)
	mention(t, err, "ready.log")
}

func TestRunIDs(t *testing.T) {
	t.Setenv(proc.RunVariable, "outer")
	for _, row := range []struct{ reason, id string }{
		{"that of the surrounding run, which would be killed with this one", "outer"},
		{"a character that cannot stand in a resource attribute", "a,b"},
		{"too long", strings.Repeat("x", 65)},
	} {
		t.Run(row.reason, func(t *testing.T) {
			if _, err := proc.Start(t.Context(), proc.Config{RunID: row.id}); err == nil {
				t.Error("want an error")
			}
		})
	}
}

func TestEndedContexts(t *testing.T) {
	group, _ := start(t)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := proc.Start(ended, proc.Config{}); !errors.Is(err, context.Canceled) {
		t.Errorf("Start: %v", err)
	}
	if _, err := group.Launch(ended, script("a", "sleep 100")); !errors.Is(err, context.Canceled) {
		t.Errorf("Launch: %v", err)
	}
	if err := group.Build(ended, script("a", "sleep 100")); !errors.Is(err, context.Canceled) {
		t.Errorf("Build: %v", err)
	}
	c := script("a", "exec sleep 100")
	c.Port = freePort(t)
	p := launch(t, group, c)
	if err := p.Ready(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("Ready: %v", err)
	}
}

func TestFloodOfLines(t *testing.T) {
	const lines = 100_000
	var got, dropped, wrong, last int // Log is called once at a time
	group, err := proc.Start(t.Context(), proc.Config{Log: func(l proc.Line) {
		if n := 0; l.Service == "seam" { // a machine that is busy may let the log stand still
			_, _ = fmt.Sscanf(l.Text, "%d lines of the services' output were dropped", &n)
			dropped += n
			return
		}
		got++
		n, err := strconv.Atoi(l.Text)
		if l.Service != "orders" || err != nil || n <= last {
			wrong++
		}
		last = n
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := group.Build(t.Context(), script("orders", "seq "+strconv.Itoa(lines))); err != nil {
		t.Error(err)
	}
	stop(t, group)
	if got+dropped != lines || got == 0 || wrong != 0 {
		t.Errorf("%d of %d lines came, %d were told to be dropped, and %d were wrong", got, lines, dropped, wrong)
	}
}

func TestOutputWithoutEndIsBounded(t *testing.T) {
	group, lines := start(t)
	p := launch(t, group, script("orders", "head -c 10000000 /dev/zero; echo; echo after"))
	waitDone(t, p)
	stop(t, group)
	all := lines.texts()
	if len(all) != 2 || len(all[0]) > 64<<10+len("orders stdout ") || all[1] != "orders stdout after" {
		t.Errorf("%d lines, the first of %d bytes", len(all), len(all[0]))
	}
	if tail := p.Tail(); len(tail) != 2 || len(tail[0]) > 4<<10 {
		t.Errorf("a tail of %d lines, the first of %d bytes", len(tail), len(tail[0]))
	}
}

func TestDetachedChildHoldsNobodyUp(t *testing.T) {
	group, lines := start(t)
	// It leaves a child behind that has its pipes open.
	p := launch(t, group, script("orders", `setsid sh -c 'until [ -e "$0" ]; do sleep 0.01; done; echo late; exec sleep 1000' `+filepath.Join(t.TempDir(), "flag")+` & echo gone`))
	began := time.Now()
	waitDone(t, p)
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("its end was seen after %s", took)
	}
	stop(t, group)
	if diff := cmp.Diff([]string{"orders stdout gone"}, lines.texts()); diff != "" {
		t.Error(diff)
	}
}
