package load

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

// prSetTimerslack is PR_SET_TIMERSLACK of prctl(2).
const prSetTimerslack = 29

// nap sleeps on the thread itself and asks the kernel for no slack: time.Sleep
// ends up to a millisecond late, and the default slack is 50 microseconds.
func nap(d time.Duration) {
	_, _, _ = syscall.RawSyscall(syscall.SYS_PRCTL, prSetTimerslack, 1, 0)
	spec := syscall.NsecToTimespec(int64(d))
	_, _, _ = syscall.Syscall(syscall.SYS_NANOSLEEP, uintptr(unsafe.Pointer(&spec)), 0, 0)
}

// cpuTime is what this process has used so far, user and system.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// readProcessors reads what all processors did since the machine started (proc(5)).
func readProcessors() processorTime {
	file, err := os.Open("/proc/stat")
	if err != nil {
		return processorTime{}
	}
	defer file.Close()
	line, _ := bufio.NewReader(file).ReadString('\n')
	var t processorTime
	for i, field := range strings.Fields(line) {
		ticks, err := strconv.ParseInt(field, 10, 64)
		if err != nil || i > 8 {
			continue // the name, and guests, whose time is in that of users
		}
		t.all += ticks
		if i == 8 {
			t.stolen = ticks
		}
	}
	return t
}

// enoughFiles reports too few file descriptors before anything is sent.
func enoughFiles(job *Job) error {
	const others = 64
	var limit syscall.Rlimit
	_ = syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) // cannot fail: the resource exists
	room := int(min(limit.Cur, 1<<30)) - others
	if job.Connections > room {
		return fmt.Errorf("load: %d connections need more file descriptors than the limit of %d allows: raise it (ulimit -n %d), or lower the connections",
			job.Connections, limit.Cur, job.Connections+others)
	}
	job.MaxInFlight = min(job.MaxInFlight, max(room, 1))
	return nil
}
