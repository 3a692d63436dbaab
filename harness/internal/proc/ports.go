package proc

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
)

// A Lease is a free port that no other seam of this user chooses as long as
// it is held. It ends with the process at the latest.
type Lease struct {
	Port int
	file *os.File
	once sync.Once
}

// Release lets others choose the port. It may be called more than once.
func (l *Lease) Release() { l.once.Do(func() { l.file.Close() }) }

// FreePort chooses a port that nobody holds, below the range from which the
// system takes ports for outgoing connections, and none of avoid. A stranger
// can still take it before the service does: whoever launches it should try
// once more with another on a *PortTakenError.
func FreePort(avoid ...int) (*Lease, error) {
	folder := filepath.Join(os.TempDir(), "seam-ports-"+strconv.Itoa(os.Getuid()))
	if err := os.Mkdir(folder, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("choose a free port: %w; try: TMPDIR=/tmp, a folder that exists and can be written to", err)
	}
	from, to := portRange()
	start := rand.IntN(to - from)
	for i := range to - from {
		port := from + (start+i)%(to-from)
		if slices.Contains(avoid, port) {
			continue
		}
		lease, err := lease(folder, port)
		if err != nil {
			return nil, fmt.Errorf("choose a free port: %w", err)
		}
		if lease == nil {
			continue
		}
		if _, taken := Taken(port); !taken && !boundElsewhere(port) {
			return lease, nil
		}
		lease.Release()
	}
	return nil, fmt.Errorf("choose a free port: all from %d to %d are taken", from, to-1)
}

// lease locks the file of a port; nil where another seam has it.
func lease(folder string, port int) (*Lease, error) {
	file, err := os.OpenFile(filepath.Join(folder, strconv.Itoa(port)), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := flock(file); err != nil {
		file.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, nil
		}
		return nil, fmt.Errorf("lock %s: %w", file.Name(), err)
	}
	return &Lease{Port: port, file: file}, nil
}

func flock(file *os.File) error {
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}

// Taken tells whether nobody else can listen on a port of this machine's own
// addresses, and who holds it, as far as this user may know.
func Taken(port int) (who string, taken bool) {
	for _, addr := range []string{"127.0.0.1", "::1"} {
		l, err := net.Listen("tcp", net.JoinHostPort(addr, strconv.Itoa(port)))
		if err == nil {
			l.Close()
		} else if errors.Is(err, syscall.EADDRINUSE) {
			return holder(port), true
		}
	}
	return "", false
}
