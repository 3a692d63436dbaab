package load

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
)

// How much recorded arrivals may hold.
const (
	mostArrivalsRead = 1_000_000
	mostArrivalLine  = 4 << 10
)

// ReadArrivals reads the file of recorded arrivals for Job.Times.
func ReadArrivals(path string) ([]time.Duration, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the recorded arrivals: %w", err)
	}
	defer file.Close()
	times, err := parseArrivals(file)
	if err != nil {
		return nil, fmt.Errorf("read the recorded arrivals %s: %w", path, err)
	}
	return times, nil
}

// parseArrivals reads one arrival a line: the first column of CSV, in seconds,
// as a duration with its unit, or as a time of day (RFC 3339), which counts
// from the first. Empty lines, lines of comment (#) and a header are passed over.
func parseArrivals(r io.Reader) ([]time.Duration, error) {
	var times []time.Duration
	var first time.Time
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, mostArrivalLine), mostArrivalLine)
	for number := 1; lines.Scan(); number++ {
		column, _, _ := strings.Cut(lines.Text(), ",")
		column = strings.Trim(strings.TrimSpace(column), `"`)
		if column == "" || column[0] == '#' {
			continue
		}
		at, when, ok := arrival(column)
		switch {
		case !ok && len(times) == 0 && number == 1:
			continue // the header
		case !ok || (len(times) > 0 && when.IsZero() != first.IsZero()):
			return nil, fmt.Errorf("line %d: %q is no time such as 0.25, 250ms or 2026-01-31T12:00:00.25Z", number, column)
		case len(times) == 0:
			first = when
		}
		if !when.IsZero() {
			at = when.Sub(first)
		}
		if at < 0 {
			return nil, fmt.Errorf("line %d: %q is before the start", number, column)
		}
		if times = append(times, at); len(times) > mostArrivalsRead {
			return nil, fmt.Errorf("there are more than %d arrivals", mostArrivalsRead)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if len(times) == 0 {
		return nil, errors.New("there is no arrival in it")
	}
	return times, nil
}

// arrival reads one time: from the start, or of day.
func arrival(text string) (at time.Duration, when time.Time, ok bool) {
	const most = 1e9 // seconds: what is more would not fit a Duration
	if seconds, err := strconv.ParseFloat(text, 64); err == nil {
		return time.Duration(seconds * float64(time.Second)), when, seconds >= 0 && seconds < most
	}
	if at, err := time.ParseDuration(text); err == nil {
		return at, when, true
	}
	when, err := time.Parse(time.RFC3339Nano, text)
	return 0, when, err == nil
}
