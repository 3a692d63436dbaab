package proc

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"time"
)

// An order goes from seam to its guard. A launch comes with two open files:
// where the process is to write its output and its errors.
type order struct {
	Do     string        `json:"do"` // launch, end, stop, kill
	ID     int           `json:"id,omitempty"`
	Path   []byte        `json:"path,omitempty"` // bytes, as names need not be UTF-8
	Dir    []byte        `json:"dir,omitempty"`
	Argv   []byte        `json:"argv,omitempty"`   // joined by zeros, as the kernel does
	Env    []byte        `json:"env,omitempty"`    // likewise
	Within time.Duration `json:"within,omitempty"` // from SIGTERM to SIGKILL
}

// A notice goes from the guard to seam.
type notice struct {
	Is     string         `json:"is"` // up, started, refused, exited, stopped
	ID     int            `json:"id,omitempty"`
	Pid    int            `json:"pid,omitempty"`
	Errno  syscall.Errno  `json:"errno,omitempty"` // why it was refused; 0: see Error
	Error  string         `json:"error,omitempty"`
	Code   int            `json:"code,omitempty"`
	Signal syscall.Signal `json:"signal,omitempty"`
	Left   []int          `json:"left,omitempty"` // processes that even SIGKILL did not end
}

// A wire carries messages as lines of JSON, with open files beside them, over
// a Unix stream socket. One goroutine may send while one receives.
type wire struct {
	conn  *net.UnixConn
	part  []byte // received, not yet a whole line
	files []int  // received, not yet taken
}

// messageLimit is beyond what Linux takes as arguments and environment, in JSON.
const messageLimit = 32 << 20

func newWire(fd int) (*wire, error) {
	file := os.NewFile(uintptr(fd), "guard")
	if file == nil {
		return nil, fmt.Errorf("no open file %d", fd)
	}
	defer file.Close()
	conn, err := net.FileConn(file)
	if err != nil {
		return nil, err
	}
	unix, ok := conn.(*net.UnixConn)
	if !ok {
		conn.Close()
		return nil, fmt.Errorf("open file %d is no Unix socket", fd)
	}
	return &wire{conn: unix}, nil
}

// close ends the connection for both sides.
func (w *wire) close() {
	_ = w.conn.Close() // nothing is on its way that anybody would miss
}

func (w *wire) send(message any, files ...*os.File) error {
	line, err := json.Marshal(message)
	if err != nil {
		return err
	}
	line = append(line, '\n')
	var rights []byte
	if len(files) > 0 {
		fds := make([]int, len(files))
		for i, f := range files {
			fds[i] = int(f.Fd())
		}
		rights = syscall.UnixRights(fds...)
	}
	n, _, err := w.conn.WriteMsgUnix(line, rights, nil)
	if err == nil && n < len(line) {
		_, err = w.conn.Write(line[n:])
	}
	return err
}

// receive reads the next message.
func (w *wire) receive(message any) error {
	for searched := 0; ; {
		if i := bytes.IndexByte(w.part[searched:], '\n'); i >= 0 {
			line := w.part[:searched+i]
			w.part = w.part[searched+i+1:]
			return json.Unmarshal(line, message)
		}
		searched = len(w.part)
		if searched > messageLimit {
			return errors.New("a message is too long")
		}
		if err := w.fill(); err != nil {
			return err
		}
	}
}

func (w *wire) fill() error {
	buffer, rights := make([]byte, 32<<10), make([]byte, 256)
	n, r, _, _, err := w.conn.ReadMsgUnix(buffer, rights)
	if err != nil {
		return err
	}
	w.part = append(w.part, buffer[:n]...)
	fds, err := parseRights(rights[:r])
	w.files = append(w.files, fds...)
	return err
}

func parseRights(rights []byte) ([]int, error) {
	if len(rights) == 0 {
		return nil, nil
	}
	messages, err := syscall.ParseSocketControlMessage(rights)
	if err != nil {
		return nil, err
	}
	var fds []int
	for i := range messages {
		more, err := syscall.ParseUnixRights(&messages[i])
		if err != nil {
			return fds, err
		}
		fds = append(fds, more...)
	}
	return fds, nil
}

// take removes the oldest n files; fewer where fewer came.
func (w *wire) take(n int) []int {
	n = min(n, len(w.files))
	taken := w.files[:n:n]
	w.files = w.files[n:]
	return taken
}
