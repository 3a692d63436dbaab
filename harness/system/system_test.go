package system

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func env(pairs ...string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1], true
			}
		}
		return "", false
	}
}

const whole = `
seam: 1
name: shop
services:
  gateway:
    build: go build -o "bin/the gateway" ./gateway
    run: [./bin/gateway]
    dir: services
    env: { LEVEL: "${LEVEL:-info}", TOKEN: "${TOKEN}" }
    port: 8080
    ready: { http: /healthz, within: 20s }
    after: [payments]
    calls:
      - orders
      - { service: payments, env: PAY, value: "{url}/v1", listen: ":9001", protocol: tcp }
  orders: { run: ./orders, calls: [gateway], instrumented: true, stop: { within: 1s } }
  payments: { url: "http://127.0.0.1:9000/" }
entry: gateway
drive:
  - request: { path: /checkout, body: { items: [1, 2.5, "x", null, true] }, status: 201 }
    times: 3
  - run: npm test
expect:
  - { name: pays once, trace: POST /checkout, that: 'calls("payments") == 1' }
load: { rate: 12000/m, for: 5s, warm-up: 1s, request: { path: / }, objectives: [p99<200ms, "errors<0.1%"] }
publish: [{ otlp: "http://127.0.0.1:4318" }]
coverage: { calls: 90%, interactions: 1 }
`

