package expect_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/seamtest/seam/harness/trace/tracetest"
)

// What docs/expectations.md shows must work: every example compiles and holds
// on the checkout that the page has in mind.
func TestExamplesOfTheDocumentation(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "expectations.md"))
	if err != nil {
		t.Fatal(err)
	}
	tr := tracetest.One(t, `
entry->gateway POST /checkout 0-100 201
  gateway->orders POST /orders 1-60 201
    orders->stock GET /items/{id} 2-40 200
  gateway->payments POST /charge 61-90 200
    payments: charge 62-89 tenant=blue
`)
	inTable := regexp.MustCompile("(?m)^\\| `[a-z].*\\| `(.*)` \\|$")
	inYAML := regexp.MustCompile(`(?m)^      - (.*)$`)
	var examples []string
	for _, found := range append(inTable.FindAllSubmatch(page, -1), inYAML.FindAllSubmatch(page, -1)...) {
		examples = append(examples, string(found[1]))
	}
	_, block, _ := strings.Cut(string(page), "```expect\n")
	block, _, _ = strings.Cut(block, "```")
	examples = append(examples, strings.Split(strings.TrimSpace(block), "\n")...)
	if len(examples) < 28 {
		t.Fatalf("found only %d examples: the page's form has changed", len(examples))
	}
	for _, text := range examples {
		if f, broken := compile(t, text).Judge(tr); broken {
			t.Errorf("%s: %s", text, f.Message)
		}
	}
}
