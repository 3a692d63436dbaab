package load

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// arrivalsOf plays a schedule whose request n is sent as late as late says.
func arrivalsOf(s Schedule, late func(n int) time.Duration) arrivals {
	a := newArrivals(&Job{Rate: 1000, For: 10 * time.Second})
	for n := 0; ; n++ {
		due, ok := s(n)
		if !ok {
			return a
		}
		a.add(due, due+late(n))
	}
}

// What was sent is held against what was due: the distribution over the run
// and that of the gaps, each of which can be wrong alone.
func TestArrivalsThatAreNotThoseAskedForShow(t *testing.T) {
	constant := Constant(1000, 10*time.Second)
	random := rand.New(rand.NewPCG(1, 2))
	for _, test := range []struct {
		reason      string
		schedule    Schedule
		late        func(n int) time.Duration
		times, gaps bool // that are sound
	}{
		{"on time", constant, func(int) time.Duration { return 3 * time.Microsecond }, true, true},
		{"all equally late", constant, func(int) time.Duration { return time.Millisecond }, true, true},
		{"a little jitter", constant, func(int) time.Duration { return time.Duration(random.Int64N(90_000)) }, true, true},
		{"by chance, on time", Poisson(1, Stage{1000, 1000, 10 * time.Second}), func(int) time.Duration { return 0 }, true, true},
		{"in pairs", constant, func(n int) time.Duration { return time.Duration(1-n%2) * time.Millisecond }, true, false},
		{"in bursts of ten", constant, func(n int) time.Duration { return time.Duration(9-n%10) * time.Millisecond }, true, false},
		{"by chance, made even", Poisson(1, Stage{1000, 1000, 10 * time.Second}), func(n int) time.Duration {
			due, _ := Poisson(1, Stage{1000, 1000, 10 * time.Second})(n % 10_000)
			return time.Duration(n)*time.Millisecond - due
		}, true, false},
		{"ever later", constant, func(n int) time.Duration { return time.Duration(n) * 100 * time.Microsecond }, false, true},
		{"a stop of two seconds", constant, func(n int) time.Duration {
			return max(0, min(2*time.Second, 5*time.Second-time.Duration(n)*time.Millisecond))
		}, false, true},
	} {
		if test.reason == "by chance, made even" {
			test.schedule = first(test.schedule, 3000) // beyond that it costs too much to say
		}
		a := arrivalsOf(test.schedule, test.late)
		times, gaps := a.spread(gapSlack)
		if (times <= mostArrivals) != test.times || (gaps <= mostGaps) != test.gaps {
			t.Errorf("%s: distances %.3f over the run, %.3f of the gaps", test.reason, times, gaps)
		}
	}
}

// first ends a schedule after so many requests.
func first(s Schedule, most int) Schedule {
	return func(n int) (time.Duration, bool) {
		due, ok := s(n)
		return due, ok && n < most
	}
}

func TestACertificateSaysWhyAndWhatToChange(t *testing.T) {
	sound := Summary{Requests: 5000, Intended: 500, Achieved: 500, Latency: Quantiles{P99: 10 * time.Millisecond}}
	for _, test := range []struct {
		reason, say, note string
		certificate       Certificate
		change            func(*Summary)
	}{
		{reason: "all is well", change: func(*Summary) {}},
		{"sent late", "sent late", "lateness", Certificate{}, func(s *Summary) { s.Schedule.P99 = time.Second }},
		{"no connection", "allow more in flight", "waited for a connection", Certificate{Waited: 500}, func(s *Summary) { s.Schedule.P99 = time.Second }},
		{"too slow", "only 100.0 of 500.0", "", Certificate{}, func(s *Summary) { s.Achieved = 100 }},
		{"behind", "when they were due", "", Certificate{Arrivals: 0.2}, func(*Summary) {}},
		{"in bursts", "gaps", "", Certificate{Gaps: 0.5}, func(*Summary) {}},
		{"another guest", "other guests", "", Certificate{Steal: 0.2}, func(*Summary) {}},
		{"a little of another guest", "", "other guests", Certificate{Steal: 0.02}, func(*Summary) {}},
		{"few requests", "", "fewer than ten", Certificate{}, func(s *Summary) { s.Requests = 100 }},
		{"its own tail", "", "lateness of the load generator", Certificate{}, func(s *Summary) { s.Schedule.P99 = 6 * time.Millisecond }},
		{"its own limit", "", "the server can do more", Certificate{Busy: 0.99, Workers: 1}, func(s *Summary) { s.Intended = 0 }},
		{"a class with a remedy", "", "ulimit", Certificate{}, func(s *Summary) { s.Classes = map[string]int64{classFiles: 1} }},
	} {
		s := sound
		test.change(&s)
		c := test.certificate
		c.Reasons, c.Notes = c.reasons(&s), c.notes(&s)
		if (c.whyInvalid() == "") != (test.say == "") || !strings.Contains(c.whyInvalid(), test.say) {
			t.Errorf("%s: invalid because %q, want %q", test.reason, c.whyInvalid(), test.say)
		}
		if (len(c.Notes) == 0) != (test.note == "") || !slices.ContainsFunc(append(c.Notes, ""), func(n string) bool { return strings.Contains(n, test.note) }) {
			t.Errorf("%s: notes %q, want %q", test.reason, c.Notes, test.note)
		}
	}
}

func TestTheMachinesTimeIsRead(t *testing.T) {
	before := readProcessors()
	for began := time.Now(); time.Since(began) < 50*time.Millisecond; {
		_ = cpuTime()
	}
	if cpuTime() <= 0 {
		t.Skip("processor time is not known on this system")
	}
	if passed := readProcessors().since(before); before.all <= 0 || passed.all <= 0 || passed.stolen < 0 || passed.stolen > passed.all {
		t.Errorf("ticks %+v, passed %+v", before, passed)
	}
}
