package mocks_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seamtest/seam/mocks"
)

// failing is a T that notes a failure instead of ending the test.
type failing struct {
	*testing.T
	said *string
}

func (f failing) Fatalf(format string, _ ...any) { *f.said += format }

func TestFiles(t *testing.T) {
	good := filepath.Join(t.TempDir(), "web-orders.json")
	text := `{"consumer": {"name": "web"}, "provider": {"name": "orders"}, "interactions": [` + strings.Split(shop, "\n")[1] + `
		{"description": "b", "request": {"method": "GET", "path": "/b"}, "response": {"status": 204}}]}`
	if err := os.WriteFile(good, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	server := mocks.Serve(t, mocks.Files(t, good)...)
	if status, _, _ := ask(t, server.URL, "GET /b", nil); status != 204 {
		t.Errorf("got %d, want what the file promises", status)
	}
	said := ""
	if got := mocks.Files(failing{t, &said}, "absent.json"); got != nil || said == "" {
		t.Errorf("an absent file gave %v and no failure", got)
	}
	if got := mocks.Serve(failing{t, &said}); got != nil {
		t.Errorf("no pacts gave a server at %s", got.URL)
	}
}
