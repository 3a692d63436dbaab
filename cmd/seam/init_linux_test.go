package main

import (
	"bytes"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
)

// cramped names the folder in which a child of the test tries to write.
const cramped = "SEAM_TEST_CRAMPED"

// What cannot be written whole leaves what was there: on a full disk, which
// the largest file that a process may write stands for.
func TestAStarterThatDoesNotFitLeavesWhatWasThere(t *testing.T) {
	text := bytes.Repeat([]byte("#"), 5000)
	if dir := os.Getenv(cramped); dir != "" {
		exceeded := make(chan os.Signal, 10)
		signal.Notify(exceeded, syscall.SIGXFSZ) // else it ends the process
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 1000, Max: 1000}); err != nil {
			t.Fatal(err)
		}
		if forced, plain := writeStarter(filepath.Join(dir, "old.yaml"), text, true), writeStarter(filepath.Join(dir, "new.yaml"), text, false); forced == nil || plain == nil {
			t.Errorf("no error: %v, %v", forced, plain)
		}
		return
	}
	dir := t.TempDir()
	old := filepath.Join(dir, "old.yaml")
	if err := os.WriteFile(old, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	child := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	child.Env = append(os.Environ(), cramped+"="+dir)
	if out, err := child.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if is, err := os.ReadFile(old); err != nil || string(is) != "mine" {
		t.Errorf("what was there is %q, %v", is, err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if err := writeStarter(old, text, true); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(old); err != nil || info.Mode().Perm() != 0o600 || info.Size() != int64(len(text)) {
		t.Errorf("written over: %v, %v", info, err)
	}
}
