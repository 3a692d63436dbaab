//go:build unix

package load

import (
	"errors"
	"syscall"
)

// writeSome writes what the kernel takes without waiting; sockets do not block here.
func writeSome(fd uintptr, b []byte) (int, syscall.Errno) {
	n, err := syscall.Write(int(fd), b)
	if err != nil {
		var errno syscall.Errno
		_ = errors.As(err, &errno) // it is one
		return 0, errno
	}
	return n, 0
}
