package proc_test

import (
	"bufio"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/seamtest/seam/harness/internal/proc"
	"github.com/seamtest/seam/harness/system"
)

// startParent runs the test binary in the role of a seam that starts services.
func startParent(t *testing.T, run, nap string) (*exec.Cmd, io.Reader) {
	t.Helper()
	parent := exec.Command("/proc/self/exe")
	parent.Env = append(os.Environ(), roleVariable+"=parent", "PROC_TEST_RUN="+run, "NAP="+nap)
	parent.Stderr = os.Stderr
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	return parent, out
}

func TestKillingSeamLeavesNoProcessBehind(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for kill := range 10 {
		run, nap := "crash"+strconv.FormatUint(random.Uint64(), 36), nap()
		parent, out := startParent(t, run, nap)
		t.Cleanup(func() { // where the test has failed
			for _, pid := range append(sleepers(nap), carrying(proc.RunVariable+"="+run)...) {
				_ = syscall.Kill(pid, syscall.SIGKILL)
			}
		})
		if kill%2 == 0 { // half of the kills come while it starts, half when all runs
			if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
				t.Fatal(err)
			}
			eventually(t, "the services' children sleep", func() bool { return len(sleepers(nap)) >= 12 })
		}
		moment := time.NewTimer(time.Duration(random.IntN(60)) * time.Millisecond)
		<-moment.C
		if err := parent.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = parent.Wait() // it was killed, so there is an error
		eventually(t, "guard and services have ended", func() bool {
			return len(sleepers(nap))+len(carrying(proc.RunVariable+"="+run))+len(carrying(guardVariable+"="+run)) == 0
		})
	}
}

func TestStopEndsASeamInsideARun(t *testing.T) {
	group, lines := start(t)
	c := server(t, "inner", 0)
	nap := nap()
	c.Ready = system.Ready{Log: "^up$"}
	c.Env = append(c.Env, roleVariable+"=parent", "PROC_TEST_RUN=inner"+group.RunID(), "NAP="+nap)
	p := launch(t, group, c)
	if err := p.Ready(t.Context()); err != nil {
		t.Fatal(err, lines.texts())
	}
	eventually(t, "the inner services' children sleep", func() bool { return len(sleepers(nap)) >= 12 })
	if len(carrying(guardVariable+"=inner"+group.RunID())) != 1 {
		t.Error("the inner run should have its own guard")
	}
	stop(t, group)
	nobodyLeft(t, proc.RunVariable+"=inner"+group.RunID())
	if left := sleepers(nap); len(left) > 0 {
		t.Errorf("these are left: %v", left)
	}
}

// guardOf is the process id of a run's guard.
func guardOf(t *testing.T, group *proc.Group) int {
	t.Helper()
	all := carrying(guardVariable + "=" + group.RunID())
	if len(all) != 1 {
		t.Fatalf("want one guard, found %v", all)
	}
	return all[0]
}

func TestGuardLivesThroughPoliteSignals(t *testing.T) {
	group, _ := start(t)
	guard := guardOf(t, group)
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT} {
		if err := syscall.Kill(guard, s); err != nil {
			t.Fatal(err)
		}
	}
	// Its children must not inherit that.
	if err := group.Build(t.Context(), script("sh", "kill -s INT $$; exit 0")); err == nil {
		t.Error("a child ignores SIGINT")
	}
	if session, err := os.ReadFile("/proc/" + strconv.Itoa(guard) + "/stat"); err != nil || len(session) == 0 {
		t.Error("the guard is gone")
	}
}

func TestKillingTheGuardIsNoticed(t *testing.T) {
	group, lines := start(t)
	nap := nap()
	// Without env -i and setsid at once: such a process cannot be told from others when the guard is lost.
	c := script("orders", `setsid sh -c 'trap "" TERM; sleep $NAP; sleep $NAP' & sleep $NAP & env -i sleep $NAP & echo settled; while :; do sleep $NAP; done`)
	c.Env = append(c.Env, "NAP="+nap)
	c.Ready = system.Ready{Log: "settled"}
	p := launch(t, group, c)
	if err := p.Ready(t.Context()); err != nil {
		t.Fatal(err, lines.texts())
	}
	eventually(t, "they sleep", func() bool { return len(sleepers(nap)) == 4 })
	if err := syscall.Kill(guardOf(t, group), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	select {
	case dead := <-group.Died():
		if dead != p {
			t.Errorf("got %s", dead.Service())
		}
	case <-time.After(10 * time.Second):
		t.Fatal("nobody noticed")
	}
	died := as[*proc.DiedError](t, p.Err())
	if died.Cause == nil {
		t.Errorf("got %+v", died)
	}
	mention(t, died, "guard process", "killed")
	if left := sleepers(nap); len(left) > 0 {
		t.Errorf("these are left: %v", left)
	}
	if _, err := group.Launch(t.Context(), script("late", "sleep 1000")); err == nil {
		t.Error("nothing can be started without the guard")
	}
	if err := group.Stop(t.Context()); err == nil {
		t.Error("Stop must report the lost guard")
	}
}
