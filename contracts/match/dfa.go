package match

import (
	"encoding/binary"
	"regexp/syntax"
	"slices"
)

// A dfa is a regular expression as a table of states over ASCII. It says of
// an ASCII text in one look-up a byte whether the whole of it matches.
type dfa struct {
	next   [][128]uint8 // 0 is the state from which nothing matches
	accept []bool
}

// maxStates bounds a table: 128 states take 16 KiB.
const maxStates = 128

// newDFA returns nil for expressions that need more states, or look at the
// boundaries of words or lines.
func newDFA(expr string) *dfa {
	re, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return nil
	}
	prog, err := syntax.Compile(re.Simplify())
	if err != nil {
		return nil
	}
	b := dfaBuilder{prog: prog, ids: map[string]uint8{}}
	start, ok := b.closure(nil, uint32(prog.Start))
	if !ok {
		return nil
	}
	b.state(nil)
	b.state(start)
	for i := 1; i < len(b.sets); i++ {
		if !b.expand(i) {
			return nil
		}
	}
	return &dfa{b.next, b.accept}
}

// run reports sure = false for texts that are not ASCII.
func run[T string | []byte](d *dfa, text T) (ok, sure bool) {
	state := uint8(1)
	for i := range len(text) {
		c := text[i]
		if c >= 128 {
			return false, false
		}
		state = d.next[state][c]
	}
	return d.accept[state], true
}

type dfaBuilder struct {
	prog *syntax.Prog
	ids  map[string]uint8
	sets [][]uint32 // the instructions that a state stands for
	dfa
}

// state is the number of a set, a new one if need be; false is too many.
func (b *dfaBuilder) state(set []uint32) (uint8, bool) {
	slices.Sort(set)
	set = slices.Compact(set)
	key := make([]byte, 0, 4*len(set))
	accept := false
	for _, pc := range set {
		key = binary.LittleEndian.AppendUint32(key, pc)
		accept = accept || b.prog.Inst[pc].Op == syntax.InstMatch
	}
	if id, ok := b.ids[string(key)]; ok {
		return id, true
	}
	if len(b.sets) == maxStates {
		return 0, false
	}
	id := uint8(len(b.sets))
	b.ids[string(key)] = id
	b.sets = append(b.sets, set)
	b.next = append(b.next, [128]uint8{})
	b.accept = append(b.accept, accept)
	return id, true
}

func (b *dfaBuilder) expand(i int) bool {
	for c := range rune(128) {
		var to []uint32
		for _, pc := range b.sets[i] {
			inst := &b.prog.Inst[pc]
			if inst.Op == syntax.InstMatch || !inst.MatchRune(c) {
				continue
			}
			var ok bool
			if to, ok = b.closure(to, inst.Out); !ok {
				return false
			}
		}
		id, ok := b.state(to)
		if !ok {
			return false
		}
		b.next[i][c] = id
	}
	return true
}

// closure adds what can be reached without reading; false where that depends
// on the text around.
func (b *dfaBuilder) closure(set []uint32, from uint32) ([]uint32, bool) {
	seen := map[uint32]bool{}
	todo := []uint32{from}
	for len(todo) > 0 {
		pc := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if seen[pc] {
			continue
		}
		seen[pc] = true
		inst := &b.prog.Inst[pc]
		switch inst.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			todo = append(todo, inst.Out, inst.Arg)
		case syntax.InstCapture, syntax.InstNop:
			todo = append(todo, inst.Out)
		case syntax.InstEmptyWidth:
			return nil, false
		case syntax.InstFail:
		default:
			set = append(set, pc)
		}
	}
	return set, true
}
