package report

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"path/filepath"
	"strconv"
	"strings"
)

//go:embed report.html.tmpl
var page string

//go:embed load.html.tmpl
var loadPage string

//go:embed report.css
var styles string

// policy forbids the page everything but its own styles: no scripts, no
// requests, no forms, no other document inside.
var policy = func() string {
	sum := sha256.Sum256([]byte(styles))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"
}()

var pageTemplate = template.Must(template.New("report").Funcs(template.FuncMap{
	"millis":      millis,
	"seconds":     func(s float64) string { return fmt.Sprintf("%.1f s", s) },
	"percent":     func(share float64) string { return fmt.Sprintf("%.0f%%", 100*share) },
	"upper":       func(v Verdict) string { return strings.ToUpper(string(v)) },
	"ranks":       func() []string { return []string{"p50", "p90", "p99", "p999", "max"} },
	"plural":      plural,
	"diff":        diff,
	"grouped":     grouped,
	"clean":       clean,
	"bar":         func(share float64) string { return fmt.Sprintf("%.2f", 120*min(max(share, 0), 1)) },
	"parts":       meter,
	"shots":       func(kind string, rows []Shot, v view) shotTable { return shotTable{kind, rows, v} },
	"prose":       prose,
	"sign":        func(c changed) string { return string(c.Sign) },
	"signname":    func(c changed) string { return map[byte]string{'-': "expected", '+': "actual", ' ': "same"}[c.Sign] },
	"onsets":      onsets,
	"gaps":        gaps,
	"share":       func(share float64) string { return short(twoDigits(100*share)) + "%" },
	"unit":        func(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) },
	"add":         func(a, b float64) float64 { return a + b },
	"times":       func(a, b int) int { return a * b },
	"solid":       func(class string) bool { return strings.HasPrefix(class, "kind") },
	"opened":      func() int { return mostOpened },
	"failure":     func(v view, c Case) told { return told{c, v} },
	"percentiles": func() []string { return []string{"p50", "p90", "p99", "max"} },
}).Parse(page + loadPage))

// A view is what the template reads.
type view struct {
	*Document
	Styles   template.CSS
	Policy   string
	Failures []Case
	Warnings []Case
	Passed   []group
}

// mostOpened failures are shown at once; further ones open by themselves, so
// that the list of hundreds stays one to read.
const mostOpened = 20

// A told case has the view beside it.
type told struct {
	Case
	View view
}

// A group lists the cases of a suite that did not fail.
type group struct {
	Suite string
	Cases []Case
}

// HTML renders one file that needs no other: styles inside, no scripts, so
// that it opens from an artifact store and may be mailed.
func HTML(w io.Writer, doc *Document) error {
	v := view{Document: doc, Styles: template.CSS(styles), Policy: policy}
	for _, c := range doc.Cases() {
		switch {
		case c.Result == CaseFailed:
			v.Failures = append(v.Failures, c)
		case c.Warning:
			v.Warnings = append(v.Warnings, c)
		default:
			if n := len(v.Passed); n == 0 || v.Passed[n-1].Suite != c.Suite {
				v.Passed = append(v.Passed, group{Suite: c.Suite})
			}
			last := &v.Passed[len(v.Passed)-1]
			last.Cases = append(last.Cases, c)
		}
	}
	return pageTemplate.Execute(w, v)
}

// Waterfall is the trace that a case points to, ready to be drawn; nil where
// the document does not show it.
func (v view) Waterfall(id string) *waterfall {
	for i := range v.Shown {
		if v.Shown[i].TraceID == id {
			return lay(&v.Shown[i])
		}
	}
	return nil
}

// About is the edge of a case and where it is demanded, relative to the folder
// of seam.yaml.
func (v view) About(c Case) string {
	var parts []string
	if c.Edge != "" && !strings.Contains(c.Title, c.Edge) {
		parts = append(parts, c.Edge)
	}
	place := c.File
	if v.File != "" {
		place = Style{Root: filepath.Dir(v.File)}.path(place)
	}
	if place != "" && c.Line > 0 {
		place += fmt.Sprintf(":%d", c.Line)
	}
	if place != "" {
		parts = append(parts, place)
	}
	if c.TraceID != "" {
		parts = append(parts, "trace ")
	}
	return clean(strings.Join(parts, " · "))
}

// A piece of prose; code stood between backticks.
type piece struct {
	Text string
	Code bool
}

