package main

import (
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// However seam ends, and whoever ends it, nothing that it started lives on.
func TestHowSeamEnds(t *testing.T) {
	program := buildSeam(t)
	t.Run("twenty kills", func(t *testing.T) { twentyKills(t, program) })
	t.Run("a signal", func(t *testing.T) { aSignal(t, program) })
	t.Run("a second interrupt", func(t *testing.T) { aSecondInterrupt(t, program) })
	t.Run("a hangup under nohup", func(t *testing.T) { aHangupUnderNohup(t, program) })
	t.Run("a kill of the guard", func(t *testing.T) { aKillOfTheGuard(t, program) })
}

// Twenty times seam is killed: while it starts, while it builds, while the
// services become ready, when all is up, and in the middle of a test.
func twentyKills(t *testing.T, program string) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	file := writeShop(t)
	moments := []struct {
		verb, line string // killed within `within` after the line
		within     time.Duration
	}{
		{"up", "", 100 * time.Millisecond},
		{"test", "building", 500 * time.Millisecond},
		{"up", "is ready", 100 * time.Millisecond},
		{"up", "Ctrl-C stops everything", 200 * time.Millisecond},
		{"test", "driv", 700 * time.Millisecond},
	}
	var took []time.Duration
	for kill := range 20 {
		moment := moments[kill%len(moments)]
		d := startDoomed(t, program, moment.verb, "-f", file)
		if moment.line != "" {
			d.says(t, moment.line)
		}
		time.Sleep(time.Duration(random.Int64N(int64(moment.within))))
		before := len(d.alive())
		d.signal(t, syscall.SIGKILL)
		rest := d.gone(t)
		took = append(took, rest)
		d.ends(t, goneWithin)
		t.Logf("kill %2d of seam %-4s %3d processes, gone after %s", kill, moment.verb, before, rest.Round(time.Millisecond))
	}
	slices.Sort(took)
	t.Logf("gone after a kill: median %s, longest %s", took[len(took)/2], took[len(took)-1])
}

func aSignal(t *testing.T, program string) {
	file, alone := writeDoom(t, hermit+kin, 300*time.Millisecond), writeDoom(t, stubborn, 300*time.Millisecond)
	for _, test := range []struct {
		reason string
		verb   string
		file   string
		after  string // line
		signal syscall.Signal
	}{
		{"Ctrl-C is how up normally ends", "up", file, "Ctrl-C stops everything", syscall.SIGINT},
		{"a build is stopped as well", "up", file, "building", syscall.SIGINT},
		{"a supervisor asks with SIGTERM", "up", file, "Ctrl-C stops everything", syscall.SIGTERM},
		{"the terminal is closed", "up", file, "is ready", syscall.SIGHUP},
		{"a test has no result then", "test", alone, "driv", syscall.SIGINT},
	} {
		t.Run(test.reason, func(t *testing.T) {
			d := startDoomed(t, program, test.verb, "-f", test.file)
			d.says(t, test.after)
			d.signal(t, test.signal)
			if code := d.ends(t, 15*time.Second); code != exitInterrupted {
				t.Errorf("exit code %d, want %d:\n%s", code, exitInterrupted, &d.said)
			}
			if left := d.alive(); len(left) > 0 {
				t.Errorf("seam ended before processes %v", left)
			}
			if !strings.Contains(d.said.String(), "seam: interrupted; everything that was started is stopped") {
				t.Errorf("it does not say so:\n%s", &d.said)
			}
		})
	}
}

// The first interrupt would wait a minute for kin.
func aSecondInterrupt(t *testing.T, program string) {
	d := startDoomed(t, program, "up", "-f", writeDoom(t, hermit+kin, time.Minute))
	d.says(t, "Ctrl-C stops everything")
	d.signal(t, syscall.SIGINT)
	d.says(t, "a second Ctrl-C kills them")
	d.signal(t, syscall.SIGINT)
	if code := d.ends(t, goneWithin); code != exitInterrupted {
		t.Errorf("exit code %d, want %d:\n%s", code, exitInterrupted, &d.said)
	}
	d.gone(t)
}

func aHangupUnderNohup(t *testing.T, program string) {
	file := writeDoom(t, kin, 100*time.Millisecond)
	d := startDoomed(t, "sh", "-c", `trap "" HUP; exec "$0" up -f "$1"`, program, file)
	d.says(t, "Ctrl-C stops everything")
	if !ignores(t, d.cmd.Process.Pid, syscall.SIGHUP) {
		t.Error("seam listens to SIGHUP although whoever started it had it ignored")
	}
	d.signal(t, syscall.SIGTERM)
	d.ends(t, 15*time.Second)
	d.gone(t)
}

// ignores reads the mask of ignored signals in /proc/PID/status.
func ignores(t *testing.T, pid int, s syscall.Signal) bool {
	t.Helper()
	status, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if text, found := strings.CutPrefix(line, "SigIgn:"); found {
			mask, err := strconv.ParseUint(strings.TrimSpace(text), 16, 64)
			return err == nil && mask&(1<<(s-1)) != 0
		}
	}
	t.Fatalf("no SigIgn in:\n%s", status)
	return false
}

func (d *doomed) guards() []int {
	alive := d.alive()
	return slices.DeleteFunc(scan("cmdline", "seam-guard"), func(pid int) bool { return !slices.Contains(alive, pid) })
}

// Without its guard a run cannot go on, and the services are not to blame.
func aKillOfTheGuard(t *testing.T, program string) {
	file := writeDoom(t, kin, time.Minute)
	for _, verb := range []string{"up", "test"} {
		t.Run(verb, func(t *testing.T) {
			d := startDoomed(t, program, verb, "-f", file)
			d.says(t, map[string]string{"up": "Ctrl-C stops everything", "test": "driv"}[verb])
			guards := d.guards()
			for began := time.Now(); len(guards) != 1; guards = d.guards() { // a child of the guard looks like it before it is a service
				if time.Since(began) > 10*time.Second {
					t.Fatalf("want one guard, found %v", guards)
				}
			}
			if err := syscall.Kill(guards[0], syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			if code := d.ends(t, 20*time.Second); code != exitCouldNotRun {
				t.Errorf("exit code %d, want %d:\n%s", code, exitCouldNotRun, &d.said)
			}
			if !strings.Contains(d.said.String(), "the guard process") {
				t.Errorf("it does not say why:\n%s", &d.said)
			}
			d.gone(t)
		})
	}
}
