package live

import (
	"encoding/binary"
	"testing"

	"github.com/seamtest/seam/harness/trace"
)

func TestTheLatestStruckTracesAreRemembered(t *testing.T) {
	var s struck
	id := func(n int) (id trace.ID) {
		binary.BigEndian.PutUint64(id[:], uint64(n)+1)
		return id
	}
	if s.has(id(0)) {
		t.Error("nothing was struck")
	}
	for n := range mostStruck + 10 {
		s.add(id(n))
		s.add(id(n))
	}
	for n, want := range map[int]bool{0: false, 9: false, 10: true, mostStruck + 9: true, mostStruck + 10: false} {
		if s.has(id(n)) != want {
			t.Errorf("trace %d is remembered: %t", n, !want)
		}
	}
	if len(s.known) != mostStruck || len(s.order) != mostStruck {
		t.Errorf("%d and %d are kept", len(s.known), len(s.order))
	}
}
