package proc_test

import (
	"os"
	"os/exec"
	"testing"

	"github.com/seamtest/seam/harness/internal/proc"
)

// The cost of a guard: a run without any service.
func BenchmarkStartAndStop(b *testing.B) {
	for b.Loop() {
		group, err := proc.Start(b.Context(), proc.Config{})
		if err != nil {
			b.Fatal(err)
		}
		if err := group.Stop(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		group, err := proc.Start(b.Context(), proc.Config{})
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if err := group.Stop(b.Context()); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}

// The cost of a process through the guard, and the same without it.
func BenchmarkRunTrue(b *testing.B) {
	b.Run("guard", func(b *testing.B) {
		group, err := proc.Start(b.Context(), proc.Config{})
		if err != nil {
			b.Fatal(err)
		}
		defer func() {
			if err := group.Stop(b.Context()); err != nil {
				b.Error(err)
			}
		}()
		c := proc.Command{Service: "true", Argv: []string{"true"}, Env: os.Environ()}
		b.ReportAllocs()
		for b.Loop() {
			if err := group.Build(b.Context(), c); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("os-exec", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := exec.Command("true").CombinedOutput(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// The cost of Launch with the look at the port, and of Ready for a service
// that is ready already.
func BenchmarkLaunchAndReady(b *testing.B) {
	group, err := proc.Start(b.Context(), proc.Config{})
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := group.Stop(b.Context()); err != nil {
			b.Error(err)
		}
	}()
	lease, err := proc.FreePort()
	if err != nil {
		b.Fatal(err)
	}
	defer lease.Release()
	c := script("orders", "echo up; exec sleep 1000")
	c.Port, c.Ready.Log = lease.Port, "up"
	for b.Loop() {
		p, err := group.Launch(b.Context(), c)
		if err != nil {
			b.Fatal(err)
		}
		if err := p.Ready(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
