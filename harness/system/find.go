package system

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// ErrNone is Find's where no file was named and none was found.
var ErrNone = errors.New("there is no seam.yaml")

// Find says which seam.yaml is meant: that of the flag, else of $SEAM_CONFIG,
// else the first seam.yaml or seam.yml in dir and the folders above it, up to
// the repository's root (the folder that holds .git).
func Find(flag string, env func(string) (string, bool), dir string) (string, error) {
	named, from := flag, "-f"
	if named == "" {
		named, _ = env("SEAM_CONFIG")
		from = "$SEAM_CONFIG"
	}
	if named != "" {
		return inFolder(named, from)
	}
	for folder := dir; ; {
		if path, ok := fileIn(folder); ok {
			return path, nil
		}
		above := filepath.Dir(folder)
		if _, err := os.Stat(filepath.Join(folder, ".git")); err == nil || above == folder {
			return "", fmt.Errorf("%w in %s or above it, up to %s; write one with: seam init, or name one with -f", ErrNone, dir, folder)
		}
		folder = above
	}
}

// inFolder takes the name of a file, or of a folder that holds a seam.yaml.
func inFolder(named, from string) (string, error) {
	info, err := os.Stat(named)
	if err != nil {
		return "", fmt.Errorf("%s names %s, which cannot be read: %w", from, named, err)
	}
	if !info.IsDir() {
		return named, nil
	}
	if path, ok := fileIn(named); ok {
		return path, nil
	}
	return "", fmt.Errorf("%s names the folder %s, which holds no seam.yaml", from, named)
}

func fileIn(folder string) (string, bool) {
	for _, name := range []string{"seam.yaml", "seam.yml"} {
		path := filepath.Join(folder, name)
		if info, err := os.Stat(path); err == nil && !info.IsDir() {
			return path, true
		}
	}
	return "", false
}
