package proc

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// Ephemeral is the range from which the system takes ports for outgoing
// connections, both ends included.
func Ephemeral() (from, to int, known bool) {
	text, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range")
	fields := strings.Fields(string(text))
	if err != nil || len(fields) != 2 {
		return 0, 0, false
	}
	from, err1 := strconv.Atoi(fields[0])
	to, err2 := strconv.Atoi(fields[1])
	return from, to, err1 == nil && err2 == nil
}

// Adopts says why a guard could not become the parent of orphaned processes;
// nil where it could. This process is one for as long as the call takes.
func Adopts() error {
	for _, adopt := range []uintptr{1, 0} {
		if _, _, errno := syscall.RawSyscall(syscall.SYS_PRCTL, setChildSubreaper, adopt, 0); errno != 0 {
			return fmt.Errorf("adopt orphaned processes: %w", errno)
		}
	}
	return nil
}
