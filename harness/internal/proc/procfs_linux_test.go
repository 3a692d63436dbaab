package proc

import (
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestParseStat(t *testing.T) {
	for _, row := range []struct {
		reason, text string
		want         entry
		ok           bool
	}{
		{"a plain one", "42 (sh) S 7 41 40 0 -1 4194304 1", entry{pid: 42, parent: 7, group: 41, session: 40, state: 'S'}, true},
		{"a name made to mislead", "42 (a) R 1 1 1) Z 7 41 40 0", entry{pid: 42, parent: 7, group: 41, session: 40, state: 'Z'}, true},
		{"cut short", "42 (sh) S 7", entry{}, false},
		{"no name", "42 S 7 41 40", entry{}, false},
		{"a group that is no number", "42 (sh) S 7 x 40", entry{}, false},
	} {
		t.Run(row.reason, func(t *testing.T) {
			got, ok := parseStat([]byte(row.text))
			if diff := cmp.Diff(row.want, got, cmp.AllowUnexported(entry{})); diff != "" || ok != row.ok {
				t.Errorf("ok %v\n%s", ok, diff)
			}
		})
	}
}

func FuzzParseStat(f *testing.F) {
	f.Add([]byte("42 (sh) S 7 41 40 0 -1 4194304 1"))
	f.Add([]byte(") ( ) S 1 1 1 1"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if e, ok := parseStat(text); ok && (e.pid <= 0 || e.parent < 0 || e.group < 0 || e.session < 0) {
			t.Errorf("%q became %+v, which must never be signalled", text, e)
		}
	})
}

func TestParseSocket(t *testing.T) {
	for _, row := range []struct {
		reason, text string
		want         socket
		ok           bool
	}{
		{
			"IPv4", "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 12345 1 x",
			socket{addr: netip.MustParseAddr("127.0.0.1"), port: 8080, listening: true, uid: 1000, inode: 12345}, true,
		},
		{
			"IPv6", "   0: 00000000000000000000000001000000:0050 00000000000000000000000000000000:0000 01 00000000:00000000 00:00000000 00000000 0 0 7",
			socket{addr: netip.MustParseAddr("::1"), port: 80, inode: 7}, true,
		},
		{"the heading", "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode", socket{}, false},
		{"an address of three bytes", " 0: 010000:1F90 0:0 0A 0:0 0:0 0 0 0 1 1", socket{}, false},
		{"a port beyond 65535", " 0: 0100007F:11F90 0:0 0A 0:0 0:0 0 0 0 1 1", socket{}, false},
	} {
		t.Run(row.reason, func(t *testing.T) {
			got, ok := parseSocket([]byte(row.text))
			if diff := cmp.Diff(row.want, got, cmp.AllowUnexported(socket{}), cmpopts.EquateComparable(netip.Addr{})); diff != "" || ok != row.ok {
				t.Errorf("ok %v\n%s", ok, diff)
			}
		})
	}
}

func FuzzParseSocket(f *testing.F) {
	f.Add([]byte("   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 12345 1 x"))
	f.Fuzz(func(t *testing.T, row []byte) {
		if s, ok := parseSocket(row); ok && (s.port < 0 || s.port > 65535 || !s.addr.IsValid()) {
			t.Errorf("%q became %+v", row, s)
		}
	})
}

func TestListenersAreTheSameBothWays(t *testing.T) {
	for _, addr := range []string{"127.0.0.1:0", "[::1]:0"} {
		l, err := net.Listen("tcp", addr)
		if err != nil {
			t.Skipf("NOT TESTED: %v", err)
		}
		defer l.Close()
		port := l.Addr().(*net.TCPAddr).Port
		mine := func(s socket) bool { return s.port == port && s.listening }
		var asked []socket
		for _, family := range []byte{syscall.AF_INET, syscall.AF_INET6} {
			some, err := diagListeners(family)
			if err != nil {
				t.Skipf("NOT TESTED, this kernel does not answer: %v", err)
			}
			asked = append(asked, some...)
		}
		asked = slices.DeleteFunc(asked, func(s socket) bool { return !mine(s) })
		if diff := cmp.Diff(sockets(mine), asked, cmp.AllowUnexported(socket{}), cmpopts.EquateComparable(netip.Addr{})); diff != "" || len(asked) != 1 {
			t.Errorf("/proc/net/tcp and sock_diag differ:\n%s", diff)
		}
	}
}

func FuzzParseDiag(f *testing.F) {
	message := make([]byte, syscall.NLMSG_HDRLEN+diagAnswerSize)
	message[0], message[4] = byte(len(message)), sockDiagByFamily
	f.Add(message)
	f.Fuzz(func(t *testing.T, datagram []byte) {
		found, _, err := parseDiag(datagram)
		for _, s := range found {
			if err != nil || s.port > 65535 || !s.addr.IsValid() {
				t.Errorf("%+v, %v", s, err)
			}
		}
	})
}

func TestCarriesLooksAtWholeEntries(t *testing.T) {
	for text, want := range map[string]bool{
		"A=1\x00SEAM_RUN_ID=r\x00": true, "SEAM_RUN_ID=r": true, "SEAM_RUN_ID=r2\x00": false, "XSEAM_RUN_ID=r\x00": false, "A=SEAM_RUN_ID=r\x00": false, "": false,
	} {
		if carries([]byte(text), "r") != want {
			t.Errorf("%q: want %v", text, want)
		}
	}
}

func TestBelowEndsOnARing(t *testing.T) {
	all := map[int]entry{2: {pid: 2, parent: 3}, 3: {pid: 3, parent: 2}, 4: {pid: 4, parent: 2}, 6: {pid: 6, parent: 5}, 5: {pid: 5, parent: 1}}
	if below(all, 4, 1) || !below(all, 6, 5) || !below(all, 5, 5) || below(all, 5, 6) || below(all, 9, 1) {
		t.Error("wrong descent")
	}
}

// wires are both ends of a connection.
func wires(t testing.TB) (*wire, *wire) {
	t.Helper()
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	var ends [2]*wire
	for i := range ends {
		if ends[i], err = newWire(pair[i]); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(ends[i].close)
	}
	return ends[0], ends[1]
}

func TestWireKeepsFilesWithTheirMessages(t *testing.T) {
	a, b := wires(t)
	const messages = 6
	large := make([]byte, 300<<10) // more than a socket holds at once
	sent := make(chan error, 1)
	go func() {
		for i := range messages {
			path := filepath.Join(t.TempDir(), "file")
			file, err := os.Create(path)
			if err == nil {
				_, err = file.WriteString(string(rune('a' + i)))
			}
			if err == nil {
				err = a.send(order{Do: "launch", ID: i, Env: large}, file)
			}
			if err != nil {
				sent <- err
				return
			}
			file.Close()
		}
		sent <- nil
	}()
	for i := range messages {
		var o order
		if err := b.receive(&o); err != nil || o.ID != i || len(o.Env) != len(large) {
			t.Fatal(err, o.ID, len(o.Env))
		}
		fds := b.take(1)
		if len(fds) != 1 {
			t.Fatalf("message %d came without its file", i)
		}
		file, got := os.NewFile(uintptr(fds[0]), "received"), make([]byte, 1)
		if _, err := file.ReadAt(got, 0); err != nil || got[0] != byte('a'+i) {
			t.Errorf("message %d came with the file of %q: %v", i, got, err)
		}
		file.Close()
	}
	if err := <-sent; err != nil {
		t.Error(err)
	}
}

func FuzzWire(f *testing.F) {
	f.Add([]byte(`{"do":"launch","id":1,"env":"QT0x"}` + "\n"))
	f.Add([]byte("\n{}\nnull\n[1]\n"))
	f.Fuzz(func(t *testing.T, sent []byte) {
		a, b := wires(t)
		go func() {
			_, _ = a.conn.Write(sent) // the other side may have had enough
			a.close()
		}()
		for messages := 0; ; messages++ {
			var o order
			if err := b.receive(&o); err != nil {
				return
			}
			if messages > len(sent) {
				t.Fatal("more messages than bytes")
			}
		}
	})
}

func TestWireNeedsASocket(t *testing.T) {
	if _, err := newWire(1 << 20); err == nil {
		t.Error("a file that is not open")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	file, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	fd, err := syscall.Dup(int(file.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := newWire(fd); err == nil {
		t.Error("a socket of another kind")
	}
}
