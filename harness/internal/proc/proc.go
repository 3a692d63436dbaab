// Package proc runs the services of a system as child processes: it starts
// them, waits until they are ready, hands out their output line by line,
// notices when one dies, and ends them with everything that they started.
//
// On Linux a guard process starts the services and is the reaper of all that
// they leave behind. It holds a socket to seam; when that closes, by whatever
// end seam came to, the guard kills every descendant and then every process
// whose environment names the run. The guard is seam's own executable (in a
// Go test: the test binary), recognised by a variable before main runs. A
// process that another daemon starts (a container engine, systemd) is nobody's
// descendant and outlives the run. On other systems there is no guard: process
// groups are ended by Stop alone, and a crash of seam leaves them behind.
package proc

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"
)

// RunVariable marks every process of a run in its environment.
const RunVariable = "SEAM_RUN_ID"

// Config says how a group runs; the zero value is useful.
type Config struct {
	// RunID goes into every child's environment as SEAM_RUN_ID. It must be
	// new for each run, as whoever carries it is killed at the end. Default: random.
	RunID string
	// Log receives every line of output, one call at a time. A Log that falls
	// behind slows the services down; one that stands still for longer than
	// 100 ms costs lines, which a line of the service "seam" counts. It must
	// not call Stop. Default: lines are only kept for Tail.
	Log func(Line)
}

// A Line of a service's output: valid UTF-8 of at most 64 KiB without its end
// and without control characters, as terminal.Line leaves it.
type Line struct {
	Service string
	Stream  string // "stdout" or "stderr"
	Text    string
	Styled  string    // Text with the colours that the service gave it
	Time    time.Time // when seam read it
}

// A Group is the processes of one run. Its methods are safe for concurrent
// use. Whoever started it must stop it.
type Group struct {
	run    string
	keeper *keeper
	log    *pump
	died   chan *Process
	work   sync.WaitGroup // every goroutine except the log's
	over   chan struct{}  // closed when Stop has done its work

	mu        sync.Mutex
	processes map[int]*Process // that have not ended; guarded by mu
	last      int              // number of processes ever started; guarded by mu
	stopping  bool             // guarded by mu
	stopErr   error            // guarded by mu
}

// Start makes an empty group and starts its guard. The context bounds the
// start alone; the group lives until Stop.
func Start(ctx context.Context, cfg Config) (*Group, error) {
	if cfg.RunID == "" {
		cfg.RunID = strings.ToLower(rand.Text()[:16])
	}
	if !isRunID(cfg.RunID) {
		return nil, fmt.Errorf("run id %q: must be 1 to 64 letters, digits, dots, dashes or underscores", cfg.RunID)
	}
	if cfg.RunID == os.Getenv(RunVariable) {
		return nil, fmt.Errorf("run id %q is that of the run which seam itself is part of; give each run its own", cfg.RunID)
	}
	g := &Group{
		run: cfg.RunID, log: newPump(cfg.Log), died: make(chan *Process, 256),
		over: make(chan struct{}), processes: map[int]*Process{},
	}
	keeper, err := startKeeper(ctx, cfg.RunID, g.exited)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start the guard of the services: %w", err), g.log.close())
	}
	g.keeper = keeper
	g.work.Go(g.watch)
	return g, nil
}

// isRunID holds ids to what needs no quoting in an environment, a resource
// attribute or a file name.
func isRunID(id string) bool {
	strange := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("._-", r)
	}
	return id != "" && len(id) <= 64 && !strings.ContainsFunc(id, strange)
}

// RunID is what every process of the run carries as SEAM_RUN_ID.
func (g *Group) RunID() string { return g.run }

// Died delivers each service that ended after it was ready and before Stop,
// once. It is never closed, and holds 256: deaths beyond that are not delivered.
func (g *Group) Died() <-chan *Process { return g.died }

// exited is told by the keeper that a process has ended.
func (g *Group) exited(id int, how status) {
	g.mu.Lock()
	p := g.processes[id]
	delete(g.processes, id)
	g.mu.Unlock()
	if p != nil {
		p.how = how
		close(p.gone)
	}
}

// watch waits for the end of the keeper. Whatever still runs then has been
// killed: the guard was lost.
func (g *Group) watch() {
	lost := g.keeper.wait()
	if lost == nil {
		lost = errors.New("its end was not seen")
	}
	g.mu.Lock()
	left := g.processes
	g.processes = map[int]*Process{}
	g.mu.Unlock()
	for _, p := range left {
		p.how = status{cause: lost}
		close(p.gone)
	}
}

func (g *Group) isStopping() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.stopping
}

// Stop ends every process of the run: SIGTERM to all process groups at once,
// and SIGKILL to those that are left after their Stop.Within (default 5 s),
// grandchildren too. It returns after the last is gone. When the context ends
// first, the rest is killed at once. A second call waits for the first.
func (g *Group) Stop(ctx context.Context) error {
	g.mu.Lock()
	first := !g.stopping
	g.stopping = true
	g.mu.Unlock()
	if !first {
		return g.stopAgain(ctx)
	}
	err := g.keeper.stop(ctx)
	g.work.Wait()
	err = errors.Join(err, g.log.close())
	g.mu.Lock()
	g.stopErr = err
	g.mu.Unlock()
	close(g.over)
	return err
}

func (g *Group) stopAgain(ctx context.Context) error {
	select {
	case <-g.over:
	case <-ctx.Done():
		g.keeper.kill()
		<-g.over
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.stopErr
}
