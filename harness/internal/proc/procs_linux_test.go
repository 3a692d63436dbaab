package proc_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const guardVariable = "SEAM_INTERNAL_GUARD"

// scan lists the processes one of whose NUL-terminated entries in a file of
// /proc/PID is want.
func scan(file, want string) []int {
	var all []int
	folders, _ := filepath.Glob("/proc/[0-9]*")
	for _, folder := range folders {
		text, err := os.ReadFile(filepath.Join(folder, file))
		if err != nil {
			continue
		}
		if slices.ContainsFunc(bytes.Split(text, []byte{0}), func(entry []byte) bool { return string(entry) == want }) {
			pid, _ := strconv.Atoi(filepath.Base(folder)) // the pattern lets digits through
			all = append(all, pid)
		}
	}
	return all
}

// carrying lists the processes with a variable in their environment.
func carrying(variable string) []int { return scan("environ", variable) }

// sleepers lists the processes that were told to sleep for nap.
func sleepers(nap string) []int { return scan("cmdline", nap) }

func nobodyLeft(t *testing.T, variable string) {
	t.Helper()
	for _, pid := range carrying(variable) {
		command, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cmdline")
		t.Errorf("process %d is left: %s", pid, strings.ReplaceAll(string(command), "\x00", " "))
	}
}
