package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"
)

// An origin answers every request at once and keeps when each came. A GET of
// stampsPath gives the stamps so far, 8 bytes each, and forgets them; one of
// stallPath with "?at=3s&for=2s" has it stand still from 3 s after the next
// request on, for 2 s.
type origin struct {
	listener net.Listener

	mu     sync.Mutex
	stamps []int64       // guarded by mu; nanoseconds
	armed  bool          // guarded by mu; the next request starts the clock of the stall
	at     time.Duration // guarded by mu
	length time.Duration // guarded by mu
	from   time.Time     // guarded by mu; of the stall
}

// mostStamps are kept; later requests are answered all the same.
const mostStamps = 1 << 22

const (
	stampsPath = "/_stamps"
	stallPath  = "/_stall"
)

var plainAnswer = []byte("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 31\r\n\r\nhello, world: 32 bytes of body\n")

// serve runs an origin until its listener ends.
func (o *origin) serve() error {
	o.stamps = make([]int64, 0, 1<<20)
	for {
		conn, err := o.listener.Accept()
		if err != nil {
			return err
		}
		go o.talk(conn.(*net.TCPConn)) // ends with its connection, at the latest with the process
	}
}

// talk answers one connection; no client sends a second request ahead of the answer.
func (o *origin) talk(c *net.TCPConn) {
	defer c.Close()
	read, err := stampedReads(c)
	if err != nil {
		return
	}
	buffer := make([]byte, 16<<10)
	for have := 0; have < len(buffer); {
		n, at, err := read(buffer[have:])
		if n <= 0 || err != nil {
			return
		}
		if have += n; !bytes.HasSuffix(buffer[:have], []byte("\r\n\r\n")) {
			continue
		}
		answer := plainAnswer
		if path, own := ownPath(buffer[:have]); own {
			answer = o.answerOwn(path)
		} else {
			time.Sleep(time.Until(o.stamp(at)))
		}
		if _, err := c.Write(answer); err != nil {
			return
		}
		have = 0
	}
}

func ownPath(request []byte) (string, bool) {
	_, rest, _ := strings.Cut(string(request[:min(len(request), 200)]), " ")
	path, _, _ := strings.Cut(rest, " ")
	return path, strings.HasPrefix(path, "/_")
}

// stamp keeps when a request came, and says when its answer may go.
func (o *origin) stamp(at time.Time) (until time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.stamps) < mostStamps {
		o.stamps = append(o.stamps, at.UnixNano())
	}
	if o.armed {
		o.armed, o.from = false, at.Add(o.at)
	}
	if end := o.from.Add(o.length); at.After(o.from) && at.Before(end) {
		return end
	}
	return at
}

func (o *origin) answerOwn(path string) []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	var body []byte
	if query, ok := strings.CutPrefix(path, stallPath+"?"); ok {
		for part := range strings.SplitSeq(query, "&") {
			name, value, _ := strings.Cut(part, "=")
			d, err := time.ParseDuration(value)
			if err != nil {
				return []byte("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
			}
			if name == "at" {
				o.at = d
			} else {
				o.length = d
			}
		}
		o.armed = true
	} else {
		for _, at := range o.stamps {
			body = binary.LittleEndian.AppendUint64(body, uint64(at))
		}
		o.stamps, o.from = o.stamps[:0], time.Time{}
	}
	return append(fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Length: %s\r\n\r\n", strconv.Itoa(len(body))), body...)
}
