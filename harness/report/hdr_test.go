package report

import (
	"bytes"
	"math"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// A logged histogram is what a reader of HdrHistogram's own finds in a line.
func logged(t *testing.T, doc *Document) []*hdrhistogram.Histogram {
	t.Helper()
	var b bytes.Buffer
	if err := HDRLog(&b, doc); err != nil {
		t.Fatal(err)
	}
	var all []*hdrhistogram.Histogram
	for reader := hdrhistogram.NewHistogramLogReader(&b); ; {
		h, err := reader.NextIntervalHistogram()
		if err != nil {
			t.Fatal(err)
		}
		if h == nil {
			return all
		}
		all = append(all, h)
	}
}

func TestTheLogIsReadByTheReaderOfHdrHistogram(t *testing.T) {
	doc := busy(t)
	begun := time.Date(2026, 11, 24, 3, 0, 7, 250e6, time.UTC)
	doc.Load[0].Started, doc.Load[1].Started = begun, begun.Add(70*time.Second)
	steps := doc.Load[0].Steps
	steps[0].LatencyHDR, steps[1].LatencyHDR = doc.Load[0].LatencyHDR, doc.Load[0].LatencyHDR
	all := logged(t, doc)
	if want := 60 + 2 + 3; len(all) != want {
		t.Fatalf("%d histograms are read, want %d", len(all), want)
	}
	counts := map[string]int64{}
	for i, h := range all {
		counts[h.Tag()] += h.TotalCount()
		at := begun.Add(time.Duration(i) * time.Second)
		switch {
		case i >= 62:
			at = begun.Add(70*time.Second + time.Duration(i-62)*time.Second)
		case i >= 60:
			at = begun // a step, over the whole run
		}
		if math.Abs(float64(h.StartTimeMs()-at.UnixMilli())) > 1 {
			t.Errorf("histogram %d began at %d, want %d", i, h.StartTimeMs(), at.UnixMilli())
		}
	}
	whole := doc.Load[0].Requests
	for tag, want := range map[string]int64{"customers": whole, "customers/buy/browse": whole, tagOf([]string{"customers", "buy", steps[1].Step}): whole, "as_fast_as_4_connections_go": 150} {
		if counts[tag] != want {
			t.Errorf("tag %q has %d requests, want %d; there are %v", tag, counts[tag], want, counts)
		}
	}
}

// Readers take lines without a tag unless they are told otherwise, so those of
// a load that is alone have none.
func TestALoadThatIsAloneHasNoTag(t *testing.T) {
	doc := busy(t)
	doc.Load = doc.Load[1:]
	for _, h := range logged(t, doc) {
		if h.Tag() != "" || h.TotalCount() != 50 {
			t.Errorf("%d requests with the tag %q", h.TotalCount(), h.Tag())
		}
	}
	doc.Load[0].Valid, doc.Load[0].WhyInvalid = false, "late\n1,2,3,HIST"
	var b bytes.Buffer
	if err := HDRLog(&b, doc); err != nil || !strings.Contains(b.String(), "#[INVALID: as fast as 4 connections go: late 1,2,3,HIST]\n") {
		t.Errorf("%v\n%s", err, b.String())
	}
	doc.Load = nil
	if all := logged(t, doc); len(all) != 0 {
		t.Errorf("without a load: %d histograms", len(all))
	}
}

func TestPercentilesAreThoseOfTheHistogram(t *testing.T) {
	doc := busy(t)
	doc.Load = doc.Load[:1]
	var b bytes.Buffer
	if err := Percentiles(&b, doc); err != nil {
		t.Fatal(err)
	}
	golden(t, "load.hgrm.golden", b.Bytes())
}

// FuzzTag puts anything into names: a line stays one line of four fields, and
// a comment stays one.
func FuzzTag(f *testing.F) {
	f.Add("a b,c", "x\ny")
	f.Add(hostile, "\r\n1,2,3,HIST")
	f.Add("", "Tag=x,")
	line := regexp.MustCompile(`^(Tag=[^,\s]*,)?\d+\.\d{3},\d+\.\d{3},\d+\.\d{3},HIST[A-Za-z0-9+/=]+$`)
	row := regexp.MustCompile(`^(#\[|\s+Value\s|\s+\d+\.\d{3} [01]\.\d{12}\s+\d+(\s+\d+\.\d\d)?$)`)
	doc := busy(f)
	doc.Load[0].Intervals, doc.Load[1].Intervals, doc.Load[0].Steps[0].LatencyHDR = doc.Load[0].Intervals[:2], nil, doc.Load[0].LatencyHDR
	f.Fuzz(func(t *testing.T, name, step string) {
		doc.Load[0].Scenario, doc.Load[0].Steps[0].Step, doc.Load[0].WhyInvalid, doc.Load[0].Valid = name, step, name, false
		var b bytes.Buffer
		if err := HDRLog(&b, doc); err != nil {
			t.Fatal(err)
		}
		found := 0
		for text := range strings.SplitSeq(strings.TrimSuffix(b.String(), "\n"), "\n") {
			if line.MatchString(text) {
				found++
			} else if !strings.HasPrefix(text, "#[") && !strings.HasPrefix(text, `"Start`) {
				t.Errorf("%q is no line of a log", text)
			}
		}
		b.Reset()
		if err := Percentiles(&b, doc); err != nil {
			t.Fatal(err)
		}
		for text := range strings.SplitSeq(strings.TrimSuffix(b.String(), "\n"), "\n") {
			if text != "" && !row.MatchString(text) {
				t.Errorf("%q is no line of a table", text)
			}
		}
		if found != 3 {
			t.Errorf("%d histograms of 3:\n%s", found, b.String())
		}
	})
}
