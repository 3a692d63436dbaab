package proc

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// An entry is a process as /proc/PID/stat shows it.
type entry struct {
	pid, parent, group, session int
	state                       byte
}

// dead says that the process only waits for its parent to ask how it ended.
func (e entry) dead() bool { return e.state == 'Z' || e.state == 'X' }

// parseStat reads /proc/PID/stat (proc_pid_stat(5)). The second field is a
// name in parentheses that can itself hold any character.
func parseStat(text []byte) (entry, bool) {
	open, end := bytes.IndexByte(text, '('), bytes.LastIndexByte(text, ')')
	if open < 0 || end < open {
		return entry{}, false
	}
	fields := bytes.Fields(text[end+1:])
	if len(fields) < 4 || len(fields[0]) != 1 {
		return entry{}, false
	}
	e := entry{state: fields[0][0]}
	for _, number := range []struct {
		to   *int
		from []byte
	}{{&e.pid, bytes.TrimSpace(text[:open])}, {&e.parent, fields[1]}, {&e.group, fields[2]}, {&e.session, fields[3]}} {
		n, err := strconv.Atoi(string(number.from))
		if err != nil || n < 0 {
			return entry{}, false
		}
		*number.to = n
	}
	return e, e.pid > 0
}

// processes lists every process that this system shows.
func processes() map[int]entry {
	all := map[int]entry{}
	for _, pid := range pids() {
		if text, err := os.ReadFile(procPath(pid, "stat")); err == nil {
			if e, ok := parseStat(text); ok {
				all[e.pid] = e
			}
		}
	}
	return all
}

func pids() []int {
	folder, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	defer folder.Close()
	names, _ := folder.Readdirnames(-1) // what could be read is what there is
	var all []int
	for _, name := range names {
		if pid, err := strconv.Atoi(name); err == nil && pid > 0 {
			all = append(all, pid)
		}
	}
	return all
}

func procPath(pid int, name string) string { return "/proc/" + strconv.Itoa(pid) + "/" + name }

// below tells whether a process descends from root, or is it.
func below(all map[int]entry, pid, root int) bool {
	for range len(all) + 1 { // a process that died meanwhile can bend the chain into a ring
		if pid == root {
			return true
		}
		e, ok := all[pid]
		if !ok {
			return false
		}
		pid = e.parent
	}
	return false
}

// ofRun tells whether a process carries the run in its environment. It is
// false where this user may not look.
func ofRun(pid int, run string) bool {
	environ, err := os.ReadFile(procPath(pid, "environ"))
	return err == nil && carries(environ, run)
}

func carries(environ []byte, run string) bool {
	mark := []byte(RunVariable + "=" + run)
	for entry := range bytes.SplitSeq(environ, []byte{0}) {
		if bytes.Equal(entry, mark) {
			return true
		}
	}
	return false
}

// describe names a process as "pid 4711 (node server.js)".
func describe(pid int) string {
	command, err := os.ReadFile(procPath(pid, "cmdline"))
	text := strings.TrimSpace(strings.ReplaceAll(string(command), "\x00", " "))
	if err != nil || text == "" {
		text = name(pid)
	}
	return fmt.Sprintf("pid %d (%s)", pid, clip(strings.ToValidUTF8(text, "?"), 120))
}

// name is what the kernel calls a process: at most 15 bytes of its executable's name.
func name(pid int) string {
	text, err := os.ReadFile(procPath(pid, "comm"))
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(text))
}

// holds calls found for every socket that a process has open.
func holds(pid int, found func(inode uint64)) {
	folder, err := os.Open(procPath(pid, "fd"))
	if err != nil {
		return
	}
	defer folder.Close()
	names, _ := folder.Readdirnames(-1) // what could be read is what there is
	for _, fd := range names {
		target, err := os.Readlink(filepath.Join(folder.Name(), fd))
		if err != nil {
			continue
		}
		number, ok := strings.CutPrefix(target, "socket:[")
		if !ok {
			continue
		}
		if inode, err := strconv.ParseUint(strings.TrimSuffix(number, "]"), 10, 64); err == nil {
			found(inode)
		}
	}
}
