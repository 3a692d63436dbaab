package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Skipped  int          `xml:"skipped,attr"`
	Time     string       `xml:"time,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name      string      `xml:"name,attr"`
	Tests     int         `xml:"tests,attr"`
	Failures  int         `xml:"failures,attr"`
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
	Skipped *junitText  `xml:"skipped"`
	Output  *junitPlain `xml:"system-out"`
}

type junitText struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

type junitPlain struct {
	Text string `xml:",chardata"`
}

// JUnit renders the XML that CI systems read: a suite for each part, a case
// for each judged thing. Pending counts as skipped.
func JUnit(w io.Writer, doc *Document) error {
	root := junitSuites{Name: strings.TrimSpace("seam " + doc.Verb + " " + doc.System), Time: seconds(doc.Duration)}
	for _, c := range doc.Cases() {
		if n := len(root.Suites); n == 0 || root.Suites[n-1].Name != c.Suite {
			root.Suites = append(root.Suites, junitSuite{Name: c.Suite, Timestamp: doc.Started.UTC().Format("2006-01-02T15:04:05")})
		}
		root.Suites[len(root.Suites)-1].add(c)
	}
	for i := range root.Suites {
		s := &root.Suites[i]
		s.Time = seconds(s.seconds)
		root.Tests += s.Tests
		root.Failures += s.Failures
		root.Skipped += s.Skipped
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

func (s *junitSuite) add(c Case) {
	out := junitCase{Name: c.Name, Class: c.Suite, Time: seconds(c.Seconds)}
	first, _, _ := strings.Cut(c.Detail, "\n")
	switch c.Result {
	case CaseFailed:
		out.Failure = &junitText{Message: first, Text: c.Detail}
		s.Failures++
	case CasePending, CaseSkipped:
		out.Skipped = &junitText{Message: string(c.Result) + ": " + first}
		s.Skipped++
	}
	if c.TraceID != "" {
		out.Output = &junitPlain{"trace " + c.TraceID}
	}
	s.Tests++
	s.seconds += c.Seconds
	s.Cases = append(s.Cases, out)
}

func seconds(s float64) string { return fmt.Sprintf("%.3f", s) }
