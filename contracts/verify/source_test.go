package verify_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seamtest/seam/contracts/verify"
)

const tiny = `{"consumer": {"name": "web"}, "provider": {"name": "orders"}, "interactions": [], "metadata": {"pactSpecification": {"version": "3.0.0"}}}`

func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestSources(t *testing.T) {
	dir := folder(t, map[string]string{"b.json": tiny, "a.json": strings.Replace(tiny, "orders", "stock", 1), "notes.txt": "not a pact", "web[1].json": tiny})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/pact" {
			sendJSON(w, 200, tiny)
			return
		}
		switch r.URL.Path {
		case "/login":
			_, _ = w.Write([]byte("<html>"))
		case "/private":
			w.WriteHeader(http.StatusUnauthorized)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)
	user := strings.Replace(server.URL, "http://", "http://me:secret@", 1)
	tests := []struct {
		name   string
		paths  []string
		want   []string
		fault  string
		reason string
	}{
		{"file", []string{dir + "/b.json"}, []string{"b.json"}, "", "a file is itself"},
		{"folder", []string{dir}, []string{"a.json", "b.json", "web[1].json"}, "", "only *.json, in order"},
		{"glob", []string{dir + "/[ab].json"}, []string{"a.json", "b.json"}, "", "a glob is expanded here where no shell does it"},
		{"name like a glob", []string{dir + "/web[1].json"}, []string{"web[1].json"}, "", "a file that exists is no glob"},
		{"twice", []string{dir + "/b.json", dir + "/./b.json", dir + "/b.json"}, []string{"b.json"}, "", "one file is read once"},
		{"URL", []string{server.URL + "/pact"}, []string{"pact"}, "", "a broker gives pacts over HTTP"},
		{"absent", []string{dir + "/c.json", dir + "/b.json"}, []string{"b.json"}, "c.json: there is no such file", "the fault names the file"},
		{"nothing", []string{dir + "/*.pact"}, nil, "there is no pact", "a glob without a match is a mistake"},
		{"not a pact", []string{dir + "/notes.txt"}, nil, "notes.txt: not a usable pact", "the fault names the file"},
		{"404", []string{server.URL + "/other"}, nil, "/other: the server answered 404 Not Found", "the fault names the URL"},
		{"a page", []string{server.URL + "/login"}, nil, "/login: the server answered with a page, not with a pact; try:", "who asks for a login is found out"},
		{"401", []string{server.URL + "/private"}, nil, "401 Unauthorized; try: http://USER:PASSWORD@HOST/", "how to say who asks"},
		{"password", []string{user + "/other"}, nil, "http://me:xxxxx@", "a password is never printed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			sources, err := verify.Sources(context.Background(), tt.paths)
			var got []string
			for _, s := range sources {
				got = append(got, filepath.Base(s.Name))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.reason, diff)
			}
			if (err != nil) != (tt.fault != "") || err != nil && (!strings.Contains(err.Error(), tt.fault) || strings.Contains(err.Error(), "secret")) {
				t.Errorf("%s: error %v, want %q", tt.reason, err, tt.fault)
			}
		})
	}
}

func TestAServerThatIsTooSlow(t *testing.T) {
	over := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/begun" {
			_, _ = w.Write([]byte(tiny[:20]))
			w.(http.Flusher).Flush()
		}
		<-over
	}))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(over) })
	for _, path := range []string{"/begun", "/silent"} {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		_, err := verify.Sources(ctx, []string{server.URL + path})
		cancel()
		if err == nil || !strings.Contains(err.Error(), path+": it did not come whole") {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestOfChoosesAProvider(t *testing.T) {
	dir := folder(t, map[string]string{"a.json": tiny, "b.json": strings.Replace(tiny, "orders", "stock", 1)})
	sources, err := verify.Sources(context.Background(), []string{dir})
	if err != nil {
		t.Fatal(err)
	}
	if got := verify.Of(sources, "stock"); len(got) != 1 || got[0].Provider != "stock" {
		t.Errorf("got %d pacts, want the one of stock", len(got))
	}
	if got := verify.Of(sources, ""); len(got) != 2 {
		t.Errorf("got %d pacts, want all", len(got))
	}
}
