package proc

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

const (
	guardName     = "seam-guard"
	guardVariable = "SEAM_INTERNAL_GUARD" // holds the id of the run
	guardSocket   = 3                     // the open file that leads to seam
	giveUp        = 10 * time.Second      // after SIGKILL, before seam is told who is left

	setChildSubreaper = 36 // PR_SET_CHILD_SUBREAPER of prctl(2)
)

// init turns this process into a guard where seam asked for one. It comes
// before main and TestMain, so any program that imports this package can be
// its own guard. In every other process it costs one look at the environment.
func init() {
	run := os.Getenv(guardVariable)
	if run == "" {
		return
	}
	code := 0
	if err := beGuard(run); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	syscall.Exit(code) // os.Exit would take a second under the race detector
}

// A guard starts the processes of a run and outlives seam to end them. All of
// it runs in one goroutine, on the main thread: a child gets SIGKILL from the
// kernel when the thread that started it ends, so it dies with the guard, too.
type guard struct {
	run      string
	wire     *wire
	files    chan []int     // that belong to the order just received
	children map[int]*child // by pid, which is also the process group; kept while the group lives
	null     *os.File       // what children read
	alarm    *time.Timer    // when to look again at what should have ended

	stopping  bool
	alone     bool          // seam is gone
	childless bool          // nobody below is left, not even unreaped
	patience  time.Duration // the longest of all children
	deadline  time.Time     // for those whose group is nobody's
	killed    time.Time     // when everybody's time was over; zero before
	again     time.Duration // until the next look after that
}

type child struct {
	id     int
	within time.Duration
	killAt time.Time // zero: nobody asked it to end
	exited bool
}

func beGuard(run string) error {
	w, err := newWire(guardSocket)
	if err != nil {
		return fmt.Errorf("guard: %w", err)
	}
	// These are caught, not ignored, as children inherit what is ignored.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT,
		syscall.SIGPIPE, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGALRM)
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGCHLD)
	// A kernel that refuses leaves the groups and the search by run id.
	_, _, _ = syscall.RawSyscall(syscall.SYS_PRCTL, setChildSubreaper, 1, 0)
	_ = os.Chdir("/") // so that no file system is kept busy
	null, err := os.Open(os.DevNull)
	if err != nil {
		return fmt.Errorf("guard: %w", err)
	}
	g := &guard{run: run, wire: w, files: make(chan []int), children: map[int]*child{}, null: null, alarm: time.NewTimer(time.Hour)}
	if err := w.send(notice{Is: "up", Pid: os.Getpid()}); err != nil {
		return fmt.Errorf("guard: %w", err)
	}
	orders := make(chan order)
	go receiveOrders(w, orders, g.files)
	g.serve(orders, ended)
	return nil
}

// receiveOrders closes orders when seam is gone.
func receiveOrders(w *wire, orders chan<- order, files chan<- []int) {
	defer close(orders)
	for {
		var o order
		if err := w.receive(&o); err != nil {
			return
		}
		orders <- o
		if o.Do == "launch" {
			files <- w.take(2)
		}
	}
}

// serve obeys until everything has ended that it should end.
func (g *guard) serve(orders <-chan order, ended <-chan os.Signal) {
	for {
		select {
		case o, ok := <-orders:
			if ok {
				g.obey(o)
				break
			}
			orders, g.alone = nil, true
			g.kill()
		case <-ended:
			g.reap()
		case <-g.alarm.C:
			g.press()
		}
		if g.stopping && g.finished() {
			return
		}
	}
}

func (g *guard) obey(o order) {
	switch o.Do {
	case "launch":
		files := <-g.files
		g.tell(g.launch(o, files))
		for _, fd := range files {
			_ = syscall.Close(fd) // the child has its own
		}
	case "end":
		g.end(o.ID)
	case "stop":
		g.stop()
	case "kill":
		g.kill()
	}
}

// tell drops what seam cannot take any more: its end is noticed elsewhere.
func (g *guard) tell(n notice) { _ = g.wire.send(n) }

func (g *guard) launch(o order, files []int) notice {
	if g.stopping {
		return notice{Is: "refused", ID: o.ID, Error: "the run is being stopped"}
	}
	if len(files) != 2 {
		return notice{Is: "refused", ID: o.ID, Errno: syscall.EMFILE}
	}
	pid, err := syscall.ForkExec(string(o.Path), strings.Split(string(o.Argv), "\x00"), &syscall.ProcAttr{
		Dir: string(o.Dir), Env: strings.Split(string(o.Env), "\x00"), Files: []uintptr{g.null.Fd(), uintptr(files[0]), uintptr(files[1])},
		Sys: &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL},
	})
	if err != nil {
		n := notice{Is: "refused", ID: o.ID, Error: err.Error()}
		_ = errors.As(err, &n.Errno)
		return n
	}
	g.children[pid] = &child{id: o.ID, within: o.Within}
	g.patience = max(g.patience, o.Within)
	return notice{Is: "started", ID: o.ID, Pid: pid}
}

// reap takes note of every process that has ended, adopted ones too.
func (g *guard) reap() {
	for {
		var how syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &how, syscall.WNOHANG, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case err != nil || pid == 0:
			g.childless = errors.Is(err, syscall.ECHILD)
			g.forget()
			return
		}
		c := g.children[pid]
		if c == nil || c.exited {
			continue
		}
		c.exited = true
		n := notice{Is: "exited", ID: c.id}
		if how.Signaled() {
			n.Signal = how.Signal()
		} else {
			n.Code = how.ExitStatus()
		}
		g.tell(n)
	}
}

// forget drops the groups without members, whose number can be given anew.
func (g *guard) forget() {
	for pid, c := range g.children {
		if c.exited && errors.Is(syscall.Kill(-pid, 0), syscall.ESRCH) {
			delete(g.children, pid)
		}
	}
}
