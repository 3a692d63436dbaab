package proc

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// A keeper is seam's side of the guard.
type keeper struct {
	run    string
	guard  *exec.Cmd
	said   *saying // what the guard wrote before it broke down
	exited func(id int, how status)
	up     chan struct{} // closed when the guard is ready for orders
	over   chan struct{} // closed when the guard has ended and what it left was killed

	sending sync.Mutex // held while an order is sent
	wire    *wire

	mu      sync.Mutex
	waiting map[int]chan notice // launches without an answer; guarded by mu
	left    []int               // processes that could not be ended; guarded by mu
	lost    error               // why the guard ended unasked; guarded by mu
}

// startKeeper starts the guard and returns when it is ready. Exited is called
// for each process that ends, one call at a time.
func startKeeper(ctx context.Context, run string, exited func(int, status)) (*keeper, error) {
	if os.Getenv(guardVariable) != "" {
		return nil, fmt.Errorf("%s is set in the environment; unset it", guardVariable)
	}
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("make a pair of sockets: %w", err)
	}
	theirs := os.NewFile(uintptr(pair[1]), guardName)
	defer theirs.Close()
	k := &keeper{
		run: run, exited: exited, said: &saying{}, up: make(chan struct{}), over: make(chan struct{}), waiting: map[int]chan notice{},
	}
	if k.wire, err = newWire(pair[0]); err != nil {
		return nil, err
	}
	// Not by its path, which a new build can have replaced meanwhile.
	k.guard = &exec.Cmd{
		Path: "/proc/self/exe", Args: []string{guardName}, Env: guardEnviron(os.Environ(), run),
		ExtraFiles: []*os.File{theirs}, Stderr: k.said, WaitDelay: time.Second,
		SysProcAttr: &syscall.SysProcAttr{Setsid: true},
	}
	if err := k.guard.Start(); err != nil {
		k.wire.close()
		return nil, err
	}
	go k.listen()
	select {
	case <-k.up:
		return k, nil
	case <-k.over:
		return nil, k.wait()
	case <-ctx.Done():
		k.wire.close()
		<-k.over
		return nil, context.Cause(ctx)
	}
}

// guardEnviron leaves out the id of a run that seam itself belongs to: the
// guard must live on when that run is swept, to end its own.
func guardEnviron(base []string, run string) []string {
	env := slices.DeleteFunc(slices.Clone(base), func(entry string) bool { return strings.HasPrefix(entry, RunVariable+"=") })
	return append(env, guardVariable+"="+run)
}

// listen takes the guard's notices until it ends.
func (k *keeper) listen() {
	defer close(k.over)
	stopped := false
	for {
		var n notice
		if err := k.wire.receive(&n); err != nil {
			break
		}
		switch n.Is {
		case "up":
			close(k.up)
		case "started", "refused":
			k.answer(n)
		case "exited":
			how := status{code: n.Code}
			if n.Signal != 0 {
				how.signal = n.Signal.String()
			}
			k.exited(n.ID, how)
		case "stopped":
			stopped = true
			k.mu.Lock()
			k.left = n.Left
			k.mu.Unlock()
		}
	}
	k.wire.close()
	k.bury(stopped)
}

// answer hands a notice to the launch that waits for it.
func (k *keeper) answer(n notice) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if waiting := k.waiting[n.ID]; waiting != nil {
		waiting <- n // it has room for one
		delete(k.waiting, n.ID)
	}
}

// bury waits for the guard's end. Where nobody asked for it, the guard was
// lost, and what it kept is killed from here.
func (k *keeper) bury(stopped bool) {
	k.mu.Lock()
	stuck := len(k.left) > 0
	k.mu.Unlock()
	if stuck { // the guard goes on as long as it has to
		_ = k.guard.Process.Release()
		return
	}
	if !stopped {
		_ = k.guard.Process.Kill()
	}
	err := k.guard.Wait()
	if stopped {
		return
	}
	left := sweep(k.run, k.guard.Process.Pid)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.left = left
	k.lost = fmt.Errorf("the guard process %d ended: %w%s", k.guard.Process.Pid, err, k.said)
}

// wait returns when the guard has ended, with the reason where nobody asked
// for it.
func (k *keeper) wait() error {
	<-k.over
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.lost
}

