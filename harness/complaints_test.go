package harness

import (
	"log"
	"slices"
	"testing"
)

func TestComplaintsOfAnEdgeAreToldOnce(t *testing.T) {
	var told []string
	logger := log.New(&complaints{edge: "a->b", tell: func(s string) { told = append(told, s) }, told: map[string]bool{}}, "", 0)
	for delay := range 100 {
		logger.Printf("http: Accept error: accept tcp 127.0.0.1:7: accept4: too many open files; retrying in %dms", delay)
	}
	want := []string{"warning: edge a->b: Accept error: accept tcp 127.0.0.1:7: accept4: too many open files: calls wait meanwhile; raise the limit (ulimit -n)"}
	if !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
	for i := range 100 {
		logger.Printf("http: panic serving 127.0.0.1:%d: oh", i)
	}
	if len(told) != mostComplaints {
		t.Errorf("%d complaints are told, want the first %d", len(told), mostComplaints)
	}
}
