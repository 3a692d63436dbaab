package fault

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"time"
)

// A faulty way to a provider has one fault.
type faulty struct {
	fault Fault
	way   http.RoundTripper
}

// RoundTrip lets the fault strike the request.
func (f *faulty) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := pause(r.Context(), f.fault.Latency); err != nil {
		discard(r)
		return nil, err
	}
	switch {
	case f.fault.Reset:
		discard(r)
		return nil, ErrReset
	case f.fault.Status != 0:
		discard(r)
		return f.answer(r), nil
	}
	response, err := f.way.RoundTrip(r)
	if err != nil || response.Body == nil || response.StatusCode == http.StatusSwitchingProtocols {
		return response, err
	}
	if f.fault.Rate > 0 {
		wait := func(d time.Duration) error { return pause(r.Context(), d) }
		response.Body = &slow{ReadCloser: response.Body, rate: f.fault.Rate, pause: wait}
	}
	if f.fault.Cut > 0 {
		response.Body = &cut{ReadCloser: response.Body, left: f.fault.Cut}
	}
	return response, nil
}

// discard closes the body of a request that is not sent, as a RoundTripper must.
func discard(r *http.Request) {
	if r.Body != nil {
		_ = r.Body.Close() // nobody reads it any more
	}
}

// answer stands for the provider's.
func (f *faulty) answer(r *http.Request) *http.Response {
	code := f.fault.Status
	a := &http.Response{
		Status: fmt.Sprintf("%d %s", code, http.StatusText(code)), StatusCode: code,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Seam-Fault": {f.fault.String()}}, Body: http.NoBody, Request: r,
	}
	if code == http.StatusNoContent || code == http.StatusNotModified {
		return a
	}
	body := fmt.Appendf(nil, "{\"error\":\"an injected fault stands for the provider's answer\",\"fault\":%q}\n", f.fault.String())
	a.Header["Content-Type"] = []string{"application/json"}
	a.ContentLength = int64(len(body))
	a.Header["Content-Length"] = []string{fmt.Sprint(len(body))}
	if r.Method != http.MethodHead {
		a.Body = io.NopCloser(bytes.NewReader(body))
	}
	return a
}

// A cut body breaks off.
type cut struct {
	io.ReadCloser
	left int64
}

func (c *cut) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, io.ErrUnexpectedEOF
	}
	n, err := c.ReadCloser.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	return n, err
}

// A slow body comes at a rate, in pieces of a fiftieth of a second.
type slow struct {
	io.ReadCloser
	rate  int64
	pause func(time.Duration) error // until the request ends
}

func (s *slow) Read(p []byte) (int, error) {
	const pieces = 50
	n, err := s.ReadCloser.Read(p[:min(int64(len(p)), max(s.rate/pieces, 1))])
	if n == 0 {
		return n, err
	}
	if late := s.pause(time.Duration(n) * time.Second / time.Duration(s.rate)); late != nil {
		return n, late
	}
	return n, err
}
