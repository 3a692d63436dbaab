package proc

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func split(writes ...string) []string {
	var lines []string
	s := splitter{emit: func(text string) { lines = append(lines, text) }}
	for _, w := range writes {
		s.write([]byte(w))
	}
	s.flush()
	return lines
}

func TestSplitter(t *testing.T) {
	long := strings.Repeat("x", lineLimit-len(cutMark))
	for _, row := range []struct {
		reason string
		writes []string
		want   []string
	}{
		{"nothing", nil, nil},
		{"two lines at once", []string{"a\nb\n"}, []string{"a", "b"}},
		{"a line in pieces", []string{"a", "b", "\n", "c\n"}, []string{"ab", "c"}},
		{"empty lines count", []string{"\n\na\n"}, []string{"", "", "a"}},
		{"the last line has no end", []string{"a\nb"}, []string{"a", "b"}},
		{"Windows ends", []string{"a\r\nb\r\n"}, []string{"a", "b"}},
		{"a carriage return within stays", []string{"10%\r20%\n"}, []string{"10%\r20%"}},
		{"bytes that are no UTF-8", []string{"a\xff\xfeb\n"}, []string{"a?b"}},
		{"a line of just the limit", []string{long + "\nb\n"}, []string{long, "b"}},
		{"a longer one is cut, the next is whole", []string{long, "y", "z\nb\n"}, []string{long + cutMark, "b"}},
		{"a longer one that never ends", []string{long + "y", long, long}, []string{long + cutMark}},
	} {
		t.Run(row.reason, func(t *testing.T) {
			if diff := cmp.Diff(row.want, split(row.writes...)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func FuzzSplitter(f *testing.F) {
	f.Add([]byte("a\nb\r\n\xff"), 2)
	f.Add(bytes.Repeat([]byte("long "), lineLimit), 1000)
	f.Fuzz(func(t *testing.T, text []byte, piece int) {
		var whole, pieces []string
		s := splitter{emit: func(line string) { whole = append(whole, line) }}
		s.write(text)
		s.flush()
		s = splitter{emit: func(line string) { pieces = append(pieces, line) }}
		for rest := text; len(rest) > 0; {
			n := min(max(piece, 1), len(rest))
			s.write(rest[:n])
			rest = rest[n:]
		}
		s.flush()
		if diff := cmp.Diff(whole, pieces); diff != "" {
			t.Errorf("the lines depend on how they were written:\n%s", diff)
		}
		for _, line := range whole {
			if len(line) > lineLimit || !utf8.ValidString(line) || strings.Contains(line, "\n") {
				t.Errorf("not a line of valid UTF-8 within the limit: %q", line)
			}
		}
	})
}

func TestTailKeepsTheLast(t *testing.T) {
	var tail tail
	var want []string
	for i := range 3*tailLines + 7 {
		tail.add(fmt.Sprint(i))
		want = append(want, fmt.Sprint(i))
		if diff := cmp.Diff(want[max(0, len(want)-tailLines):], tail.lines()); diff != "" {
			t.Fatal(diff)
		}
	}
	tail.add(strings.Repeat("é", tailWidth))
	last := tail.lines()[tailLines-1]
	if len(last) > tailWidth || !utf8.ValidString(last) || !strings.HasSuffix(last, cutMark) {
		t.Errorf("a line of %d bytes in the tail", len(last))
	}
}

func TestPumpWaitsForASlowLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := 0
		p := newPump(func(Line) {
			time.Sleep(patience / 2) // slow, but it moves
			got++
		})
		for range 2 * lineQueue {
			p.put(Line{})
		}
		if err := p.close(); err != nil {
			t.Error(err)
		}
		if got != 2*lineQueue {
			t.Errorf("%d of %d lines came", got, 2*lineQueue)
		}
	})
}

func TestPumpDropsAndCountsForALogThatStandsStill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const sent = 3 * lineQueue
		var once sync.Once
		release := make(chan struct{})
		lines, report := 0, ""
		p := newPump(func(l Line) {
			once.Do(func() { <-release })
			if l.Service == "seam" {
				report = l.Text
			} else {
				lines++
			}
		})
		began := time.Now()
		for range sent {
			p.put(Line{Service: "orders"})
		}
		if held := time.Since(began); held > 2*patience {
			t.Errorf("the service was held up for %s", held)
		}
		close(release)
		if err := p.close(); err != nil {
			t.Error(err)
		}
		if want := fmt.Sprintf("%d lines", sent-lines); !strings.HasPrefix(report, want) || lines < lineQueue {
			t.Errorf("%d lines came, %d were sent, and the report is %q", lines, sent, report)
		}
	})
}

func TestPumpGivesUpOnALogThatNeverReturns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		p := newPump(func(Line) { <-release })
		p.put(Line{})
		p.put(Line{})
		if err := p.close(); err == nil {
			t.Error("the lost lines are not reported")
		}
		close(release)
		<-p.ended
	})
}

func BenchmarkSplitter(b *testing.B) {
	text := bytes.Repeat([]byte(`{"level":"info","msg":"request served","path":"/orders/17","took":"1.3ms"}`+"\n"), 400)
	s := splitter{emit: func(string) {}}
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		s.write(text)
	}
}
