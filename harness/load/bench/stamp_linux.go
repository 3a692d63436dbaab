package main

import (
	"encoding/binary"
	"net"
	"syscall"
	"time"
)

// soTimestamp is SO_TIMESTAMPNS of socket(7), also the type of what it brings.
const soTimestamp = 35

// stampedReads has reads of the connection come with the time at which the
// kernel took the bytes in, so that the origin's own delays are in no stamp.
func stampedReads(c *net.TCPConn) (func(b []byte) (int, time.Time, error), error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return nil, err
	}
	var refused error
	if err := raw.Control(func(fd uintptr) { refused = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, soTimestamp, 1) }); err != nil || refused != nil {
		return nil, cmpError(err, refused)
	}
	extra := make([]byte, 128)
	return func(b []byte) (n int, at time.Time, err error) {
		var more int
		var failed error
		err = raw.Read(func(fd uintptr) bool {
			n, more, _, _, failed = syscall.Recvmsg(int(fd), b, extra, 0)
			return failed != syscall.EAGAIN
		})
		return n, stampIn(extra[:max(more, 0)]), cmpError(err, failed)
	}, nil
}

// stampIn finds the time among what came beside the bytes; without one it is now.
func stampIn(extra []byte) time.Time {
	messages, err := syscall.ParseSocketControlMessage(extra)
	if err != nil {
		return time.Now()
	}
	for _, m := range messages {
		if m.Header.Level == syscall.SOL_SOCKET && m.Header.Type == soTimestamp && len(m.Data) >= 16 {
			return time.Unix(int64(binary.NativeEndian.Uint64(m.Data)), int64(binary.NativeEndian.Uint64(m.Data[8:])))
		}
	}
	return time.Now()
}

func cmpError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
