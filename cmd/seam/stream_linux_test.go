package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// unreadPipe is the end to write to of a pipe that nobody reads.
func unreadPipe(t *testing.T) *os.File {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	read.Close()
	t.Cleanup(func() { write.Close() })
	return write
}

// ended runs seam and says what it left with, and what it said on stderr.
func ended(t *testing.T, stdout *os.File, folder string, args ...string) (code int, said string) {
	t.Helper()
	var stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "seam", args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.WaitDelay = folder, stdout, &stderr, 30*time.Second
	err := cmd.Run()
	var left *exec.ExitError
	if err != nil && !errors.As(err, &left) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), stderr.String()
}

func folderWith(t *testing.T, file string) string {
	t.Helper()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "seam.yaml"), []byte(file), 0o644); err != nil {
		t.Fatal(err)
	}
	return folder
}

const oneService = "seam: 1\nservices:\n  web: { run: [service] }\n"

func TestWhatCannotBePrintedIsNoSuccess(t *testing.T) {
	for _, args := range []string{
		"", "--help", "--version", "help up", "version", "version -o json", "check", "check -o json", "check --schema", "check --help", "dashboards", "doctor -o json",
		"init -o -", "init there", "completion bash", "test -q", "test -q -o json -o junit=junit.xml", "record -q -- true", "up -q --page 127.0.0.1:0", "stub --pact pact.json --listen 127.0.0.1:0",
	} {
		t.Run(args, func(t *testing.T) {
			full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer full.Close()
			folder := folderWith(t, oneService)
			pact := `{"consumer":{"name":"a"},"provider":{"name":"b"},"interactions":[{"description":"a","request":{"method":"GET","path":"/"},"response":{"status":200}}],"metadata":{"pactSpecification":{"version":"2.0.0"}}}`
			if err := errors.Join(os.WriteFile(folder+"/pact.json", []byte(pact), 0o644), os.Mkdir(folder+"/there", 0o755)); err != nil {
				t.Fatal(err)
			}
			code, said := ended(t, full, folder, strings.Fields(strings.Replace(args, "record -q", "record -q --edge entry->web", 1))...)
			if code != exitCouldNotRun || !strings.Contains(said, "seam: write to stdout: no space left on device\ntry: free room") {
				t.Errorf("left with %d and said %q", code, said)
			}
			if strings.Contains(args, "junit") {
				if _, err := os.Stat(folder + "/junit.xml"); err != nil {
					t.Errorf("the other report is lost: %v", err)
				}
			}
		})
	}
}

// A verb that ends by itself goes on to its end, quietly, and leaves with what
// it found: `seam test | head -1` neither loses a report nor its verdict.
func TestAReaderWhoHasReadEnoughIsNoError(t *testing.T) {
	failing := oneService + "drive: [{ run: ['false'] }]\n"
	for _, test := range []struct {
		file string
		args string
		code int
	}{
		{oneService, "version", exitClean},
		{oneService, "check --schema", exitClean},
		{oneService, "test -q -o text -o junit=junit.xml", exitClean},
		{failing, "test -q -o text -o junit=junit.xml", exitFindings},
	} {
		t.Run(test.args, func(t *testing.T) {
			folder := folderWith(t, test.file)
			code, said := ended(t, unreadPipe(t), folder, strings.Fields(test.args)...)
			if code != test.code || said != "" {
				t.Errorf("left with %d, want %d, and said %q", code, test.code, said)
			}
			if strings.Contains(test.args, "junit") {
				if text, err := os.ReadFile(folder + "/junit.xml"); err != nil || !strings.HasSuffix(string(text), "</testsuites>\n") {
					t.Errorf("the report is %q, %v", text, err)
				}
			}
		})
	}
}

// One that stays until Ctrl-C ends as that ends it.
func TestAReaderWhoGoesAwayEndsWhatStays(t *testing.T) {
	folder := folderWith(t, oneService)
	for _, args := range []string{"up --page 127.0.0.1:0", "up -q --page 127.0.0.1:0", "stub --pact pact.json --listen 127.0.0.1:0"} {
		t.Run(args, func(t *testing.T) {
			pact := `{"consumer":{"name":"a"},"provider":{"name":"b"},"interactions":[{"description":"a","request":{"method":"GET","path":"/"},"response":{"status":200}}],"metadata":{"pactSpecification":{"version":"2.0.0"}}}`
			if err := os.WriteFile(folder+"/pact.json", []byte(pact), 0o644); err != nil {
				t.Fatal(err)
			}
			code, said := ended(t, unreadPipe(t), folder, strings.Fields(args)...)
			if code != exitInterrupted || !strings.Contains(said, "seam: nobody reads the output any more; everything that was started is stopped") {
				t.Errorf("left with %d and said %q", code, said)
			}
		})
	}
}
