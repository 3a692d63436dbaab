package load

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Bounds of a file of arrival times.
const (
	mostTimes    = 10_000_000
	mostTimeLine = 64 << 10
)

// An epoch is what a number of seconds is taken for that is beyond 3 years.
const epoch = 1e8

// ReadTimes reads recorded arrival times: one a line, in seconds or as RFC 3339
// has it; or a CSV file with such a column named "time". Seconds count from the
// start of the run; dates, and seconds since 1970, from the earliest of them.
func ReadTimes(r io.Reader) ([]time.Duration, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, mostTimeLine)
	var times []time.Duration
	column, first, dates := 0, true, false
	for at := 1; lines.Scan(); at++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		fields := strings.Split(line, ",")
		if i := slices.IndexFunc(fields, func(f string) bool { return unquote(f) == "time" }); first && i >= 0 {
			column, first = i, false
			continue
		}
		first = false
		if column >= len(fields) {
			return nil, fmt.Errorf("line %d has no column for the time", at)
		}
		t, date, err := parseTime(unquote(fields[column]))
		switch {
		case err != nil:
			return nil, fmt.Errorf("line %d: %w", at, err)
		case len(times) > 0 && date != dates:
			return nil, fmt.Errorf("line %d: some times are dates and some count from the start", at)
		case len(times) == mostTimes:
			return nil, fmt.Errorf("there are more than %d arrival times", mostTimes)
		}
		dates = date
		times = append(times, t)
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return nil, fmt.Errorf("a line is longer than %d bytes", mostTimeLine)
	}
	if lines.Err() != nil {
		return nil, lines.Err()
	}
	if len(times) == 0 {
		return nil, errors.New("there is no arrival time in it")
	}
	slices.Sort(times)
	if dates {
		earliest := times[0]
		for i := range times {
			times[i] -= earliest
		}
	}
	return times, nil
}

func unquote(field string) string { return strings.Trim(strings.TrimSpace(field), `"`) }

// parseTime reads seconds or a date, and says whether it counts from 1970.
func parseTime(text string) (t time.Duration, date bool, err error) {
	if seconds, err := strconv.ParseFloat(text, 64); err == nil {
		if !(seconds >= 0 && seconds < math.MaxInt64/1e9) {
			return 0, false, fmt.Errorf("%q is no time of a run", text)
		}
		whole, part := math.Modf(seconds)
		return time.Duration(whole)*time.Second + time.Duration(part*1e9), seconds > epoch, nil
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil || at.Year() < 1970 || at.Year() > 2200 {
		return 0, false, fmt.Errorf("%q is no time: write seconds such as 0.250, or a date as RFC 3339 has it", text)
	}
	return time.Duration(at.UnixNano()), true, nil
}