func TestAWholeFileIsReadWithItsDefaults(t *testing.T) {
	s, err := Parse("/srv/shop/seam.yaml", []byte(whole), env("TOKEN", "t0k"))
	if err != nil {
		t.Fatal(err)
	}
	g := s.Service("gateway")
	got := map[string]any{
		"build": g.Build, "dir": g.Dir, "env": g.Env, "ready": g.Ready, "stop": g.Stop.Within, "calls": len(g.Calls), "edge": g.Calls[0].Env,
		"pay": g.Calls[1].Env + " " + g.Calls[1].Value + " " + g.Calls[1].Listen + " " + g.Calls[1].Protocol, "url": s.Service("payments").URL,
		"drive": s.Drive[0].Name + " " + string(s.Drive[0].Request.Body) + " " + s.Drive[0].Request.Headers["Content-Type"], "run": s.Drive[1].Run,
		"expect": s.Expect[0].That[0].Text, "rate": s.Load[0].Rate, "name": s.Load[0].Name, "objectives": len(s.Load[0].Objectives),
		"publish": s.Publish[0].OTLP, "coverage": s.Coverage, "edges": fmt.Sprint(s.Edges()), "orders": s.Service("orders").Run,
	}
	want := map[string]any{
		"build": []string{"go", "build", "-o", "bin/the gateway", "./gateway"}, "dir": "/srv/shop/services", "env": map[string]string{"LEVEL": "info", "TOKEN": "t0k"},
		"ready": Ready{HTTP: "/healthz", Within: 20 * time.Second}, "stop": 5 * time.Second, "calls": 2, "edge": "ORDERS_URL",
		"pay": "PAY {url}/v1 127.0.0.1:9001 tcp", "url": "http://127.0.0.1:9000",
		"drive": `POST /checkout {"items":[1,2.5,"x",null,true]} application/json`, "run": []string{"npm", "test"},
		"expect": `calls("payments") == 1`, "rate": 200.0, "name": "200/s for 5s", "objectives": 2,
		"publish": "http://127.0.0.1:4318", "coverage": Coverage{Pos: s.Coverage.Pos, Calls: 0.9, Interactions: 1}, "edges": "[entry->gateway gateway->orders gateway->payments orders->gateway]", "orders": []string{"./orders"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestEveryFaultIsReportedAtItsPlaceWithARemedy(t *testing.T) {
	for _, test := range []struct {
		reason, text string
		want         []string
	}{
		{"an unknown key is named with its neighbour", "seam: 1\nservices:\n  a: { run: x, redy: {} }\n", []string{"seam.yaml:3:16", "redy", "did you mean `ready`?"}},
		{"a call to nobody", "seam: 1\nservices:\n  orders: { run: x, calls: [ordrs] }\n", []string{"3:29", "did you mean `orders`?"}},
		{"a missing variable", "seam: 1\nservices:\n  a: { run: \"${NOPE}\" }\n", []string{"NOPE", "export NOPE="}},
		{"start-up that waits in a circle", "seam: 1\nservices:\n  a: { run: x, after: [b] }\n  b: { run: x, after: [a] }\n", []string{"a after b after a"}},
		{"a port used twice", "seam: 1\nservices:\n  a: { run: x, port: 80 }\n  b: { run: x, port: 80 }\nentry: a\n", []string{"4:3", "port 80 is used by service a"}},
		{"no way to come to life", "seam: 1\nservices:\n  a: { port: 80 }\n", []string{"one of run, url and stub"}},
		{"a wrong type", "seam: 1\nservices:\n  a: { run: x, instrumented: maybe }\n", []string{"true or false"}},
		{"a duration without unit", "seam: 1\nservices:\n  a: { run: x, ready: { within: 5 } }\n", []string{"`5` is no duration", "30s"}},
		{"no version", "services:\n  a: { run: x }\n", []string{"begin the file with seam: 1"}},
		{"pacts that are not there", "seam: 1\nservices:\n  a: { stub: { pacts: none/*.json } }\n", []string{"no file matches"}},
		{"rate and connections", "seam: 1\nservices:\n  a: { run: x }\nload: { rate: 1/s, connections: 2, for: 1s, request: { path: / } }\n", []string{"either a rate or"}},
		{"broken YAML", "seam: 1\nservices: [\n", []string{"seam.yaml:"}},
	} {
		t.Run(test.reason, func(t *testing.T) {
			_, err := Parse("seam.yaml", []byte(test.text), env())
			var faults *Error
			if !errors.As(err, &faults) {
				t.Fatalf("error %v", err)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error lacks %q:\n%v", want, err)
				}
			}
		})
	}
}

func TestAllFaultsComeAtOnce(t *testing.T) {
	_, err := Parse("seam.yaml", []byte("seam: 2\nservices:\n  A: { run: x }\n  b: { run: x, calls: [c], ports: 1 }\n"), env())
	var faults *Error
	if !errors.As(err, &faults) || len(faults.Faults) != 4 {
		t.Errorf("want 4 faults:\n%v", err)
	}
}

func TestTheStarterIsRight(t *testing.T) {
	if _, err := Parse("seam.yaml", Starter("shop"), env()); err != nil {
		t.Error(err)
	}
	if !strings.Contains(string(Starter("shop")), "name: shop") || strings.Contains(string(Starter("No Name")), "No Name") {
		t.Error("the name is not put in, or a name that is none is")
	}
}

func TestFindLooksUpwardToTheRepository(t *testing.T) {
	root := t.TempDir()
	deep := filepath.Join(root, "repo", "a", "b")
	if err := os.MkdirAll(deep, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(root, "repo", ".git"), filepath.Join(root, "seam.yaml")} {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if path, err := Find("", env(), deep); err == nil {
		t.Errorf("found %s beyond the repository", path)
	}
	want := filepath.Join(root, "repo", "seam.yml")
	if err := os.WriteFile(want, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		reason, flag, config string
	}{{"upward", "", ""}, {"the flag names a folder", filepath.Join(root, "repo"), "nowhere"}, {"the environment", "", want}} {
		if got, err := Find(test.flag, env("SEAM_CONFIG", test.config), deep); got != want {
			t.Errorf("%s: found %q, %v", test.reason, got, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(whole))
	f.Add(Starter("x"))
	f.Add([]byte("seam: 1\nservices: &a\n  x: *a\n  <<: *a\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		spec, err := Parse("/nowhere/seam.yaml", data, env("X", "y"))
		if (spec == nil) == (err == nil) {
			t.Errorf("spec %v with error %v", spec, err)
		}
	})
}

// The documentation's example is right, but for the pacts that it names.
func TestTheDocumentedExampleIsRight(t *testing.T) {
	page, err := os.ReadFile("../../docs/seam-yaml.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(page), "```yaml\n")
	text, _, _ = strings.Cut(text, "```")
	folder := t.TempDir()
	if err := os.MkdirAll(filepath.Join(folder, "pacts"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "pacts", "a.json"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Parse(filepath.Join(folder, "seam.yaml"), []byte(text), env()); err != nil {
		t.Error(err)
	}
}
