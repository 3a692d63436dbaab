package proc

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// A socket is a row of /proc/net/tcp or tcp6.
type socket struct {
	addr      netip.Addr
	port      int
	listening bool
	uid       int
	inode     uint64
}

// here says that connections to this machine's own addresses reach the socket.
func (s socket) here() bool {
	return s.addr.IsUnspecified() || s.addr.Unmap().IsLoopback()
}

// parseSocket reads a row of /proc/net/tcp (proc_pid_net(5)): addresses are
// hexadecimal, in groups of four bytes that each are in the machine's order.
func parseSocket(row []byte) (socket, bool) {
	fields := bytes.Fields(row)
	if len(fields) < 10 {
		return socket{}, false
	}
	host, port, ok := bytes.Cut(fields[1], []byte(":"))
	raw, err := hex.DecodeString(string(host))
	if !ok || err != nil || len(raw)%4 != 0 {
		return socket{}, false
	}
	for i := 0; i < len(raw); i += 4 {
		binary.BigEndian.PutUint32(raw[i:], binary.NativeEndian.Uint32(raw[i:]))
	}
	s := socket{listening: string(fields[3]) == "0A"}
	if s.addr, ok = netip.AddrFromSlice(raw); !ok {
		return socket{}, false
	}
	number, err1 := strconv.ParseUint(string(port), 16, 16)
	uid, err2 := strconv.Atoi(string(fields[7]))
	inode, err3 := strconv.ParseUint(string(fields[9]), 10, 64)
	if err1 != nil || err2 != nil || err3 != nil {
		return socket{}, false
	}
	s.port, s.uid, s.inode = int(number), uid, inode
	return s, true
}

// sockets lists the TCP sockets that keep wants, in any state.
func sockets(keep func(socket) bool) []socket {
	var all []socket
	for _, file := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // no IPv6
		}
		for row := range bytes.Lines(text) {
			if s, ok := parseSocket(row); ok && keep(s) {
				all = append(all, s)
			}
		}
	}
	return all
}

// listeners lists the listening TCP sockets that keep wants.
func listeners(keep func(socket) bool) []socket {
	var all []socket
	for _, family := range []byte{syscall.AF_INET, syscall.AF_INET6} {
		some, err := diagListeners(family)
		if err != nil { // a kernel or a sandbox without sock_diag
			return sockets(func(s socket) bool { return s.listening && keep(s) })
		}
		all = append(all, some...)
	}
	return slices.DeleteFunc(all, func(s socket) bool { return !s.listening || !keep(s) })
}

// holder names who has a port: who listens on it, if anybody does.
func holder(port int) string {
	on := listeners(func(s socket) bool { return s.port == port })
	if len(on) == 0 {
		on = sockets(func(s socket) bool { return s.port == port })
	}
	return owner(on)
}

// boundElsewhere tells whether a service could not listen on every address of
// this machine, because somebody holds the port on one of them. It binds and
// does not listen, so nothing is open to the network meanwhile.
func boundElsewhere(port int) bool {
	for _, addr := range []syscall.Sockaddr{&syscall.SockaddrInet4{Port: port}, &syscall.SockaddrInet6{Port: port}} {
		family := syscall.AF_INET
		if _, six := addr.(*syscall.SockaddrInet6); six {
			family = syscall.AF_INET6
		}
		fd, err := syscall.Socket(family, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
		if err != nil {
			continue // no IPv6
		}
		_ = syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1) // as services do; without it the check is stricter
		if family == syscall.AF_INET6 {
			_ = syscall.SetsockoptInt(fd, syscall.IPPROTO_IPV6, syscall.IPV6_V6ONLY, 1) // likewise
		}
		err = syscall.Bind(fd, addr)
		_ = syscall.Close(fd) // it held nothing
		if errors.Is(err, syscall.EADDRINUSE) {
			return true
		}
	}
	return false
}

func owner(on []socket) string {
	inodes := map[uint64]bool{}
	for _, s := range on {
		inodes[s.inode] = true
	}
	for _, pid := range pids() {
		found := false
		holds(pid, func(inode uint64) { found = found || inodes[inode] })
		if found {
			return describe(pid)
		}
	}
	for _, s := range on {
		if s.uid != os.Getuid() {
			return fmt.Sprintf("a process of user %d that this user may not look at", s.uid)
		}
	}
	return "a process that cannot be seen from here"
}

// forwarders listen on behalf of a container: a service that is started by
// `docker run -p` is answered for by one of them.
var forwarders = []string{"docker-proxy", "rootlessport", "rootlesskit", "pasta", "passt", "slirp4netns", "gvproxy", "conmon", "netavark"}

// strangerOn names a process outside the run that listens on a port of this
// machine. A process that this user may not look at is no stranger: Launch
// found the port free, so it listens on behalf of the service (a container
// engine), or the service has changed its user.
func strangerOn(port int, run string, guard int) (who string, found bool) {
	open := map[uint64]bool{}
	for _, s := range listeners(func(s socket) bool { return s.port == port && s.here() }) {
		open[s.inode] = true
	}
	if len(open) == 0 {
		return "", false
	}
	all := processes()
	for _, ours := range []bool{true, false} {
		for pid := range all {
			if len(open) == 0 {
				return "", false
			}
			if below(all, pid, guard) != ours {
				continue
			}
			has := false
			holds(pid, func(inode uint64) {
				has = has || open[inode]
				if ours {
					delete(open, inode)
				}
			})
			if has && !ours && !ofRun(pid, run) && !slices.ContainsFunc(forwarders, func(f string) bool { return strings.HasPrefix(name(pid), f) }) {
				return describe(pid), true
			}
		}
	}
	return "", false
}

// listeningBelow lists the ports on which a process and its descendants listen.
func listeningBelow(root int) []int {
	open := map[uint64]int{}
	for _, s := range listeners(socket.here) {
		open[s.inode] = s.port
	}
	ports := map[int]bool{}
	all := processes()
	for pid := range all {
		if below(all, pid, root) {
			holds(pid, func(inode uint64) {
				if port, ok := open[inode]; ok {
					ports[port] = true
				}
			})
		}
	}
	return slices.Sorted(maps.Keys(ports))
}

// portRange is from where FreePort takes: from inclusive, to exclusive.
func portRange() (from, to int) {
	const lowest, enough, highest = 20000, 1000, 65536
	low, high, known := Ephemeral()
	switch {
	case !known:
		return lowest, 32768
	case low >= lowest+enough:
		return lowest, min(low, highest)
	case high+1+enough <= highest:
		return max(high+1, lowest), highest // the range begins low: take from above it
	default:
		return lowest, 32768 // it covers everything: the lock and the retry must do
	}
}
