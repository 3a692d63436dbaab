//go:build pactffi

package match_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seamtest/seam/contracts"
	"github.com/seamtest/seam/contracts/match"
	"github.com/seamtest/seam/contracts/pactgo/reference"
)

// A differential run is bounded by SEAM_DIFF_TIME (default a minute, split
// among the kinds of cases) and SEAM_DIFF_COUNT (default: no bound). Its cases
// are chosen by chance, or by SEAM_DIFF_SEED, which every run tells.
type budget struct {
	seed  uint64
	until time.Time
	count int
	first int // the number of the first case
}

func newBudget(t *testing.T, share float64) budget {
	t.Helper()
	b := budget{seed: rand.Uint64(), count: 1 << 30}
	span := time.Minute
	var err error
	if text := os.Getenv("SEAM_DIFF_TIME"); text != "" {
		span, err = time.ParseDuration(text)
	}
	if text := os.Getenv("SEAM_DIFF_COUNT"); text != "" && err == nil {
		b.count, err = strconv.Atoi(text)
	}
	if text := os.Getenv("SEAM_DIFF_FIRST"); text != "" && err == nil {
		b.first, err = strconv.Atoi(text)
	}
	if text := os.Getenv("SEAM_DIFF_SEED"); text != "" && err == nil {
		b.seed, err = strconv.ParseUint(text, 10, 64)
	}
	if err != nil {
		t.Fatal(err)
	}
	b.until = time.Now().Add(time.Duration(float64(span) * share))
	return b
}

// verdicts are what the two say of one case. differ is empty where they agree.
type verdicts struct {
	compared, matched, excluded bool
	differ                      string
}

