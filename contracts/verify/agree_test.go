//go:build pactffi

package verify_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/seamtest/seam/contracts"
	"github.com/seamtest/seam/contracts/verify"
	"github.com/seamtest/seam/mocks"
)

// disagreements are the interactions that the two verifiers judge unlike, on
// purpose: file and description, and the reason.
var disagreements = map[string]string{
	"message-pact-broker.json: a stream of tweets":    "the file says content in place of contents, which seam reads and the reference passes over",
	"redirect.json: request that receives a redirect": "the reference follows a redirect even where the interaction expects one, and so can never see it",
}

// TestVerifiersAgree replays every real pact with `pact verifier` and with
// ours against one provider, once as agreed and twice with planted faults, and
// compares interaction by interaction the verdicts and which parts of the
// answer are to blame.
func TestVerifiersAgree(t *testing.T) {
	cli, err := filepath.Abs("../../.tools/pact-cli")
	if err == nil {
		_, err = os.Stat(cli)
	}
	if err != nil {
		t.Fatalf("the reference's command line is absent: %v; run make tools", err)
	}
	pacts, interactions, blamed, failed, differ := 0, 0, 0, [3]int{}, map[string]bool{}
	for _, file := range corpus(t) {
		p := readable(t, file)
		if p == nil {
			continue
		}
		pacts++
		for variant := range 3 {
			ours := oursOf(t, p, variant)
			theirs, err := theirsOf(t, cli, file, newFaulty(t, p, variant))
			if err != nil {
				t.Errorf("%s: %v", file, err)
				break
			}
			if len(theirs) != len(ours) {
				t.Errorf("%s: %d results of the reference, %d of ours", file, len(theirs), len(ours))
				break
			}
			for n, r := range ours {
				interactions++
				if !theirs[n].passed {
					failed[variant]++
				}
				if theirs[n].parts != "" {
					blamed++
				}
				name := filepath.Base(file) + ": " + r.Description
				if theirs[n].description != r.Description {
					t.Errorf("%s: the reference's result %d is of %q", name, n, theirs[n].description)
				}
				if (r.Outcome == verify.Passed) == theirs[n].passed && (theirs[n].parts == "" || r.Mismatches == nil || theirs[n].parts == partsOf(r)) {
					continue
				}
				if _, listed := disagreements[name]; listed {
					differ[name] = true
					continue
				}
				t.Errorf("%s, variant %d: seam %s %s %v; the reference: %+v", name, variant, r.Outcome, r.Err, r.Mismatches, theirs[n])
			}
		}
	}
	t.Logf("verifiers compared on %d interactions of %d pacts, failing in each variant: %d; the parts to blame compared on %d", interactions, pacts, failed, blamed)
	for name := range disagreements {
		if !differ[name] {
			t.Errorf("%s is listed, but both verifiers agree on it", name)
		}
	}
	if interactions < 200 || failed[1] < 30 || failed[2] < 30 || failed[0] > 20 || blamed < 60 {
		t.Errorf("too few interactions to tell anything, or a provider that does not keep to its pacts")
	}
}

func corpus(t *testing.T) []string {
	t.Helper()
	root := os.Getenv("SEAM_PACT_CASES")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "pact")
	}
	var files []string
	err := filepath.WalkDir(filepath.Join(root, "corpus"), func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".json") {
			files = append(files, path)
		}
		return err
	})
	switch {
	case err == nil && len(files) > 0:
		return files
	case os.Getenv("CI") == "1":
		t.Fatalf("the shared cases are absent (%v); set SEAM_PACT_CASES", err)
	}
	t.Skipf("1 CASE SET DID NOT RUN: the corpus of pacts is absent (%v); set SEAM_PACT_CASES", err)
	return nil
}

// readable reads a pact that needs no plugin; nil is any other.
func readable(t *testing.T, file string) *contracts.Pact {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p, _, err := contracts.Read(f)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	for _, i := range p.Interactions {
		if len(i.Plugins) > 0 || i.Transport != "" && i.Transport != "http" {
			return nil
		}
	}
	if len(p.Interactions) == 0 {
		return nil
	}
	return p
}

func oursOf(t *testing.T, p *contracts.Pact, variant int) []verify.Result {
	t.Helper()
	server := httptest.NewServer(newFaulty(t, p, variant))
	defer server.Close()
	return all(t, p, verify.Config{Provider: mustURL(t, server.URL)})
}

// A verdict is what the reference says of an interaction.
type verdict struct {
	passed      bool
	description string
	parts       string // what is to blame, in order; "" where it does not say
}

// partsOf is the same of ours.
func partsOf(r verify.Result) string {
	var parts []string
	for _, m := range r.Mismatches {
		parts = append(parts, string(m.Part))
	}
	slices.Sort(parts)
	return strings.Join(slices.Compact(parts), " ")
}

