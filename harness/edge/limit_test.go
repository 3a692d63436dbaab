package edge

import (
	"strings"
	"testing"
)

func TestASpansTextIsUTF8AndBounded(t *testing.T) {
	long := strings.Repeat("a", attrLimit-1)
	for _, test := range []struct{ reason, text, want string }{
		{"plain text stays", "/items/é", "/items/é"},
		{"bytes that are no text are marked", "/a\xffb", "/a\uFFFDb"},
		{"what is too long is cut", long + "bc", long + "b"},
		{"not within a character", long + "é", long},
	} {
		t.Run(test.reason, func(t *testing.T) {
			if got := limit(test.text); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
