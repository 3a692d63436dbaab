//go:build !pactffi

package pactgo_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/seamtest/seam/contracts/pactgo"
)

// TestWithoutTheTagNothingPassesQuietly runs itself again in a process of its
// own, because Run must fail the test.
func TestWithoutTheTagNothingPassesQuietly(t *testing.T) {
	if os.Getenv("PACTGO_RUN") != "" {
		pactgo.Verification{Provider: "things"}.Run(t)
		return
	}
	again := exec.Command(os.Args[0], "-test.run", "^TestWithoutTheTagNothingPassesQuietly$")
	again.Env = append(os.Environ(), "PACTGO_RUN=1")
	out, err := again.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "-tags pactffi") {
		t.Errorf("error %v, without a remedy in:\n%s", err, out)
	}
}
