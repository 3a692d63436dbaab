package system

import "fmt"

// maxSpent bounds a file once aliases, merge keys and variables are put in: a
// few hundred bytes of aliases of aliases stand for gigabytes.
const maxSpent = 4 << 20

// overhead is what a value costs beside its text, however short it is.
const overhead = 16

// A budget counts the bytes that a file stands for.
type budget struct {
	faults *faults
	spent  int
}

func (b *budget) left() int { return max(0, maxSpent-b.spent) }

// spend accounts for a value of n bytes and is false once they are too many.
func (b *budget) spend(n int, at Pos) bool {
	if b.spent > maxSpent {
		return false
	}
	if b.spent += n + overhead; b.spent <= maxSpent {
		return true
	}
	b.faults.add(Fault{Pos: at, Message: fmt.Sprintf("with aliases and variables put in, the file is longer than %d MiB", maxSpent>>20),
		Remedy: "repeat less through anchors and merge keys"})
	return false
}
