package proc_test

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/seamtest/seam/harness/internal/proc"
	"github.com/seamtest/seam/harness/system"
)

func TestReady(t *testing.T) {
	group, _ := start(t)
	for _, row := range []struct {
		reason string
		ready  system.Ready
		host   string
	}{
		{"HTTP 200", system.Ready{HTTP: "/ok"}, "127.0.0.1"},
		{"HTTP 302 is not followed", system.Ready{HTTP: "moved"}, "127.0.0.1"},
		{"a TCP connection", system.Ready{}, "127.0.0.1"},
		{"every address", system.Ready{}, "0.0.0.0"},
		{"IPv6 alone, TCP", system.Ready{}, "[::1]"},
		{"IPv6 alone, HTTP", system.Ready{HTTP: "/ok"}, "[::1]"},
		{"every address of both families", system.Ready{HTTP: "/ok"}, ""},
	} {
		t.Run(row.reason, func(t *testing.T) {
			if l, err := net.Listen("tcp", "[::1]:0"); err != nil && row.host == "[::1]" {
				t.Skip("NO IPv6 HERE: not tested")
			} else if err == nil {
				l.Close()
			}
			c := server(t, "orders", freePort(t))
			c.Ready = row.ready
			c.Env = append(c.Env, "HOST="+row.host)
			if err := launch(t, group, c).Ready(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	t.Run("no port and no line", func(t *testing.T) {
		if err := launch(t, group, script("worker", "sleep 1000")).Ready(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestNeverReady(t *testing.T) {
	group, _ := start(t)
	other := freePort(t)
	const short, long = 300 * time.Millisecond, 4 * time.Second // long is for the test binary to start under load
	for _, row := range []struct {
		reason string
		within time.Duration
		change func(*proc.Command)
		say    []string
	}{
		{"it answers 503", long, func(c *proc.Command) { c.Ready.HTTP = "/busy" }, []string{"answered 503", "ready.http"}},
		{"it listens elsewhere", long, func(c *proc.Command) { c.Env = append(c.Env, "OTHER_PORT="+strconv.Itoa(other)) },
			[]string{"nothing listens on port", "it listens on port " + strconv.Itoa(other), "PORT"}},
		{"it never writes the line", short, func(c *proc.Command) { c.Ready = system.Ready{Log: "^never$"} }, []string{`"^never$"`, "ready.log"}},
		{"it listens nowhere", short, func(c *proc.Command) { c.Argv, c.Ready = []string{"sleep", "1000"}, system.Ready{} }, []string{"nothing listens", "PORT"}},
	} {
		t.Run(row.reason, func(t *testing.T) {
			t.Parallel()
			c := server(t, "orders", freePort(t))
			row.change(&c)
			c.Ready.Within = row.within
			began := time.Now()
			err := launch(t, group, c).Ready(t.Context())
			_ = as[*proc.NotReadyError](t, err)
			mention(t, err, append(row.say, "orders", row.within.String(), "try: ")...)
			if took := time.Since(began); took > row.within+5*time.Second {
				t.Errorf("it took %s to say so", took)
			}
		})
	}
}

func TestPortTaken(t *testing.T) {
	group, _ := start(t)
	me := "pid " + strconv.Itoa(os.Getpid())
	listen := func(t *testing.T, port int) {
		l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(port))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
	}
	t.Run("before the launch", func(t *testing.T) {
		port := freePort(t)
		listen(t, port)
		_, err := group.Launch(t.Context(), server(t, "orders", port))
		_ = as[*proc.PortTakenError](t, err)
		mention(t, err, "orders", strconv.Itoa(port), me, "try: ")
	})
	t.Run("after the launch, by one who answers in the service's place", func(t *testing.T) {
		c := script("orders", "sleep 1000")
		c.Port = freePort(t)
		p := launch(t, group, c)
		listen(t, c.Port)
		err := p.Ready(t.Context())
		_ = as[*proc.NotReadyError](t, err)
		_ = as[*proc.PortTakenError](t, err)
		mention(t, err, "orders", me, "not part of this run")
	})
	t.Run("after the launch, so that the service gives up", func(t *testing.T) {
		flag := filepath.Join(t.TempDir(), "flag")
		c := script("orders", `until [ -e "$FLAG" ]; do sleep 0.01; done; echo "address in use" >&2; exit 1`)
		c.Port, c.Env, c.Ready.Log = freePort(t), append(c.Env, "FLAG="+flag), "never"
		p := launch(t, group, c)
		listen(t, c.Port)
		if err := os.WriteFile(flag, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		err := p.Ready(t.Context())
		_ = as[*proc.DiedError](t, err)
		_ = as[*proc.PortTakenError](t, err)
		mention(t, err, "address in use", me)
	})
}
