package load

import (
	"syscall"
	"time"
	"unsafe"
)

// prSetTimerslack is PR_SET_TIMERSLACK of prctl(2).
const prSetTimerslack = 29

// sharpen asks the kernel to wake the calling thread without slack: the
// default lets a sleep end 50 microseconds late.
func sharpen() {
	_, _, _ = syscall.RawSyscall(syscall.SYS_PRCTL, prSetTimerslack, 1, 0)
}

// nap sleeps on the thread itself; time.Sleep ends up to a millisecond late.
func nap(d time.Duration) {
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
