package report

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/seamtest/seam/harness/load/compare"
)

// What is read of a report by a comparison.
const (
	mostCompared = 600      // intervals of a load: as many as one has
	mostDigits   = 3        // of its histograms
	mostReport   = 64 << 20 // bytes of a report
	mostCounted  = 1 << 53  // requests of an interval
	longestShot  = int64(24 * time.Hour)
)

// A Loaded is a document with the name under which messages speak of it.
type Loaded struct {
	Name string
	*Document
}

// ReadLoaded reads the JSON report of a load.
func ReadLoaded(name string, from io.Reader) (Loaded, error) {
	doc := &Document{}
	limited := &io.LimitedReader{R: from, N: mostReport + 1}
	if err := json.NewDecoder(limited).Decode(doc); err != nil {
		if limited.N <= 0 {
			err = fmt.Errorf("it has more than %d MiB", mostReport>>20)
		}
		return Loaded{}, fmt.Errorf("%s is no JSON report (write one with -o json=FILE): %w", name, err)
	}
	switch {
	case doc.Seam != Format:
		return Loaded{}, fmt.Errorf("%s has the format %d; this seam reads %d", name, doc.Seam, Format)
	case len(doc.Load) == 0:
		return Loaded{}, fmt.Errorf("%s has no load", name)
	}
	return Loaded{name, doc}, nil
}

func sound(name string, l *Load) error {
	switch {
	case !l.Valid:
		return fmt.Errorf("%s: %s is INVALID, so it says nothing: %s", name, l.Scenario, l.WhyInvalid)
	case l.Aborted != "":
		return fmt.Errorf("%s: %s was aborted: %s", name, l.Scenario, l.Aborted)
	case len(l.Plan) == 0:
		return fmt.Errorf("%s: %s does not tell its plan: run it again with this seam", name, l.Scenario)
	case len(l.Intervals) > mostCompared:
		return fmt.Errorf("%s: %s has %d intervals; a load has at most %d", name, l.Scenario, len(l.Intervals), mostCompared)
	case len(l.Intervals) == 0 || l.Intervals[0].LatencyHDR == "" && l.Intervals[0].Requests > 0:
		return fmt.Errorf("%s: %s has no histograms of its intervals: run it again with this seam", name, l.Scenario)
	}
	return nil
}

// runOf reads the histograms of a load's intervals.
func runOf(l *Load) (compare.Run, error) {
	var run compare.Run
	for i := range l.Intervals {
		from := &l.Intervals[i]
		one := compare.Interval{For: time.Duration(from.ForS * float64(time.Second)), Errors: from.Errors}
		if from.ForS <= 0 || one.For <= 0 || from.Errors < 0 {
			return run, fmt.Errorf("interval %d has no length, or less than no errors", i+1)
		}
		if from.LatencyHDR != "" {
			h, err := histogram(from.LatencyHDR)
			if err != nil {
				return run, fmt.Errorf("the histogram of interval %d: %w", i+1, err)
			}
			if h.TotalCount() > mostCounted {
				return run, fmt.Errorf("interval %d cannot have %d requests", i+1, h.TotalCount())
			}
			for _, bar := range h.Distribution() {
				if bar.Count > 0 {
					one.Latency = append(one.Latency, compare.Bucket{From: time.Duration(bar.From), To: time.Duration(bar.To + 1), Count: bar.Count})
				}
			}
		}
		run.Intervals = append(run.Intervals, one)
	}
	return run, nil
}

// histogram reads one as HdrHistogram V2 writes it, compressed. How fine it is
// stands in its head, and is looked at before room is made for it.
func histogram(text string) (*hdrhistogram.Histogram, error) {
	packed, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(packed) < 8 {
		return nil, errors.New("it is no compressed HdrHistogram in base64")
	}
	inflated, err := zlib.NewReader(bytes.NewReader(packed[8:]))
	if err != nil {
		return nil, err
	}
	var head struct {
		Cookie, Length, Offset, Digits int32
		Lowest, Highest                int64
	}
	if err := binary.Read(inflated, binary.BigEndian, &head); err != nil {
		return nil, err
	}
	if head.Digits > mostDigits || head.Highest > longestShot {
		return nil, fmt.Errorf("it has %d significant digits up to %s; at most %d up to %s are read", head.Digits, time.Duration(head.Highest), mostDigits, time.Duration(longestShot))
	}
	return hdrhistogram.Decode([]byte(text))
}