// run makes and judges cases until the budget is spent, some at a time: both
// wait for the network most of the time. Each case has a source of its own,
// so that its number and the seed make it again.
func (b budget) run(t *testing.T, kind string, stream uint64, judge func(*rand.Rand) verdicts) {
	t.Helper()
	var mu sync.Mutex
	var wg sync.WaitGroup
	ran, compared, matched, left := 0, 0, 0, 0
	next := func() (int, bool) {
		mu.Lock()
		defer mu.Unlock()
		if ran >= b.count || !time.Now().Before(b.until) || t.Failed() && os.Getenv("SEAM_DIFF_ALL") == "" {
			return 0, false
		}
		ran++
		return b.first + ran - 1, true
	}
	for range 8 {
		wg.Go(func() {
			for n, more := next(); more; n, more = next() {
				v := judge(rand.New(rand.NewPCG(b.seed, stream<<32+uint64(n))))
				mu.Lock()
				compared, matched, left = compared+b2i(v.compared), matched+b2i(v.matched), left+b2i(v.excluded)
				mu.Unlock()
				if v.differ != "" && !v.excluded {
					t.Errorf("%s, seed %d, case %d: the verdicts differ:\n%s", kind, b.seed, n, v.differ)
				}
			}
		})
	}
	wg.Wait()
	t.Logf("differential, %s: %d cases compared of %d made (seed %d), %d of them match, %d excluded", kind, compared, ran, b.seed, matched, left)
	if compared*10 < ran*7 || compared == 0 || matched == 0 {
		t.Errorf("only %d of %d cases could be compared, and %d match", compared, ran, matched)
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// An exclusion is a kind of cases that are not held against us.
type exclusion[C any] struct {
	name string
	is   func(C) bool
}

func excludes[C any](list []exclusion[C], c C) bool {
	return slices.ContainsFunc(list, func(e exclusion[C]) bool { return e.is(c) })
}

// excluded names the kinds of cases in which seam and the reference are known
// to differ, on purpose. docs/pact-deviations.md gives the reasons.
var excluded = []exclusion[*differCase]{
	{"text of a number: seam takes its literal, the reference writes 1e2 as 100.0", (*differCase).isAboutExponents},
	{"rules of equal weight at one place: the reference picks one by chance", func(c *differCase) bool { return c.unstable }},
}

// A differCase is a body, its rules, and what came; numbers are json.Number.
type differCase struct {
	want, got any
	rules     map[string]any
	unstable  bool // the reference says one thing and then another

	mine   []match.Mismatch // what the two found
	theirs []reference.Mismatch
}

// isAboutExponents says whether both agree once no number has an exponent.
func (c *differCase) isAboutExponents() bool {
	plain := &differCase{want: respelt(c.want), got: respelt(c.got), rules: c.rules}
	ours, theirs, _, ok := plain.verdicts()
	return ok && ours == theirs
}

func respelt(v any) any {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	d := json.NewDecoder(strings.NewReader(strings.ReplaceAll(string(text), "1e2", "100.0")))
	d.UseNumber()
	var out any
	if err := d.Decode(&out); err != nil {
		panic(err)
	}
	return out
}

func (c *differCase) message(contents any, rules bool) string {
	m := map[string]any{"description": "x", "contents": contents, "metaData": map[string]string{"contentType": "application/json"}}
	if rules && len(c.rules) > 0 {
		m["matchingRules"] = map[string]any{"body": c.rules}
	}
	text, err := json.Marshal(m)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func (c *differCase) String() string {
	rules, _ := json.Marshal(c.rules)
	want, _ := json.Marshal(c.want)
	got, _ := json.Marshal(c.got)
	return fmt.Sprintf("expected %s\nrules    %s\nactual   %s", want, rules, got)
}

// verdicts asks both. A case that one of them cannot read is no case.
func (c *differCase) verdicts() (ours, theirs bool, why string, ok bool) {
	want, err := ourMessage(c.message(c.want, true))
	if err != nil {
		return false, false, err.Error(), false
	}
	got, err := ourMessage(c.message(c.got, false))
	if err != nil {
		return false, false, err.Error(), false
	}
	mine := match.Message(want, got)
	found, err := reference.MatchMessage(c.message(c.want, true), c.message(c.got, false))
	if err != nil {
		return false, false, err.Error(), false
	}
	c.mine, c.theirs = mine, found
	return len(mine) == 0, len(found) == 0, fmt.Sprintf("seam      %v\nreference %v", mine, found), true
}

func ourMessage(text string) (*contracts.Message, error) {
	i, err := interaction("3.0.0", "messages", json.RawMessage(text))
	if err != nil {
		return nil, err
	}
	return &i.Messages[0], nil
}

// differs asks the reference again where the two disagree, since it may
// change its mind.
func (c *differCase) differs() (bool, string) {
	ours, theirs, why, ok := c.verdicts()
	if !ok || ours == theirs {
		return false, why
	}
	for range 20 {
		_, again, _, _ := c.verdicts()
		if again != theirs {
			c.unstable = true
		}
	}
	return !excludes(excluded, c), why
}

func TestDifferentialJSON(t *testing.T) {
	b := newBudget(t, 0.3)
	random := rand.New(rand.NewPCG(b.seed, 1))
	ran, read, unstable := 0, 0, 0
	var places places
	for ; ran < b.count && time.Now().Before(b.until); ran++ {
		c := newDifferCase(random)
		ours, theirs, _, ok := c.verdicts()
		if !ok {
			continue
		}
		places.compare(t, c.mine, c.theirs)
		read++
		if ours == theirs {
			continue
		}
		if differs, _ := c.differs(); !differs {
			unstable++
			continue
		}
		small := c.shrink()
		_, why := small.differs()
		t.Errorf("seed %d, case %d: the verdicts differ; smallest case:\n%s\n%s", b.seed, ran, small, why)
		if t.Failed() && os.Getenv("SEAM_DIFF_ALL") == "" {
			break
		}
	}
	t.Logf("differential, JSON bodies: %d cases compared of %d made (seed %d), %d excluded because the reference wavers", read, ran, b.seed, unstable)
	if read*10 < ran*8 || read == 0 {
		t.Errorf("only %d of %d cases could be read by both", read, ran)
	}
	places.hold(t)
}

// places counts the cases that do not match in which both name the same
// places.
type places struct{ all, same int }

func (p *places) compare(t *testing.T, mine []match.Mismatch, theirs []reference.Mismatch) {
	want, got := map[string]bool{}, map[string]bool{}
	for _, m := range theirs {
		want[m.Path] = true
	}
	for _, m := range mine {
		got[m.Path] = true
	}
	if len(want) == 0 || len(got) == 0 {
		return
	}
	p.all++
	if maps.Equal(want, got) {
		p.same++
	} else if os.Getenv("SEAM_DIFF_PLACES") != "" {
		t.Logf("the places differ:\nseam      %v\nreference %v", mine, theirs)
	}
}

// hold wants the same places in 95 of 100 cases.
func (p *places) hold(t *testing.T) {
	t.Helper()
	t.Logf("%d of %d cases that do not match name the same places", p.same, p.all)
	if p.all == 0 || p.same*100 < p.all*95 {
		t.Errorf("only %d of %d cases name the same places; want 95 in 100", p.same, p.all)
	}
}

func TestDifferentialReportsEveryExclusion(t *testing.T) {
	text, err := os.ReadFile("../../docs/pact-deviations.md")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range excluded {
		names = append(names, e.name)
	}
	for _, e := range excludedRequests {
		names = append(names, e.name)
	}
	for _, e := range excludedAnswers {
		names = append(names, e.name)
	}
	for _, e := range excludedFormats {
		names = append(names, e.name)
	}
	for _, e := range excludedXML {
		names = append(names, e.name)
	}
	slices.Sort(names)
	if names = slices.Compact(names); len(names) > 20 {
		t.Errorf("%d exclusions; 20 are the limit", len(names))
	}
	for _, name := range names {
		name, _, _ = strings.Cut(name, ":")
		if !strings.Contains(string(text), name) {
			t.Errorf("docs/pact-deviations.md does not name %q", name)
		}
	}
}
