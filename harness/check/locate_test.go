package check

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLinesOf(t *testing.T) {
	text := "{\n \"description\": \"a \\\"b\\\"\",\n \"x\": {\"description\":\"c\"},\n \"description\" : \"c\"\n}"
	if diff := cmp.Diff(map[string][]int{`a "b"`: {2}, "c": {3, 4}}, linesOf(text)); diff != "" {
		t.Error(diff)
	}
}

func TestLinesOfAFileInOneLine(t *testing.T) {
	text := `{"interactions":[{"description":"a"},{"description":"b \"description\":"},{"description":"a"}]}`
	if diff := cmp.Diff(map[string][]int{"a": {1, 1}, `b "description":`: {1}}, linesOf(text)); diff != "" {
		t.Error(diff)
	}
}

func FuzzLinesOf(f *testing.F) {
	f.Add("\"description\": \"a\"\n")
	f.Add("\"description\": {\n\"description\": \"")
	f.Fuzz(func(t *testing.T, text string) {
		most := strings.Count(text, "\n") + 1
		for description, lines := range linesOf(text) {
			for i, line := range lines {
				if line < 1 || line > most || i > 0 && line < lines[i-1] {
					t.Errorf("%q on lines %v of %d", description, lines, most)
				}
			}
		}
	})
}
