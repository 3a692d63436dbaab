package proc_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seamtest/seam/harness/internal/proc"
)

// members lists the processes that carry a run in their environment, and its
// guard, as "pid command".
func members(run string) []string {
	var all []string
	folders, _ := filepath.Glob("/proc/[0-9]*")
	for _, folder := range folders {
		environ, err := os.ReadFile(filepath.Join(folder, "environ"))
		if err != nil {
			continue
		}
		for entry := range bytes.SplitSeq(environ, []byte{0}) {
			if string(entry) == proc.RunVariable+"="+run || string(entry) == "SEAM_INTERNAL_GUARD="+run {
				command, _ := os.ReadFile(filepath.Join(folder, "cmdline"))
				text := strings.ReplaceAll(string(command), "\x00", " ")
				if string(entry) == proc.RunVariable+"="+run {
					all = append(all, filepath.Base(folder)+" "+text)
				}
			}
		}
	}
	return all
}

func nobodyLeft(t *testing.T, run string) {
	t.Helper()
	if left := members(run); len(left) > 0 {
		t.Errorf("these are left:\n%s", strings.Join(left, "\n"))
	}
}
