package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"
)

//go:embed report.html.tmpl
var page string

var pageTemplate = template.Must(template.New("report").Funcs(template.FuncMap{
	"millis":  millis,
	"seconds": func(s float64) string { return fmt.Sprintf("%.1f s", s) },
	"percent": func(share float64) string { return fmt.Sprintf("%.0f%%", 100*share) },
	"upper":   func(v Verdict) string { return strings.ToUpper(string(v)) },
	"bar":     func(share float64) string { return fmt.Sprintf("%.1f%%", 100*min(max(share, 0), 1)) },
	"ranks":   func() []string { return []string{"p50", "p90", "p99", "p999", "max"} },
}).Parse(page))

// HTML renders one file that needs no other: styles inside, no scripts, so
// that it opens from an artifact store and may be mailed.
func HTML(w io.Writer, doc *Document) error { return pageTemplate.Execute(w, doc) }
