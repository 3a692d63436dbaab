package main

import (
	"errors"
	"net"
	"syscall"
)

// remedy says what to do about what the system refuses, whoever met it; ""
// for any other error.
func remedy(err error) string {
	var at *net.OpError
	listening := errors.As(err, &at) && at.Op == "listen"
	switch {
	case listening && errors.Is(err, syscall.EADDRNOTAVAIL):
		return "\ntry: an address of this machine, such as 127.0.0.1; port 0 takes a free one"
	case listening && errors.Is(err, syscall.EACCES):
		return "\ntry: a port from 1024 on; those below are kept for root"
	case listening && errors.Is(err, syscall.EADDRINUSE):
		return "\ntry: end what holds it, or name another port; 0 takes a free one"
	case errors.Is(err, syscall.EMFILE):
		return "\ntry: let a process open more files: ulimit -n 4096"
	case errors.Is(err, syscall.ENFILE):
		return "\ntry: let the system open more files: sysctl fs.file-max"
	case errors.Is(err, syscall.ENOSPC):
		return "\ntry: free room on that disk, or name a file on another"
	default:
		return ""
	}
}
