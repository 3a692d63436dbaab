package edge

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// headerWait is how long an answer's header waits for its body's first bytes,
// to leave in one packet with them.
const headerWait = time.Millisecond

var buffers = sync.Pool{New: func() any { return new([32 << 10]byte) }}

// answer passes the provider's answer on as it comes.
func (c *call) answer(w http.ResponseWriter, response *http.Response) {
	if c.Status < 200 {
		c.Status = 0
		c.refuse(w, c.noAnswer(errors.New("malformed HTTP status code")))
		return
	}
	c.fence()
	c.header(w.Header(), response)
	w.WriteHeader(c.Status)
	s := &sink{w: w, control: http.NewResponseController(w), left: response.ContentLength}
	if c.Method == http.MethodHead {
		s.left = 0
	}
	if c.capture != nil {
		c.capture.response.expect(s.left)
	}
	defer s.stop()
	s.begin()
	err := c.pass(s, response.Body)
	if err == nil {
		trailers(w.Header(), response)
		c.called(response)
		err = s.finish(c.request.ProtoMajor)
	}
	c.Took = time.Since(c.Start)
	if err != nil {
		c.breakOff(s, err)
	}
}

// header copies the answer's header. What net/http would add to it is kept away.
func (c *call) header(h http.Header, response *http.Response) {
	upgrade := upgradeOf(response.Header)
	withinConnection(response.Header)
	for name, values := range response.Header {
		h[name] = values
	}
	if upgrade != nil && c.request.ProtoMajor == 1 {
		h["Connection"], h["Upgrade"] = []string{"Upgrade"}, upgrade
	}
	if c.Status == http.StatusNotModified && c.request.ProtoMajor == 1 {
		for _, dropped := range [...]string{"Content-Type", "Content-Length"} {
			if values, there := h[dropped]; there { // net/http looks for this spelling only
				delete(h, dropped)
				h[strings.ToLower(dropped)] = values
			}
		}
	}
	for _, added := range [...]string{"Date", "Content-Type"} {
		if _, there := h[added]; !there {
			h[added] = nil
		}
	}
	if response.Close && c.request.ProtoMajor == 1 {
		h["Connection"] = append(h["Connection"], "close")
	}
	if len(response.Trailer) > 0 {
		names := make([]string, 0, len(response.Trailer))
		for name := range response.Trailer {
			names = append(names, name)
		}
		h["Trailer"] = []string{strings.Join(names, ", ")}
	}
}

// trailers copies the fields that came after the body, announced or not.
func trailers(h http.Header, response *http.Response) {
	announced := h.Get("Trailer")
	for name, values := range response.Trailer {
		if !maySayLate(name) {
			continue
		}
		if !hasToken([]string{announced}, name) {
			name = http.TrailerPrefix + name
		}
		h[name] = values
	}
}

// pass copies the body to the consumer, counting and recording it.
func (c *call) pass(s *sink, body io.Reader) error {
	if body == http.NoBody {
		return nil
	}
	buffer, _ := buffers.Get().(*[32 << 10]byte)
	defer buffers.Put(buffer)
	for {
		n, err := body.Read(buffer[:])
		if n > 0 {
			c.ResponseBytes += int64(n)
			if c.capture != nil {
				c.capture.response.write(buffer[:n])
			}
			if wrong := s.write(buffer[:n]); wrong != nil {
				return wrong
			}
		}
		switch {
		case err == io.EOF && s.left > 0:
			return &truncated{io.ErrUnexpectedEOF}
		case err == io.EOF:
			return nil
		case err != nil:
			return &truncated{err}
		}
	}
}

// A truncated error says that the provider's answer broke off.
type truncated struct{ error }

func (t *truncated) Unwrap() error { return t.error }

// breakOff ends an answer that cannot be completed so that the consumer notices.
func (c *call) breakOff(s *sink, err error) {
	var cut *truncated
	switch {
	case c.request.Context().Err() != nil || !errors.As(err, &cut):
		c.Fault, c.message = faultCanceled, "the consumer went away within the answer"
	default:
		c.Fault, c.message = faultTruncated, "the answer broke off: "+text(err)
		s.flushHeader() // which has come whole
	}
	if s.size < 0 && !c.request.ProtoAtLeast(1, 1) {
		_ = c.conn.SetLinger(0) // the end of the connection would look like the end of the body
	}
	panic(http.ErrAbortHandler)
}

// A sink writes an answer's body. It flushes whenever the provider pauses, so
// that streams flow, but lets a short answer leave in one packet.
type sink struct {
	w       http.ResponseWriter
	control *http.ResponseController
	size    int64 // of the whole body; negative: unknown

	mu    sync.Mutex
	left  int64 // to come; written by the goroutine of pass only; negative where size is
	wrote bool  // the header or some of the body has left; guarded by mu
	late  *time.Timer
}

// begin sends the header at once where more is to come at an unknown time.
func (s *sink) begin() {
	s.size = s.left
	switch {
	case s.size < 0:
		s.flush()
	case s.size > 0:
		s.late = time.AfterFunc(headerWait, s.flushHeader)
	}
}

// flushHeader is called when the body is late, or does not come.
func (s *sink) flushHeader() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.wrote {
		s.flush()
	}
}

// stop keeps a late header back: when the handler has returned, what it would be
// written to may belong to another connection.
func (s *sink) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wrote = true
	if s.late != nil {
		s.late.Stop()
	}
}

// flush ignores its error: the next write meets it again. mu is held, or
// nobody else knows of s yet.
func (s *sink) flush() {
	s.wrote = true
	_ = s.control.Flush()
}

func (s *sink) write(p []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.late != nil {
		s.late.Stop()
		s.late = nil
	}
	s.wrote = true
	if _, err := s.w.Write(p); err != nil {
		return err
	}
	s.left -= int64(len(p))
	if s.size >= 0 && s.left <= 0 {
		return nil
	}
	return s.control.Flush()
}

// finish sends what is left, so that the exchange is observed after it. In
// HTTP/2 an answer without a body must end with its header, which net/http
// does when the handler returns.
func (s *sink) finish(major int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	wrote := s.wrote
	s.wrote = true
	if major != 1 && !wrote {
		return nil
	}
	return s.control.Flush()
}
