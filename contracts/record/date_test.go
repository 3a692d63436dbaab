package record

import (
	"fmt"
	"testing"
	"time"
)

// TestEveryDayIsADate holds that the day on which traffic is recorded makes no
// difference to what becomes of its dates.
func TestEveryDayIsADate(t *testing.T) {
	for _, year := range []int{1900, 2000, 2023, 2024} {
		for month := range 14 {
			for day := range 33 {
				text := fmt.Sprintf("%04d-%02d-%02d", year, month, day)
				_, err := time.Parse(time.DateOnly, text)
				if got, want := fits(text, "date"), err == nil; got != want {
					t.Errorf("%s is a date: %t, want %t", text, got, want)
				}
			}
		}
	}
}

// fits says whether a text has the form that gets the rule.
func fits(text, rule string) bool {
	for _, f := range forms {
		if f.fits.MatchString(text) {
			return f.rule.Match == rule
		}
	}
	return false
}