func theirsOf(t *testing.T, cli, file string, provider http.Handler) ([]verdict, error) {
	t.Helper()
	server := httptest.NewServer(provider)
	defer server.Close()
	report := filepath.Join(t.TempDir(), "report.json")
	port := server.URL[strings.LastIndexByte(server.URL, ':')+1:]
	out, err := exec.Command(cli, "verifier", "--file", file, "--hostname", "127.0.0.1", "--port", port, "--json", report, "--no-colour").CombinedOutput()
	text, missing := os.ReadFile(report)
	if missing != nil {
		return nil, fmt.Errorf("the reference made no report: %w\n%s", err, out)
	}
	var doc struct {
		InteractionResults []struct{ Description, Result string }
		Errors             []struct {
			Mismatch struct {
				Mismatches []struct{ Type string }
			}
		}
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		return nil, err
	}
	if len(doc.InteractionResults) == 0 {
		return nil, errors.New("the reference judged nothing: " + string(out))
	}
	var all []verdict
	failed := 0
	for _, r := range doc.InteractionResults {
		v := verdict{passed: r.Result == "OK", description: r.Description}
		if !v.passed {
			failed++
		}
		if !v.passed && failed <= len(doc.Errors) {
			var parts []string
			for _, m := range doc.Errors[failed-1].Mismatch.Mismatches {
				parts = append(parts, strings.ToLower(strings.TrimSuffix(strings.TrimSuffix(m.Type, "Mismatch"), "Type")))
			}
			slices.Sort(parts)
			v.parts = strings.Join(slices.Compact(parts), " ")
		}
		all = append(all, v)
	}
	if failed != len(doc.Errors) { // some are pending: which error is whose is not said
		for n := range all {
			all[n].parts = ""
		}
	}
	return all, nil
}

// faulty plays the provider of a pact. In variant 0 it keeps to it; in others
// some of its answers, chosen by their request, have a fault.
type faulty struct {
	stub     http.Handler
	messages map[string]*contracts.Message // by description
	variant  int
}

func newFaulty(t *testing.T, p *contracts.Pact, variant int) http.Handler {
	t.Helper()
	f := &faulty{stub: http.NotFoundHandler(), messages: map[string]*contracts.Message{}, variant: variant}
	for n := range p.Interactions {
		if i := &p.Interactions[n]; i.Kind != contracts.HTTP {
			f.messages[i.Description] = &i.Messages[len(i.Messages)-1]
		}
	}
	if !slices.ContainsFunc(p.Interactions, func(i contracts.Interaction) bool { return i.Kind == contracts.HTTP }) {
		return f
	}
	stub, err := mocks.New(p)
	if err != nil {
		t.Fatal(err)
	}
	stub.Seed = 1
	f.stub = stub
	return f
}

// message answers a request for a message, if it is one.
func (f *faulty) message(w http.ResponseWriter, content []byte) (description string, is bool) {
	var asked struct{ Description string }
	if json.Unmarshal(content, &asked) != nil || f.messages[asked.Description] == nil {
		return "", false
	}
	m := f.messages[asked.Description]
	metadata, err := json.Marshal(m.Metadata)
	if err == nil && len(m.Metadata) > 0 {
		w.Header().Set("Pact-Message-Metadata", base64.StdEncoding.EncodeToString(metadata))
	}
	w.Header().Set("Content-Type", m.Contents.ContentType)
	_, _ = w.Write(m.Contents.Content)
	return asked.Description, true
}

var firstValue = regexp.MustCompile(`:\s*("[^"]*"|[0-9.]+|true|false)`)

func (f *faulty) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer := httptest.NewRecorder()
	content, _ := io.ReadAll(r.Body) // what is missing of it will not match
	r.Body = io.NopCloser(bytes.NewReader(content))
	name := r.Method + r.URL.EscapedPath() + contracts.EncodeQuery(contracts.ParseQuery(r.URL.RawQuery))
	description, isMessage := f.message(answer, content)
	if isMessage {
		name = description
	} else {
		f.stub.ServeHTTP(answer, r)
	}
	body, status := answer.Body.Bytes(), answer.Code
	sum := fnv.New32a()
	fmt.Fprint(sum, f.variant, name)
	switch fault := sum.Sum32() % 6; {
	case f.variant == 0:
	case fault == 0 && isMessage: // the reference does not look at the status of a message
	case fault == 0:
		status = http.StatusTeapot
	case fault == 1:
		body = bytes.TrimRight(body[:len(body)/2], "{[\":,")
	case fault == 2:
		for name := range answer.Header() {
			if name != "Content-Type" {
				answer.Header().Del(name)
			}
		}
	case fault == 3:
		body = firstValue.ReplaceAll(body, []byte(`: [null]`))
	case fault == 4:
		answer.Header().Set("Content-Type", "text/html")
	}
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
