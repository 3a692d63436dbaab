package harness

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/seamtest/seam/harness/edge"
	"github.com/seamtest/seam/harness/internal/proc"
	"github.com/seamtest/seam/harness/system"
)

// A Service is a party of a running system.
type Service struct {
	Name  string
	URL   string        // where it listens itself; calls should go through an edge
	Kind  string        // "run", "url" or "stub"
	Took  time.Duration // from its start until it was ready
	ready chan struct{} // closed when it is ready
	proc  *proc.Process // nil unless seam started it
}

// startServices builds, starts and awaits all services side by side; only
// `after:` orders them. The first failure ends the others.
func (h *Harness) startServices(ctx context.Context) error {
	if h.hasProcesses() {
		if err := h.startGroup(ctx); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var all sync.WaitGroup
	for i := range h.spec.Services {
		all.Go(func() {
			if err := h.startService(ctx, &h.spec.Services[i]); err != nil {
				cancel(err)
			}
		})
	}
	all.Wait()
	if err := context.Cause(ctx); err != nil {
		return err
	}
	return nil
}

func kind(s *system.Service) string {
	switch {
	case s.Stub != nil:
		return "stub"
	case s.URL != "":
		return "url"
	default:
		return "run"
	}
}

func (h *Harness) hasProcesses() bool {
	return slices.ContainsFunc(h.spec.Services, func(s system.Service) bool { return s.Run != nil })
}

// startGroup starts the guard of the child processes; once is enough.
func (h *Harness) startGroup(ctx context.Context) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.group != nil {
		return nil
	}
	group, err := proc.Start(ctx, proc.Config{Log: h.heard})
	if err != nil {
		return err
	}
	h.group = group
	h.watch.Go(h.watchDeaths)
	return nil
}

// heard keeps a line of a service for the page and passes it on, both without
// secrets; a line that had one loses its colours. It is called once at a time.
func (h *Harness) heard(line Line) {
	from := line.Service + " " + line.Stream
	if h.spoken[from] == nil {
		h.spoken[from] = &edge.Lines{}
	}
	if kept := h.spoken[from].Redact(line.Text); kept != line.Text {
		line.Text, line.Styled = kept, kept
	}
	h.output.Add(line.Service, line.Text)
	if h.cfg.Log != nil {
		h.cfg.Log(line)
	}
}

