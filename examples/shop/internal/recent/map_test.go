package recent

import (
	"strconv"
	"testing"
)

func TestOldestLeaveFirst(t *testing.T) {
	var m Map[int]
	if _, ok := m.Get("0"); ok {
		t.Error("an empty map has a value")
	}
	const extra = 5
	for i := range Most + extra {
		m.Put(strconv.Itoa(i), i)
		m.Put(strconv.Itoa(i), i) // setting again takes no room
	}
	for i := range Most + extra {
		got, ok := m.Get(strconv.Itoa(i))
		if ok != (i >= extra) || ok && got != i {
			t.Fatalf("value %d is %d, %v", i, got, ok)
		}
	}
	if len(m.values) != Most || len(m.order) != Most {
		t.Errorf("%d values and %d keys are kept, wanted %d", len(m.values), len(m.order), Most)
	}
}
