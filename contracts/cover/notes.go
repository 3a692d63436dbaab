package cover

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/seamtest/seam/contracts/match"
)

// What a ledger keeps at most.
const (
	MaxUndescribed = 1000 // kinds of undescribed calls that are told apart
	MaxViolations  = 200  // kinds of violations that are told apart

	maxReasons    = 20
	maxNear       = 5   // mismatches kept of an undescribed call
	maxMismatches = 20  // mismatches kept of a violation
	maxText       = 512 // bytes of a text in a mismatch that is kept
	maxPath       = 256 // bytes of a path that is kept
	maxMethod     = 32  // bytes of a method that is kept
)

// A kind of undescribed call; the status is 0 where the request is what no
// interaction describes.
type kind struct {
	method, path string
	status       int
}

// A breach is what makes two violations the same: the interaction, and what
// differed first, whichever item of a list it was.
type breach struct {
	of         *entry
	part       match.Part
	path, rule string
	status     int
}

// note counts an undescribed call.
func (l *Ledger) note(x Seen, v Verdict) {
	at := kind{method: clip(strings.ToUpper(x.Request.Method), maxMethod), path: clip(x.Route, maxPath)}
	if at.path == "" {
		at.path = general(clip(x.Request.Path, maxPath))
	}
	if v.Why == otherStatus {
		at.status = x.Response.Status
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	call := l.undescribed[at]
	switch {
	case call != nil:
		call.Count++
	case len(l.undescribed) == MaxUndescribed:
		l.others++
	default:
		call = &Call{Method: at.method, Path: at.path, Status: at.status, Count: 1, Example: x.Example, Why: v.Why}
		if v.Nearest != nil {
			call.Nearest, call.Mismatches = v.Nearest.Description, l.keep(v.Mismatches, maxNear)
		}
		l.undescribed[at] = call
	}
}

// blame counts a violation. It returns a copy of what it keeps of one that is
// the first of its kind, else nil.
func (l *Ledger) blame(x Seen, by *entry, found []match.Mismatch) *Violation {
	first := found[0]
	at := breach{by, first.Part, withoutIndex(first.Path), first.Rule, x.Response.Status}
	l.mu.Lock()
	defer l.mu.Unlock()
	if seen := l.violations[at]; seen != nil {
		seen.Count++
		return nil
	}
	if len(l.violations) == MaxViolations {
		l.more++
		return nil
	}
	kept := &Violation{
		Description: by.of.Description, States: states(by.of), Status: x.Response.Status,
		Count: 1, Example: x.Example, Mismatches: l.keep(found, maxMismatches),
	}
	l.violations[at] = kept
	told := *kept
	return &told
}

// excuse counts a reason not to judge.
func (l *Ledger) excuse(why string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, known := l.reasons[why]; !known && len(l.reasons) >= maxReasons {
		why = "other reasons"
	}
	l.reasons[why]++
}

// keep makes copies that may be kept: redacted and cut.
func (l *Ledger) keep(found []match.Mismatch, most int) []match.Mismatch {
	kept := slices.Clone(found[:min(len(found), most)])
	for i := range kept {
		m := l.redact(kept[i])
		m.Expected, m.Actual, m.Message = clip(m.Expected, maxText), clip(m.Actual, maxText), clip(m.Message, maxText)
		m.Pointer, m.Path = clip(m.Pointer, maxText), clip(m.Path, maxText)
		kept[i] = m
	}
	return kept
}

// clip copies a text, cut at a whole character, so that nothing larger is kept alive.
func clip(s string, most int) string {
	if len(s) <= most {
		return strings.Clone(s)
	}
	const more = "..."
	end := most - len(more)
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + more
}

// withoutIndex puts [*] for [3].
func withoutIndex(path string) string {
	if !strings.ContainsAny(path, "[") {
		return path
	}
	var b strings.Builder
	for i := 0; i < len(path); i++ {
		b.WriteByte(path[i])
		if path[i] != '[' {
			continue
		}
		digits := i + 1
		for digits < len(path) && path[digits]-'0' <= 9 {
			digits++
		}
		if digits > i+1 && digits < len(path) && path[digits] == ']' {
			b.WriteByte('*')
			i = digits - 1
		}
	}
	return b.String()
}

// general puts {id} for every part of a path that looks like an identifier.
func general(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if identifies(part) {
			parts[i] = "{id}"
		}
	}
	return strings.Join(parts, "/")
}

// identifies says whether a part of a path is a number, a UUID or another
// run of at least 16 hexadecimal digits.
func identifies(part string) bool {
	if part == "" {
		return false
	}
	if strings.Trim(part, "0123456789") == "" {
		return true
	}
	return len(part) >= 16 && strings.Trim(part, "0123456789abcdefABCDEF-") == "" && strings.ContainsAny(part, "0123456789")
}
