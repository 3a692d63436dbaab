package match

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
	work  int // comparisons left
}

// maxWork bounds the comparisons made to explain one body. Only rules that
// send the comparison over the same list many times, on many levels, get near.
const maxWork = 5_000_000

func (r *report) push(e elem) { r.steps = append(r.steps, e) }
func (r *report) pop()        { r.steps = r.steps[:len(r.steps)-1] }

// spent takes one from the work left and says whether it is used up.
func (r *report) spent() bool {
	r.work--
	return r.work <= 0
}

// A cause is the rule behind a mismatch.
type cause struct {
	rule *rule
	set  *ruleSet
}

func (r *report) add(why *cause, want, got *value, message string) {
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
	r.found = append(r.found, m)
}

// result is what was found, each thing once.
func (r *report) result() []Mismatch {
	found := unique(r.found)
	if r.work <= 0 {
		found = append(found, Mismatch{Part: r.part, Path: "$", Message: "Gave up: the rules ask for too many comparisons"})
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
