package report

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// pseudoTerminal opens a pseudo-terminal of 72 columns.
func pseudoTerminal(t *testing.T) *os.File {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { master.Close() })
	fd := int(master.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { slave.Close() })
	if err := unix.IoctlSetWinsize(int(slave.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 72}); err != nil {
		t.Fatal(err)
	}
	return slave
}

func TestStyleOf(t *testing.T) {
	screen := pseudoTerminal(t)
	for _, c := range []struct {
		reason string
		env    map[string]string
		color  bool
	}{
		{"a terminal", nil, true},
		{"NO_COLOR", map[string]string{"NO_COLOR": "1"}, false},
		{"NO_COLOR that is empty counts for nothing (no-color.org)", map[string]string{"NO_COLOR": ""}, true},
		{"a terminal that knows no colours", map[string]string{"TERM": "dumb"}, false},
	} {
		if s := StyleOf(screen, env(c.env)); s.Color != c.color || s.Width != 72 {
			t.Errorf("%s: %+v", c.reason, s)
		}
	}
	if s := StyleOf(&bytes.Buffer{}, env(nil)); s.Color || s.Width != 0 {
		t.Errorf("a buffer: %+v", s)
	}
	file, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if s := StyleOf(file, env(nil)); s.Color || s.Width != 0 || s.Root == "" {
		t.Errorf("a file: %+v", s)
	}
}

func TestTextFitsTheWidth(t *testing.T) {
	var b bytes.Buffer
	if err := TextIn(&b, rich(), Style{Width: 60}); err != nil {
		t.Fatal(err)
	}
	figures := false
	for line := range strings.Lines(b.String()) {
		line = strings.TrimRight(line, "\n")
		figures = figures || strings.HasPrefix(line, "  FAIL")
		long := len([]rune(line)) > 60
		headline := strings.HasPrefix(line, "FAIL") || strings.HasPrefix(line, "pend") || strings.HasPrefix(line, "warning")
		if long && !headline && !figures && strings.Contains(strings.TrimSpace(line), " ") && !strings.Contains(line, "traceparent") && len(strings.Fields(line)) > 3 {
			t.Errorf("%d columns: %q", len([]rune(line)), line)
		}
	}
	if strings.Contains(b.String(), "\x1b") {
		t.Error("an escape code that a service printed reaches the terminal")
	}
}
