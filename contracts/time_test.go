package contracts_test

import (
	"testing"
	"time"

	"github.com/seamtest/seam/contracts"
)

func TestFormatTime(t *testing.T) {
	tests := []struct{ pattern, want string }{
		{"yyyy-MM-dd'T'HH:mm:ssXXX", "2024-01-31T12:34:56+02:00"},
		{"yy M/d h a", "24 1/31 12 PM"},
		{"EEE, d MMMM yyyy", "Wed, 31 January 2024"},
		{"EEEE DDD w Q", "Wednesday 031 5 1"},
		{"HH:mm:ss.SSSSSS Z", "12:34:56.789000 +0200"},
		{"k K x xx", "12 0 +02 +0200"},
		{"'it''s' ''yy''", "it's '24'"},
		{"n A", "789000000 45296789"},
		{"O", "GMT+2"},
	}
	for _, tt := range tests {
		if got, err := contracts.FormatTime(noon, tt.pattern); got != tt.want || err != nil {
			t.Errorf("%s: got %q, %v, want %q", tt.pattern, got, err, tt.want)
		}
	}
	for _, bad := range []string{"'open", "[yyyy]", "j"} {
		if got, err := contracts.FormatTime(noon, bad); err == nil {
			t.Errorf("%s was taken as a format and gave %q", bad, got)
		}
	}
	if got, _ := contracts.FormatTime(noon.UTC(), "XXX Z"); got != "Z +0000" {
		t.Errorf("UTC is %q", got)
	}
}

func TestExpressions(t *testing.T) {
	const layout = "2006-01-02 15:04:05"
	tests := []struct {
		eval       func(time.Time, string) (time.Time, error)
		text, want string
		reason     string
	}{
		{contracts.EvalDate, "", "2024-01-31 12:34:56", "nothing means now"},
		{contracts.EvalDate, "today", "2024-01-31 12:34:56", ""},
		{contracts.EvalDate, "yesterday", "2024-01-30 12:34:56", ""},
		{contracts.EvalDate, "tomorrow", "2024-02-01 12:34:56", ""},
		{contracts.EvalDate, "+ 1 day", "2024-02-01 12:34:56", "a base may be left out"},
		{contracts.EvalDate, "+1 month", "2024-02-29 12:34:56", "a short month ends early"},
		{contracts.EvalDate, "- 1 year - 2 weeks", "2023-01-17 12:34:56", "steps follow each other"},
		{contracts.EvalDate, "next week", "2024-02-07 12:34:56", ""},
		{contracts.EvalDate, "last fortnight", "2024-01-17 12:34:56", ""},
		{contracts.EvalDate, "next wednesday", "2024-02-07 12:34:56", "today is a Wednesday, and next is not today"},
		{contracts.EvalDate, "last wed", "2024-01-24 12:34:56", "nor is last"},
		{contracts.EvalDate, "next mon", "2024-02-05 12:34:56", ""},
		{contracts.EvalDate, "last tuesday", "2024-01-30 12:34:56", ""},
		{contracts.EvalDate, "next january", "2025-01-31 12:34:56", "this month is not the next"},
		{contracts.EvalDate, "last feb", "2023-02-28 12:34:56", ""},
		{contracts.EvalTime, "now", "2024-01-31 12:34:56", ""},
		{contracts.EvalTime, "midnight - 1 second", "2024-01-30 23:59:59", ""},
		{contracts.EvalTime, "noon + 90 minutes", "2024-01-31 13:30:00", ""},
		{contracts.EvalTime, "3 o'clock pm", "2024-01-31 15:00:00", ""},
		{contracts.EvalTime, "12 o'clock am", "2024-01-31 00:00:00", "twelve in the night is zero"},
		{contracts.EvalTime, "5 o'clock", "2024-01-31 17:00:00", "five has passed"},
		{contracts.EvalTime, "next hour", "2024-01-31 13:34:56", ""},
		{contracts.EvalTime, "+ 1500 milliseconds", "2024-01-31 12:34:58", ""},
		{contracts.EvalDateTime, "tomorrow @ midnight", "2024-02-01 00:00:00", ""},
		{contracts.EvalDateTime, "@ + 1 hour", "2024-01-31 13:34:56", ""},
		{contracts.EvalDateTime, "next monday", "2024-02-05 12:34:56", ""},
	}
	for _, tt := range tests {
		got, err := tt.eval(noon, tt.text)
		if err != nil || got.Format(layout) != tt.want {
			t.Errorf("%q: got %s, %v, want %s %s", tt.text, got.Format(layout), err, tt.want, tt.reason)
		}
	}
	for _, bad := range []string{"someday", "+ days", "+ 1 parsec", "next", "+ 99999999999 years", "@ 25 o'clock", "@ 5 pm"} {
		if got, err := contracts.EvalDateTime(noon, bad); err == nil {
			t.Errorf("%q was understood as %s", bad, got)
		}
	}
}

func FuzzEvalDateTime(f *testing.F) {
	f.Add("tomorrow + 1 month @ 5 o'clock pm - 3 minutes", "yyyy-MM-dd'T'HH:mm:ss.SSSXXX")
	f.Fuzz(func(_ *testing.T, expression, format string) {
		at, err := contracts.EvalDateTime(noon, expression)
		if err == nil {
			_, _ = contracts.FormatTime(at, format) // must not panic or hang
		}
	})
}
