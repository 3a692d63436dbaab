package doctor

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/seamtest/seam/harness/system"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// parsed is the spec of a seam.yaml's text.
func parsed(t *testing.T, text string) *system.Spec {
	t.Helper()
	spec, err := system.Parse(filepath.Join(t.TempDir(), "seam.yaml"), []byte("seam: 1\n"+text), os.LookupEnv)
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

// named finds the check of that name.
func named(t *testing.T, checks []Check, name string) Check {
	t.Helper()
	for _, c := range checks {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("no check %q among %+v", name, checks)
	return Check{}
}

func held(t *testing.T) (port string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	_, port, _ = net.SplitHostPort(l.Addr().String())
	return port
}

func endpoint(t *testing.T, status int) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v1/traces" || r.Header.Get("Content-Type") != "application/x-protobuf" || r.Header.Get("Key") != "k" {
			status = http.StatusTeapot
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestAMachineIsFitForASmallSystem(t *testing.T) {
	checks := Examine(t.Context(), Patient{Spec: parsed(t, "services: { web: { run: [sh] } }"), Page: "127.0.0.1:0"})
	for _, c := range checks {
		if c.Result == Fail {
			t.Errorf("%s: %s", c.Name, c.Found)
		}
		if c.Found == "" || (c.Result != OK) != (c.Remedy != "") {
			t.Errorf("a check says what it found, and what to do where that is wanting: %+v", c)
		}
	}
	if got := named(t, checks, "seam.yaml"); !strings.Contains(got.Found, "1 service, 1 edge") {
		t.Errorf("got %+v", got)
	}
}

func TestWhatIsWantingIsFound(t *testing.T) {
	port := held(t)
	for _, test := range []struct {
		reason string
		system string
		check  string
		result Result
		found  string
	}{
		{"a program that is not installed", "services: { web: { run: [no-such-program] } }", "service web", Fail, "no-such-program"},
		{"a file that nobody builds", "services: { web: { run: [./web] } }", "service web", Fail, "web does not exist"},
		{"a file that will be built", "services: { web: { build: [sh], run: [./web] } }", "service web", OK, "built by sh"},
		{"a builder that is not installed", "services: { web: { build: [no-such-builder], run: [./web] } }", "service web", Fail, "no-such-builder"},
		{"PATH of the service's own", "services: { web: { run: [sh], env: { PATH: /nowhere } } }", "service web", Fail, `"sh"`},
		{"a program of a step", "services: { web: { run: [sh] } }\ndrive: [{ name: buy, run: [no-such-driver] }]", "step buy", Fail, "no-such-driver"},
		{"a held port of a service", "services: { web: { run: [sh], port: " + port + " } }", "port " + port, Fail, "held by pid "},
		{"a held port of the entry", "services: { web: { run: [sh] } }\nentry: { service: web, listen: '127.0.0.1:" + port + "' }", "port " + port, Fail, "entry wants it"},
		{"a held port of an edge", "services: { web: { run: [sh], calls: [{ service: api, listen: '127.0.0.1:" + port + "' }] }, api: { run: [sh] } }",
			"port " + port, Fail, "edge web->api wants it"},
		{"an endpoint that is not there", "services: { web: { run: [sh] } }\npublish: [{ otlp: 'http://" + nobody(t) + "' }]", "publish", Warn, "refused"},
		{"an endpoint over gRPC that is not there", "services: { web: { run: [sh] } }\npublish: [{ otlp: 'http://" + nobody(t) + "', protocol: grpc }]", "publish", Warn, "refused"},
		{"an endpoint of something else", "services: { web: { run: [sh] } }\npublish: [{ otlp: '" + endpoint(t, 404) + "', headers: { Key: k } }]", "publish", Warn, "404 Not Found to POST /v1/traces"},
		{"an endpoint that is to take metrics", "services: { web: { run: [sh] } }\npublish: [{ otlp: '" + endpoint(t, 200) + "', signals: both, headers: { Key: k } }]", "publish", Warn, "teapot to POST /v1/metrics"},
		{"an endpoint that takes OTLP", "services: { web: { run: [sh] } }\npublish: [{ otlp: '" + endpoint(t, 200) + "', headers: { Key: k } }]", "publish", OK, "takes OTLP"},
		{"a proxy before the edges", "services: { web: { run: [sh], env: { NO_PROXY: example.com } } }", "proxy", Warn, "env: of web sets NO_PROXY"},
		{"a proxy that seam steps aside of", "services: { web: { run: [sh] } }", "proxy", OK, "http_proxy is set"},
	} {
		t.Run(test.reason, func(t *testing.T) {
			env := append(os.Environ(), "http_proxy=http://127.0.0.1:1")
			checks := Examine(t.Context(), Patient{Spec: parsed(t, test.system), Env: env})
			got := named(t, checks, test.check)
			if got.Result != test.result || !strings.Contains(got.Found, test.found) {
				t.Errorf("got %+v, want %s with %q", got, test.result, test.found)
			}
			if worst := Worst(checks); test.result == Fail && worst != Fail {
				t.Errorf("the worst is %s", worst)
			}
		})
	}
}

func TestWithoutAFileTheMachineIsLookedAt(t *testing.T) {
	if got := named(t, Examine(t.Context(), Patient{}), "seam.yaml"); got.Result != Warn || !strings.Contains(got.Remedy, "seam init") {
		t.Errorf("got %+v", got)
	}
	checks := Examine(t.Context(), Patient{Fault: errors.New("x.yaml cannot be read")})
	if got := named(t, checks, "seam.yaml"); got.Result != Fail || got.Found != "x.yaml cannot be read" {
		t.Errorf("got %+v", got)
	}
	if got := named(t, checks, "guard"); got.Result != OK {
		t.Errorf("got %+v", got)
	}
}

func TestAPageThatIsTakenIsNoFailure(t *testing.T) {
	got := named(t, Examine(t.Context(), Patient{Page: "127.0.0.1:" + held(t)}), "page")
	if got.Result != Warn || !strings.Contains(got.Found, "held by pid ") {
		t.Errorf("got %+v", got)
	}
}

func TestAFolderThatIsNotThereIsFound(t *testing.T) {
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "nowhere"))
	checks := Examine(t.Context(), Patient{})
	for _, name := range []string{"temporary files", "free ports"} {
		if got := named(t, checks, name); got.Result != Fail || !strings.Contains(got.Remedy, "TMPDIR=/tmp") {
			t.Errorf("got %+v", got)
		}
	}
}

// nobody is an address where nobody listens, and nobody can while the test
// runs: that of the near end of a connection.
func nobody(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn.LocalAddr().String()
}
