package match

import "time"

// Part names what a mismatch is about.
type Part string

// The parts of a request, a response or a message.
const (
	PartMethod   Part = "method"
	PartPath     Part = "path"
	PartQuery    Part = "query"
	PartHeader   Part = "header"
	PartStatus   Part = "status"
	PartBody     Part = "body"
	PartMetadata Part = "metadata"
)

// A Mismatch is one difference between what was agreed and what was seen.
type Mismatch struct {
	Part             Part
	Pointer          string // RFC 6901 for JSON bodies, the name for headers, query and metadata, else ""
	Path             string // as Pact writes it: $.items[0].id
	Expected, Actual string
	Message          string
	Rule, RuleAt     string // the matcher and the expression that it stands at; "" for plain equality
}

// A report collects the mismatches of one body. It keeps the stack of steps
// that lead to the place being compared.
type report struct {
	part  Part
	steps []elem
	found []Mismatch
	work  int       // comparisons left
	room  int       // bytes left for what is found
	began time.Time // when the comparison did
	quiet bool      // only whether something is found counts
	why   string    // the comparison was given up; "" where it was not
}

func newReport(part Part) report {
	return report{part: part, work: maxWork, room: maxRoom, began: time.Now()}
}

// maxWork bounds the comparisons made to explain one body. Only rules that
// send the comparison over the same list many times, on many levels, get near.
const maxWork = 5_000_000

// maxRoom bounds what the mismatches of one body hold in bytes; the first is
// kept whatever its size. A large example that no item of a long list fits
// would fill any memory.
const maxRoom = 4 << 20

// maxSlow bounds the time that goes into explaining one body, or one list of
// values, by expressions that backtrack.
const maxSlow = 2 * time.Second

// slowed says whether an expression has taken its time, and others before it.
func slowed(r *rule, began time.Time) bool {
	return r != nil && r.regex != nil && r.regex.backtrack != nil && time.Since(began) > maxSlow
}

func (r *report) push(e elem) { r.steps = append(r.steps, e) }
func (r *report) pop()        { r.steps = r.steps[:len(r.steps)-1] }

// spent takes one from the work left and says whether it is used up.
func (r *report) spent() bool {
	r.work--
	if r.work <= 0 {
		r.giveUp("the rules ask for too many comparisons")
	}
	return r.work <= 0
}

// giveUp ends the comparison; the first reason counts.
func (r *report) giveUp(why string) {
	r.work = 0
	if r.why == "" {
		r.why = why
	}
}

// A cause is the rule behind a mismatch.
type cause struct {
	rule *rule
	set  *ruleSet
}

func (r *report) add(why *cause, want, got *value, message string) {
	if why != nil && slowed(why.rule, r.began) {
		r.giveUp("an expression that backtracks takes too long")
	}
	m := Mismatch{Part: r.part}
	if !r.quiet {
		m = r.mismatch(why, want, got, message)
	}
	r.found = append(r.found, m)
	if r.room -= m.size(); r.room < 0 {
		r.giveUp("there are more differences than can be kept")
	}
}

// size is what a mismatch takes, roughly.
func (m *Mismatch) size() int {
	const fixed = 128
	return fixed + len(m.Pointer) + len(m.Path) + len(m.Expected) + len(m.Actual) + len(m.Message)
}

// drop takes back what was found since len(found) was mark.
func (r *report) drop(mark int) {
	for i := range r.found[mark:] {
		r.room += r.found[mark+i].size()
	}
	r.found = r.found[:mark]
}

func (r *report) mismatch(why *cause, want, got *value, message string) Mismatch {
	path, pointer := []byte{'$'}, []byte(nil)
	for _, e := range r.steps {
		path, pointer = e.appendPath(path), e.appendPointer(pointer)
	}
	m := Mismatch{Part: r.part, Pointer: string(pointer), Path: string(path), Message: message}
	if want != nil {
		m.Expected = want.String()
	}
	if got != nil {
		m.Actual = got.String()
	}
	if why != nil {
		m.Rule, m.RuleAt = why.rule.name, why.set.at
	}
	return m
}

// result is what was found, each thing once.
func (r *report) result() []Mismatch {
	found := unique(r.found)
	if r.why != "" {
		found = append(found, Mismatch{Part: r.part, Path: "$", Message: "Gave up: " + r.why})
	}
	return found
}

// unique drops what was reported twice because two rules looked at the same
// values, and keeps the order.
func unique(found []Mismatch) []Mismatch {
	seen := make(map[[2]string]bool, len(found))
	kept := found[:0]
	for _, m := range found {
		if at := [2]string{m.Path, m.Message}; !seen[at] {
			seen[at] = true
			kept = append(kept, m)
		}
	}
	return kept
}
