//go:build pactffi

package match_test

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/seamtest/seam/contracts/match"
	"github.com/seamtest/seam/contracts/pactgo/reference"
)

// newMetadata is what is agreed of a message beside its contents, what came,
// and rules for some of its keys. No number has an exponent, whose text the two
// are known to see unlike.
func newMetadata(r *rand.Rand) (want, got, rules map[string]any) {
	want, got, rules = map[string]any{"contentType": "text/plain"}, map[string]any{"contentType": "text/plain"}, map[string]any{}
	for range 1 + r.IntN(3) {
		name := pick(r, []string{"topic", "key", "a-b"})
		want[name] = respelt(newValue(r, r.IntN(2)*r.IntN(3)))
		got[name] = want[name]
		switch r.IntN(5) {
		case 0:
			got[name] = respelt(newValue(r, r.IntN(2)))
		case 1:
			delete(got, name)
		}
		if r.IntN(3) == 0 {
			rules[name] = newRules(r, 1)
		}
	}
	return want, got, rules
}

func TestDifferentialMetadata(t *testing.T) {
	b := newBudget(t, 0.05)
	random := rand.New(rand.NewPCG(b.seed, 4))
	ran, compared, matched := 0, 0, 0
	for ; ran < b.count && time.Now().Before(b.until); ran++ {
		want, got, rules := newMetadata(random)
		message := func(metadata, rules map[string]any) string {
			text, err := json.Marshal(map[string]any{"description": "x", "contents": "x", "metaData": metadata, "matchingRules": map[string]any{"metadata": rules}})
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		}
		agreed, seen := message(want, rules), message(got, map[string]any{})
		theirs, err := reference.MatchMessage(agreed, seen)
		if err != nil {
			continue
		}
		one, err := ourMessage(agreed)
		if err != nil {
			continue
		}
		two, err := ourMessage(seen)
		if err != nil {
			continue
		}
		compared++
		mine := match.Message(one, two)
		if (len(mine) == 0) == (len(theirs) == 0) {
			if len(mine) == 0 {
				matched++
			}
			continue
		}
		t.Errorf("seed %d, case %d: the verdicts differ:\nexpected %s\nactual   %s\nseam      %v\nreference %v", b.seed, ran, agreed, seen, mine, theirs)
		if os.Getenv("SEAM_DIFF_ALL") == "" {
			break
		}
	}
	t.Logf("differential, metadata: %d cases compared of %d made (seed %d), %d of them match", compared, ran, b.seed, matched)
	if compared*10 < ran*8 || matched == 0 {
		t.Errorf("only %d of %d cases could be compared, and %d match", compared, ran, matched)
	}
}
