package system

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTheOutlineShowsWhatWasUnderstood(t *testing.T) {
	const text = `seam: 1
services:
  web: { build: [make], run: [./web, --fast], dir: sub, port: 80, ready: { http: /up, within: 90s }, calls: [orders, stock] }
  orders: { run: [sh, -c, "exec\n./orders"], ready: { log: listening }, after: [stock, pay], calls: [stock, { service: pay, protocol: tcp, listen: ":9001" }] }
  stock: { url: "http://127.0.0.1:9000", calls: [orders] }
  pay: { stub: { pacts: [a.json, "b/*.json"] } }
  cron: { run: [./cron], calls: [web] }
  ping: { run: [x], calls: [pong] }
  pong: { run: [x], calls: [ping] }
entry: web
drive: [{ request: { path: / }, times: 3 }, { run: [npm, test] }]
contracts: [{ pacts: "b/*.json", provider: web, downstream: stub }, { pacts: a.json }]
expect: [{ that: [a, b] }, { that: c }]
load: [{ rate: 5, for: 1m, request: { path: / }, objectives: [x] }, { name: few, connections: 2, for: 2h, requests: [{ path: / }, { path: /a }] }]
publish: { otlp: "http://127.0.0.1:4318" }
coverage: { calls: 100%, interactions: 80% }
`
	const want = `services
  web     run ./web --fast, built first, in sub, port 80, ready when /up answers within 1m30s
  orders  run sh -c exec ./orders, ready when it writes listening within 1m, after stock and pay
  stock   runs already at http://127.0.0.1:9000, ready when it takes a connection within 1m
  pay     stub of a.json, b/*.json
  cron    run ./cron, ready when it takes a connection within 1m
  ping    run x, ready when it takes a connection within 1m
  pong    run x, ready when it takes a connection within 1m

calls
  entry
  └─ web
     ├─ orders
     │  ├─ stock
     │  │  └─ orders ...
     │  └─ pay (tcp) at 127.0.0.1:9001
     └─ stock ...
  cron
  └─ web ...
  ping
  └─ pong
     └─ ping ...

seam test
  ready   7 services
  drive   2 steps, 3 requests, 1 command
  verify  b/*.json of web, the provider's own calls stubbed
  verify  a.json
  load    5/s for 1m0s, 1 request
  load    few: 2 connections for 2h0m0s, 2 requests
  judge   2 expectations, 3 expressions, 1 objective, coverage of 100% of the calls and 80% of the interactions
  publish http://127.0.0.1:4318 (http/protobuf)
`
	spec, err := Parse("/srv/seam.yaml", []byte(text), env())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, spec.Outline()); diff != "" {
		t.Error(diff)
	}
}
