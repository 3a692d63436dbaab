//go:build linux && (amd64 || arm64)

package uring

import (
	"bytes"
	"errors"
	"runtime"
	"syscall"
	"testing"
	"time"
)

// aRing is a ring of this test's thread, and both ends of a connection.
func aRing(t *testing.T) (r *Ring, near, far int) {
	t.Helper()
	runtime.LockOSThread()
	r, err := New(2)
	if forbidden := errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOSYS) || errors.Is(err, syscall.EINVAL); forbidden {
		runtime.UnlockOSThread()
		t.Skipf("NOT TESTED, this kernel has no ring to offer: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	ends, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, end := range ends {
			_ = syscall.Shutdown(end, syscall.SHUT_RDWR)
			_ = syscall.Close(end)
		}
		r.Close()
		runtime.UnlockOSThread()
	})
	return r, ends[0], ends[1]
}

// results waits for so many.
func results(r *Ring, n int) (all []Result) {
	for deadline := time.Now().Add(10 * time.Second); len(all) < n && time.Now().Before(deadline); {
		r.Enter(1, time.Second)
		for got := range r.Results() {
			got.Data = bytes.Clone(got.Data)
			all = append(all, got)
		}
	}
	return all
}

func TestWhatIsSentOverARingArrives(t *testing.T) {
	r, near, far := aRing(t)
	r.Receive(far, 7)
	r.Send(near, append(r.Room(1), "who is there?"...), 8)
	all := results(r, 1)
	if len(all) != 1 || all[0].Tag != 7 || string(all[0].Data) != "who is there?" || all[0].N != 13 || !all[0].More {
		t.Fatalf("results %+v", all)
	}
	_ = syscall.Shutdown(near, syscall.SHUT_WR)
	if all = results(r, 1); len(all) != 1 || all[0].Tag != 7 || all[0].N != 0 || all[0].More || all[0].Data != nil {
		t.Errorf("after the end, results %+v", all)
	}
	_ = syscall.Close(far)
	r.Send(near, append(r.Room(1), "and now?"...), 9)
	if all = results(r, 1); len(all) != 1 || all[0].Tag != 9 || syscall.Errno(-all[0].N) != syscall.EPIPE {
		t.Errorf("of a send that fails, results %+v", all)
	}
}

// More comes at once than there are buffers: the kernel says so, and brings the
// rest to whoever asks for it again. Nothing is lost and nothing comes twice.
func TestARingRunsOutOfBuffersAndGoesOn(t *testing.T) {
	r, near, far := aRing(t)
	const rounds = 3
	sent := make([]byte, 2*Buffers*BufferSize*rounds)
	for i := range sent {
		sent[i] = byte(i / 1000)
	}
	var got []byte
	var short int
	r.Receive(far, 1)
	for left := sent; len(got) < len(sent); {
		for range Buffers { // nobody looks at what comes meanwhile
			for err := error(nil); err == nil && len(left) > 0; {
				var n int
				if n, err = syscall.Write(near, left); err == nil {
					left = left[n:]
				}
			}
			r.Enter(1, 0)
		}
		all := results(r, 1)
		if len(all) == 0 {
			t.Fatalf("nothing came after %d bytes of %d", len(got), len(sent))
		}
		for _, result := range all {
			got = append(got, result.Data...)
			if syscall.Errno(-result.N) == syscall.ENOBUFS {
				short++
			} else if result.N <= 0 {
				t.Fatalf("after %d bytes %+v", len(got), result)
			}
			if !result.More {
				r.Receive(far, 1)
			}
		}
	}
	if !bytes.Equal(got, sent) || short == 0 {
		t.Errorf("%d bytes came, not as they were sent; %d times there was no buffer", len(got), short)
	}
}

// Many more entries than the queue has places are all handed over.
func TestARingTakesMoreThanItHolds(t *testing.T) {
	r, near, _ := aRing(t)
	const many = 3 * mostAsked
	for i := range many {
		r.Writable(near, uint64(i))
	}
	all := results(r, many)
	seen := map[uint64]bool{}
	for _, result := range all {
		seen[result.Tag] = true
	}
	if len(all) != many || len(seen) != many {
		t.Errorf("%d results of %d different, of %d", len(all), len(seen), many)
	}
}

// A wait ends though nothing comes; a negative one does not begin.
func TestAWaitHasAnEnd(t *testing.T) {
	r, _, far := aRing(t)
	r.Receive(far, 1)
	for _, d := range []time.Duration{-1, 0, shortWait, 2 * shortWait} {
		if r.Enter(1, d); r.Came() != 0 {
			t.Errorf("a wait of %s brought %d results", d, r.Came())
		}
	}
}
