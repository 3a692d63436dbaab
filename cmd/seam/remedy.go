package main

import (
	"errors"
	"syscall"
)

// remedy says what to do about what the system refuses, whoever met it; ""
// for any other error.
func remedy(err error) string {
	switch {
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
