package proc

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/seamtest/seam/harness/system"
)

// A Command is a process to run.
type Command struct {
	Service string   // whose it is: the name in lines and errors
	Argv    []string // a name without a slash is looked up on Env's PATH
	Dir     string   // default: where seam runs
	Env     []string // complete; see Environ. SEAM_RUN_ID is added to it
	Port    int      // where it is to listen; 0: nowhere
	Ready   system.Ready
	Stop    system.Stop
}

const defaultStop = 5 * time.Second

// Build runs a command to its end: a build, or a step that drives traffic.
// The error of one that fails is a *FailedError with its last lines. When the
// context ends first, the command is ended as by Stop.
//
// What it leaves running in the background lives until the group's Stop.
func (g *Group) Build(ctx context.Context, c Command) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%s: %s: %w", c.Service, argvText(c.Argv), err)
	}
	p, err := g.start(c)
	if err != nil {
		return err
	}
	select {
	case <-p.done:
	case <-ctx.Done():
		g.keeper.end(p.id)
		<-p.done
		return fmt.Errorf("%s: %s had not finished: %w%s", c.Service, argvText(c.Argv), context.Cause(ctx), lastLines(p.Tail()))
	}
	if p.how == (status{}) {
		return nil
	}
	return &FailedError{Service: c.Service, Argv: c.Argv, Dir: c.Dir, End: p.end(), Tail: p.Tail()}
}

// Launch starts a service and returns as soon as it runs; whether it can be
// called is for Process.Ready to say. A port that somebody holds already is a
// *PortTakenError; anything else that keeps it from starting a *StartError.
func (g *Group) Launch(ctx context.Context, c Command) (*Process, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("start %s: %w", c.Service, err)
	}
	if c.Port != 0 {
		if who, taken := Taken(c.Port); taken {
			return nil, &PortTakenError{Service: c.Service, Port: c.Port, Who: who}
		}
	}
	return g.start(c)
}

func (g *Group) start(c Command) (*Process, error) {
	path, err := prepare(&c)
	if err != nil {
		return nil, &StartError{Service: c.Service, Argv: c.Argv, Dir: c.Dir, Err: err}
	}
	p := &Process{group: g, command: c, began: time.Now(), gone: make(chan struct{}), done: make(chan struct{}), matched: make(chan struct{})}
	if c.Ready.Log != "" {
		if p.pattern, err = regexp.Compile(c.Ready.Log); err != nil {
			return nil, &StartError{Service: c.Service, Argv: c.Argv, Dir: c.Dir, Err: fmt.Errorf("ready.log: %w", err)}
		}
	}
	if err := g.spawn(p, path); err != nil {
		return nil, &StartError{Service: c.Service, Argv: c.Argv, Dir: c.Dir, Err: err}
	}
	return p, nil
}

// spawn has the process started with a pipe for each of its outputs, and
// follows it from then on.
func (g *Group) spawn(p *Process, path string) error {
	var read, write [2]*os.File
	defer func() { closeAll(write[:]) }()
	for i := range read {
		var err error
		if read[i], write[i], err = os.Pipe(); err != nil {
			closeAll(read[:])
			return err
		}
	}
	g.mu.Lock()
	if g.stopping {
		g.mu.Unlock()
		closeAll(read[:])
		return errors.New("the run is being stopped")
	}
	g.last++
	p.id = g.last
	g.processes[p.id] = p
	g.work.Add(1) // so that Stop waits for this launch
	g.mu.Unlock()
	defer g.work.Done()

	pid, err := g.keeper.launch(launch{p.id, path, &p.command}, write)
	if err != nil {
		g.mu.Lock()
		delete(g.processes, p.id)
		g.mu.Unlock()
		closeAll(read[:])
		return err
	}
	p.pid = pid
	g.work.Go(func() { p.follow(read) })
	return nil
}

// A launch is what a keeper has to know of a process.
type launch struct {
	id      int
	path    string // of the executable
	command *Command
}

func closeAll(files []*os.File) {
	for _, f := range files {
		if f != nil {
			f.Close()
		}
	}
}

// prepare makes the command complete, its folder absolute, and finds the
// executable.
func prepare(c *Command) (path string, err error) {
	if len(c.Argv) == 0 || c.Argv[0] == "" {
		return "", errors.New("no command is given; try: run: [program, argument]")
	}
	for _, text := range slices.Concat(c.Argv, c.Env) {
		if strings.Contains(text, "\x00") {
			return "", fmt.Errorf("%q holds a zero byte, which no process can be given", text)
		}
	}
	if c.Dir, err = filepath.Abs(c.Dir); err != nil {
		return "", err
	}
	if info, err := os.Stat(c.Dir); err != nil {
		return "", fmt.Errorf("its folder: %w", err)
	} else if !info.IsDir() {
		return "", fmt.Errorf("its folder %s is a file", c.Dir)
	}
	if c.Stop.Within <= 0 {
		c.Stop.Within = defaultStop
	}
	return lookPath(c.Argv[0], c.Dir, c.Env)
}

// lookPath finds an executable as a shell that runs in dir with env would.
func lookPath(name, dir string, env []string) (string, error) {
	if strings.Contains(name, "/") {
		path := name
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, path)
		}
		return path, executable(path)
	}
	list, _ := lookup(env, "PATH")
	for _, folder := range filepath.SplitList(list) {
		if !filepath.IsAbs(folder) {
			folder = filepath.Join(dir, folder)
		}
		if path := filepath.Join(folder, name); executable(path) == nil {
			return path, nil
		}
	}
	hint := fmt.Sprintf("install it, or give its path (./%s)", name)
	if executable(filepath.Join(dir, name)) == nil {
		hint = fmt.Sprintf("./%s, which exists in %s", name, dir)
	}
	return "", fmt.Errorf("no %q on PATH (%s); try: %s", name, list, hint)
}

func executable(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s does not exist; try: build it first (build: in seam.yaml)", path)
	case err != nil:
		return err
	case info.IsDir():
		return fmt.Errorf("%s is a folder", path)
	case info.Mode()&0o111 == 0:
		return fmt.Errorf("%s is not executable; try: chmod +x %s", path, path)
	}
	return nil
}
