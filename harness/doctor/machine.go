package doctor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/seamtest/seam/harness/internal/proc"
)

// portRange looks whether there are ports that no outgoing connection is given.
func portRange() Check {
	from, to := proc.PortRange()
	c := ok("free ports", "seam chooses from %d to %d", from, to-1)
	low, high, known := proc.Ephemeral()
	if known && low < to && high >= from {
		c.Found += fmt.Sprintf("; outgoing connections are given %d to %d, so one can be gone before a service binds it", low, high)
		return c.but(Warn, "sysctl -w net.ipv4.ip_local_port_range='32768 60999'")
	}
	lease, err := proc.FreePort()
	if err != nil {
		return c.broken(err, "end what holds them, or mend the folder of temporary files")
	}
	lease.Release()
	return c
}

// files looks at how many files and connections seam may have open: it needs
// some 26 for two services, and two for each call under way.
func (p Patient) files() Check {
	const plenty = 1024
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return ok("open files", "unknown: %v", err).but(Warn, "see that ulimit -n is at least %d", plenty)
	}
	need := uint64(32)
	if p.Spec != nil {
		need += uint64(10*len(p.Spec.Services) + 4*len(p.Spec.Edges()))
	}
	c := ok("open files", "%d at once; this system needs %d before its first call", limit.Cur, need)
	switch {
	case limit.Cur < need:
		return c.but(Fail, "ulimit -n %d", 4*plenty)
	case limit.Cur < plenty:
		return c.but(Warn, "ulimit -n %d, or a load of many connections fails", 4*plenty)
	}
	return c
}

func loopback4() Check {
	return listens("IPv4", "127.0.0.1:0", Fail, "bring the loopback device up: ip link set lo up")
}

func loopback6() Check {
	return listens("IPv6", "[::1]:0", Warn, "have services listen on 127.0.0.1; a service that takes ::1 for localhost cannot start")
}

func listens(name, address string, otherwise Result, remedy string) Check {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return ok(name, "%v", err).but(otherwise, "%s", remedy)
	}
	l.Close()
	return ok(name, "this machine can be called on %s", strings.TrimSuffix(address, ":0"))
}

func localhost() Check {
	c := ok("localhost", "")
	addresses, err := net.LookupHost("localhost")
	if err != nil {
		c.Found = err.Error()
		return c.but(Warn, "add it to /etc/hosts: 127.0.0.1 localhost")
	}
	c.Found = "is " + strings.Join(addresses, " and ")
	if !slices.ContainsFunc(addresses, func(a string) bool { return net.ParseIP(a).IsLoopback() }) {
		return c.but(Warn, "mend /etc/hosts: 127.0.0.1 localhost")
	}
	return c
}

// guard starts a real one and has it end.
func guard(ctx context.Context) Check {
	c := ok("guard", "ends what a run started, however seam ends")
	began := time.Now()
	group, err := proc.Start(ctx, proc.Config{})
	if err == nil {
		c.Found += fmt.Sprintf("; up in %s", time.Since(began).Round(time.Millisecond/10))
		err = group.Stop(ctx)
	}
	if err != nil {
		return c.broken(err, "see that seam may start itself anew: /proc must be there, and processes to spare (ulimit -u)")
	}
	if err := proc.Adopts(); err != nil {
		c.Found = fmt.Sprintf("there is none that outlives seam (%v)", err)
		return c.but(Warn, "end seam with Ctrl-C; one that is killed can leave services behind")
	}
	return c
}

// clock looks how finely it ticks, and how late sleepers wake.
func clock() Check {
	const samples, coarse, late = 20, time.Millisecond, 5 * time.Millisecond
	tick := time.Hour
	for range samples {
		began := time.Now()
		now := began
		for now.Equal(began) {
			now = time.Now()
		}
		tick = min(tick, now.Sub(began))
	}
	var overslept []time.Duration
	for range samples {
		began := time.Now()
		time.Sleep(time.Millisecond)
		overslept = append(overslept, time.Since(began)-time.Millisecond)
	}
	slices.Sort(overslept)
	c := ok("clock", "ticks every %s; a sleep ends %s late (median of %d)", tick, overslept[samples/2].Round(time.Microsecond), samples)
	switch {
	case tick > coarse:
		return c.but(Warn, "times below %s mean nothing here: try another clock source of the system", tick)
	case overslept[samples/2] > late:
		return c.but(Warn, "the machine is busy: a load run may be invalid")
	}
	return c
}

// busy compares the load of the last minute with the processors.
func busy() Check {
	n := runtime.NumCPU()
	c := ok("processors", "%d", n)
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return c // not this system
	}
	first, _, _ := strings.Cut(string(text), " ")
	load, err := strconv.ParseFloat(first, 64)
	if err != nil {
		return c
	}
	c.Found = fmt.Sprintf("%d, with %.1f processes that want one", n, load)
	if load > 2*float64(n) {
		return c.but(Warn, "end other work before a load run: its figures would be those of the queue")
	}
	return c
}

// temporary looks at the folder that holds leases of ports.
func temporary() Check {
	const enough, little = 100 << 20, 1 << 20
	folder := os.TempDir()
	c := ok("temporary files", "%s", folder)
	file, err := os.CreateTemp(folder, "seam-doctor-*")
	if err != nil {
		return c.broken(err, "TMPDIR=/tmp, a folder that exists and can be written to")
	}
	if err := errors.Join(file.Close(), os.Remove(file.Name())); err != nil {
		c.Found = err.Error()
		return c.but(Warn, "mend the folder %s", folder)
	}
	free, err := room(folder)
	if err != nil {
		return c
	}
	c.Found = fmt.Sprintf("%s, with %d MiB of room", folder, free>>20)
	switch {
	case free < little:
		return c.but(Fail, "free room there, or name another folder in TMPDIR")
	case free < enough:
		return c.but(Warn, "free room there, or name another folder in TMPDIR")
	}
	return c
}

func room(folder string) (bytes uint64, err error) {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(folder, &disk); err != nil {
		return 0, err
	}
	return disk.Bavail * uint64(disk.Bsize), nil
}
