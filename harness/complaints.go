package harness

import (
	"fmt"
	"strings"
	"sync"
)

// mostComplaints are told of one edge.
const mostComplaints = 5

// complaints tell what the server of an edge says to its log, each thing once:
// net/http says it again with every attempt.
type complaints struct {
	edge string
	tell func(string)

	mu   sync.Mutex
	told map[string]bool // guarded by mu
}

func (c *complaints) Write(p []byte) (int, error) {
	what, _, _ := strings.Cut(strings.TrimSpace(string(p)), "; retrying in ")
	what = strings.TrimPrefix(what, "http: ")
	if strings.Contains(what, "too many open files") {
		what += ": calls wait meanwhile; raise the limit (ulimit -n)"
	}
	if c.fresh(what) {
		c.tell(fmt.Sprintf("warning: edge %s: %s", c.edge, what))
	}
	return len(p), nil
}

func (c *complaints) fresh(what string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.told[what] || len(c.told) == mostComplaints {
		return false
	}
	c.told[what] = true
	return true
}
