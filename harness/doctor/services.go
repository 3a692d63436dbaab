package doctor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seamtest/seam/harness/internal/proc"
	"github.com/seamtest/seam/harness/system"
)

// programs looks for what the services and the steps of the drive run.
func (p Patient) programs() []Check {
	var all []Check
	for i := range p.Spec.Services {
		s := &p.Spec.Services[i]
		if s.Run != nil {
			all = append(all, p.service(s))
		}
	}
	for i := range p.Spec.Drive {
		if step := &p.Spec.Drive[i]; step.Run != nil {
			c := ok("step "+step.Name, "runs %s", step.Run[0])
			if err := proc.Executable(step.Run[0], step.Dir, p.Env); err != nil {
				c = c.broken(err, "install it, or mend run: in seam.yaml")
			}
			all = append(all, c)
		}
	}
	return all
}

func (p Patient) service(s *system.Service) Check {
	env := proc.BuildEnviron(p.Env, s.Env)
	c := ok("service "+s.Name, "runs %s", s.Run[0])
	if s.Build != nil {
		c.Found = fmt.Sprintf("built by %s, runs %s", s.Build[0], s.Run[0])
		if err := proc.Executable(s.Build[0], s.Dir, env); err != nil {
			return c.broken(err, "install it, or mend build: in seam.yaml")
		}
		if strings.Contains(s.Run[0], "/") {
			return c // it is what is built
		}
	}
	if err := proc.Executable(s.Run[0], s.Dir, env); err != nil {
		return c.broken(err, "install or build it, or mend run: in seam.yaml")
	}
	return c
}

// ports looks at those that seam.yaml names.
func (p Patient) ports() []Check {
	var all []Check
	listen := func(what, address string) {
		if address == "" {
			return
		}
		if _, text, err := net.SplitHostPort(address); err == nil {
			if port, err := strconv.Atoi(text); err == nil && port != 0 {
				all = append(all, fixed(what, port))
			}
		}
	}
	listen("entry", p.Spec.Entry.Listen)
	for i := range p.Spec.Services {
		s := &p.Spec.Services[i]
		if s.Port != 0 && s.Run != nil {
			all = append(all, fixed("service "+s.Name, s.Port))
		}
		for _, call := range s.Calls {
			listen("edge "+s.Name+"->"+call.Provider, call.Listen)
		}
	}
	return all
}

func fixed(what string, port int) Check {
	c := ok(fmt.Sprintf("port %d", port), "free, for %s", what)
	if who, taken := proc.Taken(port); taken {
		c.Found = fmt.Sprintf("held by %s; %s wants it", who, what)
		return c.but(Fail, "end that process, or choose another port in seam.yaml")
	}
	if from, to, known := proc.Ephemeral(); known && port >= from && port <= to {
		c.Found += fmt.Sprintf("; any outgoing connection can be given it (%d to %d)", from, to)
		return c.but(Warn, "choose one below %d, or leave it out so that seam does", from)
	}
	return c
}

// page is only a warning: `seam up` takes a free port then.
func (p Patient) page() Check {
	_, text, _ := net.SplitHostPort(p.Page)
	port, _ := strconv.Atoi(text)
	c := ok("page", "%s is free", p.Page)
	if port == 0 {
		c.Found = "on a free port"
	} else if who, taken := proc.Taken(port); taken {
		c.Found = fmt.Sprintf("port %d is held by %s", port, who)
		return c.but(Warn, "seam up takes a free one, and prints it")
	}
	return c
}

// proxy looks whether a service would call its edges through a proxy.
func (p Patient) proxy() []Check {
	set := ""
	for _, entry := range p.Env {
		name, value, _ := strings.Cut(entry, "=")
		if value != "" && (strings.EqualFold(name, "http_proxy") || strings.EqualFold(name, "all_proxy")) {
			set = name
		}
	}
	if set == "" {
		return []Check{ok("proxy", "none is set")}
	}
	c := ok("proxy", "%s is set; seam adds this machine to NO_PROXY of what it starts", set)
	if p.Spec == nil {
		return []Check{c}
	}
	for i := range p.Spec.Services {
		s := &p.Spec.Services[i]
		env := proc.Environ(p.Env, proc.ServiceEnv{Service: s.Name, Env: s.Env})
		for _, name := range []string{"NO_PROXY", "no_proxy"} {
			if s.Run != nil && !covers(env, name) {
				c.Found = fmt.Sprintf("%s is set, and env: of %s sets %s without 127.0.0.1", set, s.Name, name)
				return []Check{c.but(Warn, "add 127.0.0.1,localhost there, or the service calls its edges through the proxy")}
			}
		}
	}
	return []Check{c}
}

func covers(env []string, name string) bool {
	at := slices.IndexFunc(env, func(entry string) bool { return strings.HasPrefix(entry, name+"=") })
	if at < 0 {
		return false
	}
	for host := range strings.SplitSeq(env[at][len(name)+1:], ",") {
		if host = strings.TrimSpace(host); host == "*" || host == "127.0.0.1" || strings.HasPrefix(host, "127.") {
			return true
		}
	}
	return false
}

// publish sends each endpoint nothing of each signal, and looks at the answer.
// None that is wanting keeps a run from working.
func (p Patient) publish(ctx context.Context) []Check {
	var all []Check
	for _, to := range p.Spec.Publish {
		c := ok("publish", "%s takes OTLP", to.OTLP)
		if err := reachAll(ctx, &to); err != nil {
			c.Found = fmt.Sprintf("%s: %v", to.OTLP, err)
			c = c.but(Warn, "start what takes them, or mend publish: in seam.yaml; the run goes on without")
		}
		all = append(all, c)
	}
	return all
}

const reachWithin = 2 * time.Second

// known says of a path of OTLP who takes it, or does not.
var known = map[string]string{
	"/v1/traces":  " (Jaeger does on 4318)",
	"/v1/metrics": " of metrics (a collector does on 4318, Jaeger takes traces alone)",
}

func reachAll(ctx context.Context, to *system.Publish) error {
	if to.Traces() {
		if err := reach(ctx, to, "/v1/traces"); err != nil {
			return err
		}
	}
	if to.Metrics() {
		return reach(ctx, to, "/v1/metrics")
	}
	return nil
}

func reach(ctx context.Context, to *system.Publish, path string) error {
	ctx, cancel := context.WithTimeout(ctx, reachWithin)
	defer cancel()
	if to.Protocol == "grpc" {
		u, err := url.Parse(to.OTLP)
		if err != nil {
			return err
		}
		var d net.Dialer
		conn, err := d.DialContext(ctx, "tcp", u.Host)
		if err == nil {
			conn.Close()
		}
		return err
	}
	ask, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(to.OTLP, "/")+path, bytes.NewReader(nil))
	if err != nil {
		return err
	}
	for name, value := range to.Headers {
		ask.Header.Set(name, value)
	}
	ask.Header.Set("Content-Type", "application/x-protobuf")
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, Proxy: http.ProxyFromEnvironment}}
	answer, err := client.Do(ask)
	if err != nil {
		var wrapped *url.Error
		if errors.As(err, &wrapped) {
			return wrapped.Err // without the address, which is said already
		}
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("answers %s to POST %s, so it does not take OTLP%s", answer.Status, path, known[path])
	}
	return nil
}
