//go:build linux && (amd64 || arm64)

package load

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/seamtest/seam/harness/load/uring"
)

// Where the kernel has rings the closed model uses one, if it has connections
// enough; where it forbids them epoll does the work.
func TestTheClosedModelUsesARing(t *testing.T) {
	r, err := uring.New(1)
	switch {
	case err == nil:
		r.Close()
	case errors.Is(err, syscall.ENOSYS), errors.Is(err, syscall.EPERM), errors.Is(err, syscall.EINVAL):
		t.Logf("this kernel has no ring to offer, the tests of this file are held with epoll: %v", err)
	default:
		t.Fatal(err)
	}
	url := polite(t)
	for _, connections := range []int{leastRing - 1, leastRing} {
		l := aLoop(t, Job{Connections: connections, For: time.Hour, Requests: []Request{{URL: url}}})
		if has, may := l.ring != nil, err == nil && connections >= leastRing; has != may {
			t.Errorf("%d connections: a ring is used: %t, want %t", connections, has, may)
		}
	}
}

// Requests and answers of every size arrive whole, also where more comes than
// the ring has buffers for, and on connections that the server ends.
func TestWhatCrossesARingArrivesWhole(t *testing.T) {
	content := bytes.Repeat([]byte("0123456789abcdef"), 1<<16) // 1 MiB
	var wrong atomic.Int64
	var served sync.Map
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		size, _ := strconv.Atoi(r.URL.Query().Get("size"))
		if err != nil || !bytes.Equal(body, content[:len(body)]) || r.URL.Query().Get("sent") != strconv.Itoa(len(body)) {
			wrong.Add(1)
		}
		n, _ := served.LoadOrStore(size, new(atomic.Int64))
		n.(*atomic.Int64).Add(1)
		if r.URL.Query().Has("close") {
			w.Header().Set("Connection", "close")
		}
		_, _ = w.Write(content[:size])
	}))
	defer server.Close()
	job := Job{Connections: 40, Workers: 1, For: time.Second}
	for i, size := range []int{0, 1, 100, 2 << 10, 8 << 10, 8<<10 + 1, 70_000, 1 << 20} {
		for _, sent := range []int{0, 1500, 2 << 10, 300_000} {
			url := fmt.Sprintf("%s/?size=%d&sent=%d", server.URL, size, sent)
			if i%2 == 1 {
				url += "&close"
			}
			job.Requests = append(job.Requests, Request{Method: http.MethodPost, URL: url, Body: content[:sent]})
		}
	}
	job.Judge = func(a *Answer) string {
		if whole := a.Cut || bytes.Equal(a.Body, content[:len(a.Body)]); !whole {
			return "mixed-up"
		}
		return ""
	}
	s, err := Run(t.Context(), job)
	if err != nil || s.Requests < int64(len(job.Requests)) || s.Errors != s.Classes[classUnfinished] || wrong.Load() > s.Classes[classUnfinished] {
		t.Fatalf("%d requests, errors %v, %d came otherwise than they were sent, %v", s.Requests, s.Classes, wrong.Load(), err)
	}
	var bytesServed int64
	served.Range(func(size, n any) bool {
		bytesServed += int64(size.(int)) * n.(*atomic.Int64).Load()
		return true
	})
	if s.Bytes > bytesServed || s.Bytes < bytesServed-s.Classes[classUnfinished]<<20 {
		t.Errorf("%d bytes came of %d, %d requests unfinished", s.Bytes, bytesServed, s.Classes[classUnfinished])
	}
}

// Flows go over a ring too: each ticket that was given is used by whom it was given to.
func TestFlowsCrossARing(t *testing.T) {
	var given, wrong atomic.Int64
	var tickets sync.Map
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/use" {
			if _, there := tickets.LoadAndDelete(r.URL.Query().Get("ticket")); !there {
				wrong.Add(1)
			}
			return
		}
		ticket := strconv.FormatInt(given.Add(1), 10)
		tickets.Store(ticket, true)
		fmt.Fprintf(w, `{"ticket": "%s"}`, ticket)
	}))
	defer server.Close()
	s, err := Run(t.Context(), Job{Connections: 2 * leastRing, Workers: 1, For: 300 * time.Millisecond, Flows: []Flow{{Name: "one", Steps: []Step{
		{Request: Request{URL: server.URL + "/get"}, Extract: []Extract{{Name: "ticket", From: FromJSON, At: "/ticket"}}, Think: time.Millisecond, ThinkMost: 5 * time.Millisecond},
		{Request: Request{URL: server.URL + "/use?ticket={{ticket}}"}},
	}}}})
	if err != nil || wrong.Load() > 0 || s.Requests == 0 || s.Errors != s.Classes[classUnfinished] {
		t.Errorf("%d of %d went wrong, errors %v, %v", wrong.Load(), s.Requests, s.Classes, err)
	}
}