func (h *Harness) startService(ctx context.Context, s *system.Service) error {
	running := h.services[s.Name]
	for _, name := range s.After {
		select {
		case <-h.services[name].ready:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	began := time.Now()
	var err error
	switch running.Kind {
	case "stub":
		running.URL, err = h.startStub(ctx, s)
	case "run":
		err = h.startProcess(ctx, s, running)
	}
	if err != nil {
		return err
	}
	running.Took = time.Since(began)
	for _, e := range h.toProvider(s.Name) {
		e.proxy.Forward(parse(running.URL))
	}
	h.tellReady(running)
	return nil
}

// tellReady says that a service is ready, and for which the start waits still.
func (h *Harness) tellReady(s *Service) {
	h.telling.Lock()
	defer h.telling.Unlock()
	close(s.ready)
	step := fmt.Sprintf("%s is ready (%.1f s)", s.Name, s.Took.Seconds())
	var awaited []string
	for _, other := range h.Services() {
		select {
		case <-other.ready:
		default:
			awaited = append(awaited, other.Name)
		}
	}
	if len(awaited) > 0 {
		step += "; waiting for " + strings.Join(awaited, ", ")
	}
	h.cfg.Progress(step)
}

func (h *Harness) startProcess(ctx context.Context, s *system.Service, running *Service) error {
	command := proc.Command{Service: s.Name, Argv: s.Run, Dir: s.Dir, Port: s.Port, Ready: s.Ready, Stop: s.Stop}
	if s.Build != nil {
		h.cfg.Progress(fmt.Sprintf("building %s", s.Name))
		build := command
		build.Argv, build.Env = s.Build, proc.BuildEnviron(os.Environ(), s.Env)
		if err := h.group.Build(ctx, build); err != nil {
			return err
		}
	}
	// A port can be taken between its choice and the service's own bind: one retry with another.
	for attempt := 0; ; attempt++ {
		again, err := h.launch(ctx, s, running, command)
		if err == nil || !again || attempt > 0 {
			return err
		}
	}
}

// launch starts the service and waits until it is ready. Again says that
// another port may help; what was started is stopped then.
func (h *Harness) launch(ctx context.Context, s *system.Service, running *Service, command proc.Command) (again bool, err error) {
	if command.Port == 0 {
		lease, err := proc.FreePort(h.fixedPorts()...)
		if err != nil {
			return false, fmt.Errorf("service %s: %w", s.Name, err)
		}
		defer lease.Release()
		command.Port = lease.Port
	}
	running.URL = fmt.Sprintf("http://127.0.0.1:%d", command.Port)
	command.Env = h.environ(s, command.Port)
	if running.proc, err = h.group.Launch(ctx, command); err == nil {
		err = h.await(ctx, running.proc)
	}
	var taken *proc.PortTakenError
	again = s.Port == 0 && errors.As(err, &taken)
	if again && running.proc != nil {
		err = errors.Join(err, running.proc.Stop(ctx))
	}
	return again, err
}

// patience is how long a service may take to be ready before it is said what
// probably keeps it.
const patience = 5 * time.Second

func (h *Harness) await(ctx context.Context, p *proc.Process) error {
	var telling sync.WaitGroup
	over := make(chan struct{})
	telling.Go(func() {
		late := time.NewTimer(patience)
		defer late.Stop()
		select {
		case <-late.C:
			h.cfg.Progress(fmt.Sprintf("waiting for %s: %s", p.Service(), p.Obstacle()))
		case <-over:
		}
	})
	err := p.Ready(ctx)
	close(over)
	telling.Wait()
	return err
}

// fixedPorts lists what seam.yaml gives to somebody.
func (h *Harness) fixedPorts() []int {
	var ports []int
	for i := range h.spec.Services {
		if port := h.spec.Services[i].Port; port != 0 {
			ports = append(ports, port)
		}
	}
	return ports
}

// environ is what the service finds in its environment: its own port, the
// address of the edge to each provider that it calls, and where to send spans.
func (h *Harness) environ(s *system.Service, port int) []string {
	env := proc.ServiceEnv{
		Service: s.Name, RunID: h.group.RunID(), Port: port, Env: s.Env,
		OTLP: h.receiver.Endpoints().OTLP, Jaeger: h.receiver.Endpoints().Jaeger, Agent: h.receiver.Endpoints().UDP,
	}
	for _, call := range s.Calls {
		e := h.Edge(s.Name, call.Provider)
		env.Edges = append(env.Edges, proc.EdgeVar{Name: call.Env, Template: call.Value, URL: e.URL()})
	}
	return proc.Environ(os.Environ(), env)
}

// watchDeaths notices services that end although nobody asked them to.
func (h *Harness) watchDeaths() {
	for {
		select {
		case p := <-h.group.Died():
			for _, e := range h.toProvider(p.Service()) {
				e.proxy.Fail(edge.RedactOutput(p.Err().Error())) // a caller reads it
			}
			h.mu.Lock()
			h.died = append(h.died, p)
			first := len(h.died) == 1
			h.mu.Unlock()
			if first {
				close(h.dead)
			}
		case <-h.over:
			return
		}
	}
}

// sayKilled names the services that did not end when they were asked to.
func (h *Harness) sayKilled(ctx context.Context) {
	if ctx.Err() != nil {
		return // nobody waited for them
	}
	for i := range h.spec.Services {
		s := &h.spec.Services[i]
		if running := h.services[s.Name]; running.proc != nil && running.proc.Killed() {
			h.cfg.Progress(s.Name + " did not end in time after SIGTERM and was killed; let it end, or change its `stop: { within: ... }`")
		}
	}
}
