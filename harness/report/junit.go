package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

// The elements and attributes are those that the schema of Jenkins' xUnit
// plugin (junit-10.xsd) knows and GitLab reads; there is no other standard.
type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Time     string       `xml:"time,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name      string      `xml:"name,attr"`
	Tests     int         `xml:"tests,attr"`
	Failures  int         `xml:"failures,attr"`
	Errors    int         `xml:"errors,attr"`
	Skipped   int         `xml:"skipped,attr"`
	Time      string      `xml:"time,attr"`
	Timestamp string      `xml:"timestamp,attr"`
	Cases     []junitCase `xml:"testcase"`
	seconds   float64
}

type junitCase struct {
	Name    string      `xml:"name,attr"`
	Class   string      `xml:"classname,attr"`
	Time    string      `xml:"time,attr"`
	Failure *junitText  `xml:"failure"`
	Error   *junitText  `xml:"error"`
	Skipped *junitText  `xml:"skipped"`
	Output  *junitPlain `xml:"system-out"`
}

type junitText struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

type junitPlain struct {
	Text string `xml:",chardata"`
}

// JUnit renders the XML that CI systems read: a suite for each part, a case
// for each judged thing. Pending counts as skipped, and figures that cannot be
// trusted as an error, not a failure.
func JUnit(w io.Writer, doc *Document) error {
	root := junitSuites{Name: xmlText(strings.TrimSpace("seam " + doc.Verb + " " + doc.System)), Time: seconds(doc.Duration)}
	at := map[string]int{}
	cases := doc.Cases()
	for i := range cases {
		c := &cases[i]
		n, known := at[c.Suite]
		if !known {
			n = len(root.Suites)
			at[c.Suite] = n
			root.Suites = append(root.Suites, junitSuite{Name: xmlText(c.Suite), Timestamp: doc.Started.UTC().Format("2006-01-02T15:04:05")})
		}
		root.Suites[n].add(c)
	}
	for i := range root.Suites {
		s := &root.Suites[i]
		s.Time = seconds(s.seconds)
		root.Tests += s.Tests
		root.Failures += s.Failures
		root.Errors += s.Errors
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	encoder := xml.NewEncoder(w)
	encoder.Indent("", "  ")
	if err := encoder.Encode(root); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func (s *junitSuite) add(c *Case) {
	out := junitCase{Name: xmlText(c.Name), Class: xmlText(c.Suite), Time: seconds(c.Seconds)}
	detail := xmlText(c.Detail())
	first, _, _ := strings.Cut(detail, "\n")
	kind, _, _ := strings.Cut(c.Title, ":")
	text := &junitText{Message: first, Type: xmlText(kind), Text: detail}
	switch {
	case c.Invalid:
		out.Error = text
		s.Errors++
	case c.Result == CaseFailed:
		out.Failure = text
		s.Failures++
	case c.Result == CasePending || c.Result == CaseSkipped:
		out.Skipped = &junitText{Message: string(c.Result) + ": " + first, Type: string(c.Result)}
		s.Skipped++
	}
	out.Output = c.output()
	s.Tests++
	s.seconds += c.Seconds
	s.Cases = append(s.Cases, out)
}

// output is what a CI system shows beside the result: the trace, and for a
// warning what it says.
func (c *Case) output() *junitPlain {
	var parts []string
	if c.Warning {
		parts = append(parts, "warning: "+c.Message)
	}
	switch {
	case c.Drawing != "" && c.Result == CaseFailed:
		parts = append(parts, c.Drawing)
	case c.TraceID != "":
		parts = append(parts, "trace "+c.TraceID)
	}
	if len(parts) == 0 {
		return nil
	}
	return &junitPlain{xmlText(strings.Join(parts, "\n"))}
}

func seconds(s float64) string { return fmt.Sprintf("%.3f", s) }

// xmlText drops what no XML document may hold (XML 1.0, section 2.2), and the
// escape codes of terminals with it.
func xmlText(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r >= ' ' && r <= 0xD7FF, r >= 0xE000 && r <= 0xFFFD, r >= 0x10000:
			return r
		}
		return -1
	}, strings.ToValidUTF8(clean(text), ""))
}
