package system

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestFindLooksUpwardToTheRepository(t *testing.T) {
	root := t.TempDir()
	deep := filepath.Join(root, "repo", "a", "b")
	if err := os.MkdirAll(deep, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(root, "repo", ".git"), filepath.Join(root, "seam.yaml")} {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if path, err := Find("", env(), deep); err == nil {
		t.Errorf("found %s beyond the repository", path)
	}
	want := filepath.Join(root, "repo", "seam.yml")
	if err := os.WriteFile(want, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		reason, flag, config string
	}{{"upward", "", ""}, {"the flag names a folder", filepath.Join(root, "repo"), "nowhere"}, {"the environment", "", want}} {
		if got, err := Find(test.flag, env("SEAM_CONFIG", test.config), deep); got != want {
			t.Errorf("%s: found %q, %v", test.reason, got, err)
		}
	}
}

// What is no file to read is refused at once, a pipe without a writer too.
func TestWhatIsNoFileIsRefused(t *testing.T) {
	folder := t.TempDir()
	pipe, secret, huge := filepath.Join(folder, "pipe"), filepath.Join(folder, "secret.yaml"), filepath.Join(folder, "huge.yaml")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(secret, []byte("seam: 1\n"), 0); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(huge, []byte(strings.Repeat("# long\n", maxSize/6)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ reason, path, want string }{
		{"a folder", folder, "it is a folder"},
		{"a pipe that nobody writes to", pipe, "no regular file"},
		{"nothing", filepath.Join(folder, "none"), "no such file"},
		{"a file that may not be read", secret, "permission denied"},
		{"more than anybody writes", huge, "longer than 1024 KiB"},
	} {
		if os.Geteuid() == 0 && test.path == secret {
			continue // root may read everything
		}
		done := make(chan error, 1)
		go func() {
			_, err := Read(test.path, env())
			done <- err
		}()
		select {
		case err := <-done:
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s: %v, want %q", test.reason, err, test.want)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("%s: still waiting", test.reason)
		}
	}
}