// order is dropped when the guard is lost: bury takes care of what it was for.
func (k *keeper) order(o order, files ...*os.File) {
	k.sending.Lock()
	defer k.sending.Unlock()
	_ = k.wire.send(o, files...)
}

// launch has the guard start a process that writes to output.
func (k *keeper) launch(l launch, output [2]*os.File) (pid int, err error) {
	answer := make(chan notice, 1)
	k.mu.Lock()
	k.waiting[l.id] = answer
	k.mu.Unlock()
	k.order(order{
		Do: "launch", ID: l.id, Path: []byte(l.path), Dir: []byte(l.command.Dir), Within: l.command.Stop.Within,
		Argv: []byte(strings.Join(l.command.Argv, "\x00")),
		Env:  []byte(strings.Join(marked(l.command.Env, k.run), "\x00")),
	}, output[:]...)
	select {
	case n := <-answer:
		switch {
		case n.Pid != 0:
			return n.Pid, nil
		case n.Errno != 0:
			return 0, explain(n.Errno, l.path)
		default:
			return 0, errors.New(n.Error)
		}
	case <-k.over:
		if lost := k.wait(); lost != nil {
			return 0, lost
		}
		return 0, errors.New("the run was stopped")
	}
}

// explain says what the kernel's refusal to run a file means.
func explain(errno syscall.Errno, path string) error {
	switch errno {
	case syscall.ENOENT:
		return fmt.Errorf("%w: %s is there, but not the interpreter in its first line, or the loader it was linked for", errno, path)
	case syscall.ENOEXEC:
		return fmt.Errorf("%w: a script needs a first line such as #!/bin/sh, a program must be built for this machine", errno)
	case syscall.E2BIG:
		return fmt.Errorf("%w: its arguments and environment are too long", errno)
	default:
		return errno
	}
}

// end has one process group ended.
func (k *keeper) end(id int) { k.order(order{Do: "end", ID: id}) }

// kill has everybody killed.
func (k *keeper) kill() { k.order(order{Do: "kill"}) }

// stop has everybody ended, and killed when ctx ends.
func (k *keeper) stop(ctx context.Context) error {
	k.order(order{Do: "stop"})
	select {
	case <-k.over:
	case <-ctx.Done():
		k.kill()
		<-k.over
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.left) > 0 {
		return fmt.Errorf("stop the services: processes %v did not end even by SIGKILL (they hang in the system: look at ps -o pid,stat,wchan,args)", k.left)
	}
	return k.lost
}

// stranger names a process outside the run that listens on port.
func (k *keeper) stranger(port int) (who string, found bool) {
	return strangerOn(port, k.run, k.guard.Process.Pid)
}

// listening lists the ports on which a process and its descendants listen.
func (k *keeper) listening(pid int) []int { return listeningBelow(pid) }

// sweep kills what a lost guard leaves: every process in its session, every
// one that carries the run, and all of their descendants. It gives up after
// ten seconds, and returns who is left.
func sweep(run string, guard int) []int {
	for deadline, pause := time.Now().Add(giveUp), time.Millisecond; ; pause = min(2*pause, 100*time.Millisecond) {
		left := orphans(run, guard)
		if len(left) == 0 || time.Now().After(deadline) {
			return left
		}
		for _, pid := range left {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		time.Sleep(pause)
	}
}

func orphans(run string, guard int) []int {
	all := processes()
	var roots []int
	for pid, e := range all {
		if pid != os.Getpid() && !e.dead() && (e.session == guard || ofRun(pid, run)) {
			roots = append(roots, pid)
		}
	}
	var left []int
	for pid, e := range all {
		if !e.dead() && pid != os.Getpid() && slices.ContainsFunc(roots, func(root int) bool { return below(all, pid, root) }) {
			left = append(left, pid)
		}
	}
	slices.Sort(left)
	return left
}

// saying keeps the first words of a guard that breaks down.
type saying struct{ text []byte }

func (s *saying) Write(b []byte) (int, error) {
	const most = 4 << 10
	s.text = append(s.text, b[:min(len(b), most-len(s.text))]...)
	return len(b), nil
}

func (s *saying) String() string {
	if len(s.text) == 0 {
		return ""
	}
	return ": " + strings.TrimSpace(string(s.text))
}
