package proc

import (
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
)

func TestFreePortsDiffer(t *testing.T) {
	from, to := portRange()
	var mu sync.Mutex
	leases := map[int]*Lease{}
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			lease, err := FreePort()
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			if leases[lease.Port] != nil {
				t.Errorf("port %d was chosen twice", lease.Port)
			}
			if lease.Port < from || lease.Port >= to {
				t.Errorf("port %d is not within %d to %d", lease.Port, from, to)
			}
			leases[lease.Port] = lease
		})
	}
	all.Wait()
	for _, lease := range leases {
		lease.Release()
		lease.Release() // twice is once
	}
}

func TestLeaseIsExclusiveUntilReleased(t *testing.T) {
	folder := t.TempDir()
	first, err := lease(folder, 20001)
	if err != nil || first == nil {
		t.Fatal(first, err)
	}
	if second, err := lease(folder, 20001); err != nil || second != nil {
		t.Errorf("the port was leased twice: %v, %v", second, err)
	}
	first.Release()
	third, err := lease(folder, 20001)
	if err != nil || third == nil {
		t.Fatalf("the port was not released: %v", err)
	}
	third.Release()
}

func TestTaken(t *testing.T) {
	for _, addr := range []string{"127.0.0.1:0", "[::1]:0", "0.0.0.0:0"} {
		t.Run(addr, func(t *testing.T) {
			l, err := net.Listen("tcp", addr)
			if err != nil {
				t.Skipf("NOT TESTED: %v", err)
			}
			port := l.Addr().(*net.TCPAddr).Port
			who, taken := Taken(port)
			if !taken || !strings.HasPrefix(who, "pid ") || !strings.Contains(who, ".test") {
				t.Errorf("port %s: %q, %v; want this process", strconv.Itoa(port), who, taken)
			}
			l.Close()
			if who, taken := Taken(port); taken {
				t.Errorf("port %d is free again, not held by %s", port, who)
			}
		})
	}
}
