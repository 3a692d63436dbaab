package proc

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"
)

const (
	lineLimit = 64 << 10               // bytes of a line; the rest up to its end is dropped
	lineQueue = 1024                   // lines that wait for Config.Log
	patience  = 100 * time.Millisecond // for a Log that stands still, before lines are dropped
	cutMark   = " [cut]"
)

// A splitter makes lines out of writes. It holds at most lineLimit bytes.
type splitter struct {
	emit func(text string)
	part []byte // of a line whose end has not come
	cut  bool   // part was emitted at the limit; the rest of the line goes
}

func (s *splitter) write(b []byte) {
	for {
		i := bytes.IndexByte(b, '\n')
		if i < 0 {
			s.take(b)
			return
		}
		s.take(b[:i])
		if !s.cut {
			s.send("")
		}
		s.cut = false
		b = b[i+1:]
	}
}

// take adds to the line, which is emitted as soon as it is too long.
func (s *splitter) take(b []byte) {
	if s.cut {
		return
	}
	room := lineLimit - len(cutMark) - len(s.part)
	if len(b) <= room {
		s.part = append(s.part, b...)
		return
	}
	s.part = append(s.part, b[:room]...)
	s.send(cutMark)
	s.cut = true
}

func (s *splitter) send(mark string) {
	text := strings.ToValidUTF8(string(bytes.TrimSuffix(s.part, []byte("\r"))), "?")
	s.part = s.part[:0]
	s.emit(text + mark)
}

// flush emits what has no end yet.
func (s *splitter) flush() {
	if len(s.part) > 0 {
		s.send("")
	}
}

// A pump hands lines to Config.Log, so that a slow log holds up a service for
// a short while only. It holds at most 1,024 lines.
type pump struct {
	log     func(Line)
	lines   chan Line
	still   atomic.Bool  // the log stood still for as long as anyone waits
	dropped atomic.Int64 // since the last report
	ended   chan struct{}
}

func newPump(log func(Line)) *pump {
	p := &pump{log: log, lines: make(chan Line, lineQueue), ended: make(chan struct{})}
	if log == nil {
		close(p.ended)
		return p
	}
	go p.run()
	return p
}

func (p *pump) run() {
	defer close(p.ended)
	for line := range p.lines {
		p.log(line)
		p.still.Store(false)
		if n := p.dropped.Swap(0); n > 0 {
			text := fmt.Sprintf("%d lines of the services' output were dropped here: it is read too slowly", n)
			p.log(Line{Service: "seam", Stream: "stderr", Time: time.Now(), Text: text, Styled: text})
		}
	}
}

// put queues a line. It waits where the log is behind, and drops the line
// where the log stands still.
func (p *pump) put(line Line) {
	if p.log == nil {
		return
	}
	select {
	case p.lines <- line:
		return
	default:
	}
	if !p.still.Load() {
		wait := time.NewTimer(patience)
		defer wait.Stop()
		select {
		case p.lines <- line:
			return
		case <-wait.C:
			p.still.Store(true)
		}
	}
	p.dropped.Add(1)
}

// close waits until every line was handed over. Nobody may put any more. It
// gives a log that never returns two seconds.
func (p *pump) close() error {
	close(p.lines)
	wait := time.NewTimer(2 * time.Second)
	defer wait.Stop()
	for {
		left := len(p.lines)
		select {
		case <-p.ended:
			return nil
		case <-wait.C:
			if len(p.lines) == left {
				return errors.New("the log of the services stands still: its last lines are lost")
			}
			wait.Reset(2 * time.Second)
		}
	}
}

// clip cuts text to at most limit bytes between two characters.
func clip(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	end := limit - len(cutMark)
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + cutMark // a copy: the long text can go
}
