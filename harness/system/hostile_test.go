package system

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// A file of at most 1 MiB that means harm is refused in the time that a large
// honest one takes, and within its memory.
func TestHostileFilesAreRefusedSoon(t *testing.T) {
	const head = "seam: 1\nservices: { a: { run: [x] } }\n"
	laughs := "seam: 1\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
	merges := "seam: 1\nm0: &m0 { a: 1, b: 2 }\n"
	for i := 1; i < 30; i++ {
		laughs += fmt.Sprintf("a%d: &a%d [%s*a%d]\n", i, i, strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 9), i-1)
		merges += fmt.Sprintf("m%d: &m%d { <<: [*m%d, *m%d], k%d: 1 }\n", i, i, i-1, i-1, i)
	}
	for _, test := range []struct{ reason, want, text string }{
		{"a billion laughs in a body", "longer than 4 MiB", laughs + "services: { a: { run: [x] } }\ndrive: { request: { path: /, body: *a29 } }\n"},
		{"a billion laughs as a command", "longer than 4 MiB", laughs + "services: { a: { run: *a29 } }\n"},
		{"merges of merges", "no key `m0`", merges + "services: { a: { <<: *m29 } }\n"},
		{"brackets without end", "50000", head + "name: " + strings.Repeat("[", maxSize-100)},
		{"braces without end", "50000", head + "name: " + strings.Repeat("{a: ", maxSize/4-100)},
		{"lists in lists", "50000", head + "name:\n  " + strings.Repeat("- ", maxSize/2-100) + "x\n"},
		{"mappings ever deeper", "64 levels", head + deeper()},
		{"as many keys as fit", "50000", head + strings.Repeat("k: 1\n", maxSize/5-100)},
		{"as many services as fit", "50000", "seam: 1\nservices:\n" + numbered("  s%d: { run: [x] }\n", maxSize-100)},
		{"a ring of services", "50000", "seam: 1\nservices:\n" + numbered("  s%[1]d: { run: [x], after: s%[2]d }\n", maxSize-100)},
		{"one long key", "no key", head + strings.Repeat("k", maxSize-100) + ": 1\n"},
		{"one long value", "a whole number", "seam: 1\nservices: { a: { run: [x], port: \"" + strings.Repeat("9", maxSize-100) + "\" } }\n"},
		{"one long quote that does not end", "not closed", head + "name: \"" + strings.Repeat("\\", maxSize-100)},
		{"anchors of anchors", "50000", head + "name: " + strings.Repeat("&a ", maxSize/3-100)},
		{"tags of tags", "50000", head + "name: " + strings.Repeat("!a ", maxSize/3-100)},
		{"variables of a long value", "too long", "seam: 1\nname: \"" + strings.Repeat("${LONG}", maxSize/8) + "\"\nservices: { a: { run: [x] } }\n"},
		{"a regular expression that explodes", "longer than 1000", "seam: 1\nservices: { a: { run: [x], ready: { log: \"" + strings.Repeat("(a{1000})", 1000) + "\" } } }\n"},
		{"a ring of services within the bounds", "no service", "seam: 1\nservices:\n" + numbered("  s%[1]d: { run: [x], after: s%[2]d }\n", 120_000)},
		{"calls to nobody, each near many", "no service", "seam: 1\nservices:\n" + numbered("  service-number-%[1]d: { run: [x], calls: [servce-nmber-%[2]d] }\n", 200_000)},
		{"variables that are missing", "`A` is not set", "seam: 1\nservices:\n" + numbered("  s%d: { run: [\"${A}${B}${C}\"], env: { A: \"${X}\" } }\n", 150_000)},
		{"keys that are none", "no key `rnu`", "seam: 1\nservices:\n" + numbered("  s%d: { rnu: [x], dri: x, evn: { A: x } }\n", 80_000)},
		{"question marks", "50000", head + strings.Repeat("? ", maxSize/2-100)},
		{"documents", "50000", head + strings.Repeat("---\n", maxSize/4-100) + "x: 1\n"},
		{"more than 1 MiB", "longer than 1024", head + strings.Repeat("# comment\n", maxSize/10)},
	} {
		t.Run(test.reason, func(t *testing.T) {
			began := time.Now()
			_, err := Parse("seam.yaml", []byte(test.text), env("LONG", strings.Repeat("x", 1<<20)))
			var faults *Error
			if !errors.As(err, &faults) {
				t.Fatalf("no fault, but %.200v", err)
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("want %q among the faults:\n%v", test.want, err)
			}
			for _, f := range faults.Faults {
				held(t, []byte(test.text), f)
			}
			if took := time.Since(began); took > time.Minute {
				t.Errorf("took %s", took)
			}
		})
	}
}

// deeper is a mapping in a mapping for as many lines as fit.
func deeper() string {
	var b strings.Builder
	b.WriteString("name:\n")
	for i := 1; b.Len()+i < maxSize-200; i++ {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}

// numbered repeats a line with the number of the line and of the next.
func numbered(line string, size int) string {
	var b strings.Builder
	for i := 0; b.Len() < size-len(line)-20; i++ {
		if strings.Contains(line, "%[2]d") {
			fmt.Fprintf(&b, line, i, i+1)
		} else {
			fmt.Fprintf(&b, line, i)
		}
	}
	return b.String()
}