func prose(text string) []piece {
	var all []piece
	for i, part := range strings.Split(text, "`") {
		all = append(all, piece{part, i%2 == 1})
	}
	return all
}

// A waterfall is a trace as a picture: a row for each span, in the units of
// its view box.
type waterfall struct {
	*Trace
	Height, Axis float64
	Rows         []waterRow
	Ticks        []tick
}

type waterRow struct {
	Span
	Label, Time     string
	X, Width        float64 // of the bar
	Y, Text, Indent float64
	TimeX           float64 // of the duration, beside the bar or within
	Anchor          string
	Within          string // "within" where the duration is
	Class           string
}

type tick struct {
	X     float64
	Label string
}

// The picture's measures, in the units of its view box.
const (
	rowHeight  = 24.0
	labelWidth = 400.0
	barWidth   = 520.0
	barStart   = labelWidth + 20
	axisHeight = 24.0
	perDepth   = 14.0
)

func lay(t *Trace) *waterfall {
	w := &waterfall{Trace: t, Height: axisHeight + rowHeight*float64(len(t.Spans)) + 6, Axis: axisHeight}
	total := t.Millis
	for _, s := range t.Spans {
		total = max(total, s.Offset+s.Millis)
	}
	total = max(total, 0.001)
	for i := range 5 {
		share := float64(i) / 4
		label := "0"
		if i > 0 {
			label = millis(share * total)
		}
		w.Ticks = append(w.Ticks, tick{X: barStart + share*barWidth, Label: label})
	}
	for i, s := range t.Spans {
		depth := min(s.Depth, 10)
		row := waterRow{
			Span: s, Time: millis(s.Millis), Y: axisHeight + rowHeight*float64(i), Text: axisHeight + rowHeight*(float64(i)+0.5) + 4,
			X: barStart + s.Offset/total*barWidth, Indent: 4 + perDepth*float64(depth), Class: "inner", Anchor: "start",
		}
		row.Width = max(s.Millis/total*barWidth, 2)
		row.TimeX = row.X + row.Width + 6
		if row.TimeX > barStart+barWidth-40 {
			row.TimeX, row.Anchor = row.X-6, "end"
		}
		if row.X-barStart < 60 && row.Anchor == "end" {
			row.TimeX, row.Within = row.X+row.Width-6, "within"
		}
		row.Label = s.Service + "  " + s.Name
		if s.Edge != "" {
			row.Label = strings.TrimRight(s.Edge+"  "+s.Name+" "+s.Status, " ")
			row.Class = "edge"
		}
		if s.Failed {
			row.Class += " bad"
		}
		row.Label = cutText(clean(row.Label), 58-2*depth)
		w.Rows = append(w.Rows, row)
	}
	return w
}

func cutText(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

// A shotTable lists requests of a load, with their traces.
type shotTable struct {
	Kind string
	Rows []Shot
	View view
}

// A slice is a part of a bar in two hundred units that shows how the calls of an edge fared.
type slice struct {
	Class    string
	X, Width float64
	Count    int
}

func meter(c Coverage) []slice {
	const width = 200
	var all []slice
	x := 0.0
	for _, part := range []slice{{"ok", 0, 0, c.Conforming}, {"bad", 0, 0, c.Violating}, {"warn", 0, 0, c.Uncovered}, {"dim", 0, 0, c.Unjudged}} {
		if part.Count == 0 {
			continue
		}
		part.X, part.Width = x, width*float64(part.Count)/float64(c.Calls())
		x += part.Width
		all = append(all, part)
	}
	return all
}

// A brokenUnderLoad is an interaction that is broken from a rate of load on.
type brokenUnderLoad struct {
	Edge string
	Violation
}

// gaps are the edges whose contracts and calls leave something to tell.
func gaps(all []Coverage) []Coverage {
	var found []Coverage
	for _, c := range all {
		if c.Phase != "load" && len(c.Undescribed)+len(c.NeverShown)+len(c.Fields)+len(c.WhyUnjudged) > 0 {
			found = append(found, c)
		}
	}
	return found
}

func onsets(all []Coverage) []brokenUnderLoad {
	var found []brokenUnderLoad
	for i := range all {
		for _, v := range all[i].Violations {
			if v.Onset != nil {
				found = append(found, brokenUnderLoad{all[i].Edge, v})
			}
		}
	}
	return found
}
