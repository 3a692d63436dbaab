//go:build !linux

package proc

import (
	"context"
	"errors"
	"os"
	"sync"
	"syscall"
	"time"
)

const guardVariable = "SEAM_INTERNAL_GUARD"

// A keeper starts processes without a guard: each is a process group, and
// Stop ends the groups. A grandchild that left its group stays, and a crash of
// seam leaves everybody.
type keeper struct {
	run    string
	exited func(id int, how status)
	over   chan struct{} // closed when stop has done its work
	once   sync.Once
	waits  sync.WaitGroup
	mu     sync.Mutex
	live   map[int]*kept // by id; guarded by mu
}

type kept struct {
	pid    int
	within time.Duration
}

func startKeeper(_ context.Context, run string, exited func(int, status)) (*keeper, error) {
	return &keeper{run: run, exited: exited, over: make(chan struct{}), live: map[int]*kept{}}, nil
}

func (k *keeper) wait() error {
	<-k.over
	return nil
}

func (k *keeper) launch(l launch, output [2]*os.File) (pid int, err error) {
	null, err := os.Open(os.DevNull)
	if err != nil {
		return 0, err
	}
	defer null.Close()
	p, err := os.StartProcess(l.path, l.command.Argv, &os.ProcAttr{
		Dir: l.command.Dir, Env: marked(l.command.Env, k.run), Files: []*os.File{null, output[0], output[1]},
		Sys: &syscall.SysProcAttr{Setpgid: true},
	})
	if err != nil {
		return 0, err
	}
	k.mu.Lock()
	k.live[l.id] = &kept{p.Pid, l.command.Stop.Within}
	k.mu.Unlock()
	k.waits.Go(func() { k.reap(l.id, p) })
	return p.Pid, nil
}

func (k *keeper) reap(id int, p *os.Process) {
	var how status
	state, err := p.Wait()
	if err != nil {
		how.cause = err
	} else if s, ok := state.Sys().(syscall.WaitStatus); ok && s.Signaled() {
		how.signal = s.Signal().String()
	} else {
		how.code = state.ExitCode()
	}
	if errors.Is(syscall.Kill(-p.Pid, 0), syscall.ESRCH) { // else stop ends those that are left
		k.mu.Lock()
		delete(k.live, id)
		k.mu.Unlock()
	}
	k.exited(id, how)
}

// end asks a group to end, and kills it when its time is over.
func (k *keeper) end(id int) {
	k.mu.Lock()
	c := k.live[id]
	k.mu.Unlock()
	if c == nil {
		return
	}
	_ = syscall.Kill(-c.pid, syscall.SIGTERM)
	k.waits.Go(func() {
		for deadline := time.Now().Add(c.within); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
			if errors.Is(syscall.Kill(-c.pid, 0), syscall.ESRCH) {
				return
			}
		}
		_ = syscall.Kill(-c.pid, syscall.SIGKILL)
	})
}

func (k *keeper) kill() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, c := range k.live {
		_ = syscall.Kill(-c.pid, syscall.SIGKILL)
	}
}

func (k *keeper) stop(ctx context.Context) error {
	k.mu.Lock()
	var ids []int
	for id := range k.live {
		ids = append(ids, id)
	}
	k.mu.Unlock()
	for _, id := range ids {
		k.end(id)
	}
	defer context.AfterFunc(ctx, k.kill)()
	k.waits.Wait()
	k.once.Do(func() { close(k.over) })
	return nil
}

// What needs /proc is not known here.

func (k *keeper) stranger(int) (who string, found bool) { return "", false }

func (k *keeper) listening(int) []int { return nil }

func boundElsewhere(int) bool { return false }

func holder(int) string { return "another process" }

// portRange lies below what macOS and the BSDs take for outgoing connections.
func portRange() (from, to int) { return 20000, 32768 }

// Ephemeral is not known here.
func Ephemeral() (from, to int, known bool) { return 0, 0, false }

// Adopts says that there is no guard here.
func Adopts() error { return errors.New("this system has no guard") }
