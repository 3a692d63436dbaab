//go:build amd64 || arm64

package load

import (
	"syscall"
	"time"
	"unsafe"
)

// The system calls of a loop. Those that never block go without a word to the
// scheduler of goroutines (RawSyscall); only a wait gives up the processor.

// sysEpollPwait2 waits with nanoseconds; it has the same number on every
// architecture since Linux 5.11.
const sysEpollPwait2 = 441

// edgeTriggered is EPOLLET, which package syscall has as a negative number.
const edgeTriggered = 1 << 31

// An event is what epoll tells of a connection: Fd is its slot, Pad its generation.
type event = syscall.EpollEvent

// poll returns what is ready now.
func poll(epoll int, events []event) int {
	n, _, errno := syscall.RawSyscall6(syscall.SYS_EPOLL_PWAIT, uintptr(epoll), uintptr(unsafe.Pointer(&events[0])), uintptr(len(events)), 0, 0, 0)
	if errno != 0 {
		return 0
	}
	return int(n)
}

// pollFor waits for at most d. The kernel is asked to end the wait without
// slack: its default lets it end 50 microseconds late.
func pollFor(epoll int, events []event, d time.Duration) int {
	_, _, _ = syscall.RawSyscall(syscall.SYS_PRCTL, prSetTimerslack, 1, 0)
	limit := syscall.NsecToTimespec(int64(d))
	n, _, errno := syscall.Syscall6(sysEpollPwait2, uintptr(epoll), uintptr(unsafe.Pointer(&events[0])), uintptr(len(events)),
		uintptr(unsafe.Pointer(&limit)), 0, 8)
	if errno == syscall.ENOSYS {
		n, _, errno = syscall.Syscall6(syscall.SYS_EPOLL_PWAIT, uintptr(epoll), uintptr(unsafe.Pointer(&events[0])), uintptr(len(events)),
			uintptr(d.Milliseconds()), 0, 0)
	}
	if errno != 0 {
		return 0
	}
	return int(n)
}

func readFrom(fd int, b []byte) (int, syscall.Errno) {
	n, _, errno := syscall.RawSyscall6(syscall.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)), 0, 0, 0)
	return int(n), errno
}

func writeTo(fd int, b []byte) (int, syscall.Errno) {
	n, _, errno := syscall.RawSyscall6(syscall.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)), syscall.MSG_NOSIGNAL, 0, 0)
	return int(n), errno
}

// connect starts a connection that does not block; EINPROGRESS is no error.
func connect(to syscall.Sockaddr) (int, error) {
	family := syscall.AF_INET
	if _, six := to.(*syscall.SockaddrInet6); six {
		family = syscall.AF_INET6
	}
	fd, err := syscall.Socket(family, syscall.SOCK_STREAM|syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	_ = syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1) // a hint
	if loopback(to) {
		_ = syscall.SetsockoptString(fd, syscall.IPPROTO_TCP, syscall.TCP_CONGESTION, "reno") // nothing to probe, and nothing paces what is sent
	}
	if err := syscall.Connect(fd, to); err != nil && err != syscall.EINPROGRESS {
		_ = syscall.Close(fd)
		return -1, err
	}
	return fd, nil
}

// loopback reports whether an address is of this machine itself, where no
// network is shared.
func loopback(to syscall.Sockaddr) bool {
	switch to := to.(type) {
	case *syscall.SockaddrInet4:
		return to.Addr[0] == 127
	case *syscall.SockaddrInet6:
		return to.Addr == [16]byte{15: 1}
	}
	return false
}

// connected is the outcome of a connection that was being made.
func connected(fd int) error {
	code, err := syscall.GetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_ERROR)
	if err != nil {
		return err
	}
	if code != 0 {
		return syscall.Errno(code)
	}
	return nil
}

// watch has epoll tell of every change of the connection.
func watch(epoll, fd int, slot, generation int32) error {
	e := event{Events: syscall.EPOLLIN | syscall.EPOLLOUT | syscall.EPOLLRDHUP | edgeTriggered, Fd: slot, Pad: generation}
	return syscall.EpollCtl(epoll, syscall.EPOLL_CTL_ADD, fd, &e)
}
