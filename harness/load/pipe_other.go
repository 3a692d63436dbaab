//go:build !unix

package load

import "syscall"

// writeSome leaves everything to the goroutine where sockets are not files.
func writeSome(uintptr, []byte) (int, syscall.Errno) { return 0, syscall.EAGAIN }
