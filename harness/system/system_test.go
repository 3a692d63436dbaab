package system

import (
	"fmt"
	"os"
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
    build: [go, build, -o, bin/the gateway, ./gateway]
    run: [./bin/gateway]
    dir: services
    env: { LEVEL: "${LEVEL:-info}", TOKEN: "${TOKEN}" }
    port: 8080
    ready: { http: /healthz, within: 20s }
    after: [payments]
    calls:
      - orders
      - { service: payments, env: PAY, value: "{url}/v1", listen: ":9001", protocol: tcp }
  orders: { run: [./orders], calls: [gateway], instrumented: true, stop: { within: 1s } }
  payments: { url: "http://127.0.0.1:9000/" }
entry: gateway
contracts: { pacts: [pacts/*.json, "http://broker/x"], provider: orders }
drive:
  - request: { path: /checkout, body: { items: [1, 2.5, "x", null, true] }, status: 201 }
    times: 3
  - run: [npm, test]
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

// The documentation's example is right as it stands.
func TestTheDocumentedExampleIsRight(t *testing.T) {
	page, err := os.ReadFile("../../docs/seam-yaml.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(page), "```yaml\n")
	text, _, _ = strings.Cut(text, "```")
	if _, err := Parse("seam.yaml", []byte(text), env()); err != nil {
		t.Error(err)
	}
	if err := validator(t).Validate(document(t, []byte(text))); err != nil {
		t.Error(err)
	}
}
