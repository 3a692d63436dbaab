package main

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seamtest/seam/harness/load"
)

func TestALongStepIsSaidAgainEveryTenSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		talk := newTalk(&out, false)
		talk.say("starting shop")
		time.Sleep(25 * time.Second)
		talk.say("judging")
		time.Sleep(9 * time.Second)
		talk.close()
		want := "seam:   0.0s  starting shop\nseam:  10.0s  still starting shop\nseam:  20.0s  still starting shop\nseam:  25.0s  judging\n"
		if diff := cmp.Diff(want, out.String()); diff != "" {
			t.Error("said (-want +got):\n" + diff)
		}
	})
}

func TestWhatIsWaitedForIsSaidAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		talk := newTalk(&out, false)
		talk.say("web is ready (0.1 s); waiting for orders, stock")
		time.Sleep(11 * time.Second)
		talk.close()
		want := "seam:   0.0s  web is ready (0.1 s); waiting for orders, stock\nseam:  10.0s  still waiting for orders, stock\n"
		if diff := cmp.Diff(want, out.String()); diff != "" {
			t.Error("said (-want +got):\n" + diff)
		}
	})
}

func TestAStepThatIsNotSaidIsWhereItTakesLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		talk := newTalk(&out, false)
		talk.begin("verifying 2 pacts")
		time.Sleep(11 * time.Second)
		talk.close()
		if diff := cmp.Diff("seam:  10.0s  still verifying 2 pacts\n", out.String()); diff != "" {
			t.Error("said (-want +got):\n" + diff)
		}
	})
}

func TestAQuietTalkSaysNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		talk := newTalk(&out, true)
		talk.say("starting shop")
		time.Sleep(time.Minute)
		talk.close()
		if out.Len() != 0 {
			t.Errorf("said %q", out.String())
		}
	})
}

func TestTheDefaultIsWhatNeitherFlagNorVariableSays(t *testing.T) {
	for reason, test := range map[string]struct {
		args []string
		env  string
		want time.Duration
	}{
		"neither":      {nil, "", 30 * time.Second},
		"the variable": {nil, "5s", 5 * time.Second},
		"the flag":     {[]string{"--for", "7s"}, "", 7 * time.Second},
		"both":         {[]string{"--for", "7s"}, "5s", 7 * time.Second},
	} {
		t.Run(reason, func(t *testing.T) {
			cmd := loadCommand()
			if err := cmd.ParseFlags(test.args); err != nil {
				t.Fatal(err)
			}
			env := func(name string) (string, bool) { return test.env, name == "SEAM_FOR" }
			if err := fromEnvironment(cmd, env); err != nil {
				t.Fatal(err)
			}
			if got, err := cmd.Flags().GetDuration("for"); err != nil || got != test.want {
				t.Errorf("--for is %s (%v), want %s", got, err, test.want)
			}
		})
	}
}

func TestALoadIsToldEveryTenSecondsOffATerminal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		talk := newTalk(&out, false)
		talk.say("loading x")
		for i := range 15 {
			time.Sleep(time.Second)
			talk.load(load.Progress{Elapsed: time.Duration(i+1) * time.Second, Total: 15 * time.Second, Rate: 10, Intended: 10, Over: i == 14})
		}
		talk.say("judging")
		talk.close()
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		if len(lines) != 3 || !strings.Contains(lines[1], "loading: 10.0/s of 10.0/s, p50 0µs, p99 0µs, 0 errors, 0 in flight, late p99 0µs, ") {
			t.Errorf("said\n%s", out.String())
		}
	})
}

// The load process and its parent speak the same.
func TestWhatTheLoadProcessWritesIsRead(t *testing.T) {
	var told []string
	text := `{"progress":{"name":"a"}}` + "\n" + `{"progress":{"name":"b"}}` + "\n" + `{"result":{"summary":{"requests":7}}}` + "\n"
	result, err := hear(strings.NewReader(text), func(p load.Progress) { told = append(told, p.Name) })
	if err != nil || result.Summary.Requests != 7 || !slices.Equal(told, []string{"a", "b"}) {
		t.Errorf("read %+v and %q: %v", result, told, err)
	}
	if summary, err := hear(strings.NewReader(text[:len(text)-9]), nil); err == nil {
		t.Errorf("a summary that broke off is taken for %+v", summary)
	}
}
