package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
)

// connections of the closed model, the same for every client.
const connections = 64

// staticTrace is what peers send for a trace context; seam makes one for each request.
const staticTrace = "Traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

// A peer is a client that can be told to load a URL as fast as it can.
type peer struct {
	name  string
	stdin string
	argv  []string
}

// nginxConfig answers each request at once on one worker, and counts them.
const nginxConfig = `worker_processes 1;
daemon off;
pid nginx.pid;
error_log stderr crit;
events { worker_connections 8192; multi_accept on; }
http {
  access_log off;
  keepalive_requests 1000000000;
  keepalive_timeout 600s;
  client_body_temp_path tmp; proxy_temp_path tmp; fastcgi_temp_path tmp; uwsgi_temp_path tmp; scgi_temp_path tmp;
  server {
    listen 127.0.0.1:%d;
    location / { default_type text/plain; return 200 "hello, world: 32 bytes of body\n"; }
    location = /_count { stub_status; }
  }
}
`

// k6Closed checks status and length, as seam and wrk do without being asked.
const k6Closed = `import http from 'k6/http';
import { check } from 'k6';
export const options = { vus: %d, duration: '%s' };
export default function () {
  const r = http.get('%s', { headers: { Traceparent: '%s' } });
  check(r, { ok: (r) => r.status === 200 && r.body.length === 31 });
}
`

func (b *bench) nginxURL() string { return fmt.Sprintf("http://127.0.0.1:%d", b.port+1) }

// closed compares how much one core of a client can ask of nginx on the other.
func (b *bench) closed(ctx context.Context) error {
	config := filepath.Join(b.folder, "nginx.conf")
	if err := os.WriteFile(config, fmt.Appendf(nil, nginxConfig, b.port+1), 0o644); err != nil {
		return err
	}
	stop, err := service(ctx, b.nginxURL()+"/_count", "nginx", "-p", b.folder, "-c", config, "-e", "stderr")
	if err != nil {
		return err
	}
	defer stop()
	peers, err := b.closedPeers()
	if err != nil {
		return err
	}
	rates, perCPU, kernel := newSeries(), newSeries(), newSeries()
	for round := range b.rounds {
		for i := range peers {
			p := peers[(i+round)%len(peers)]
			before, err := counted(ctx, b.nginxURL())
			if err != nil {
				return err
			}
			took, err := client(ctx, p.stdin, p.argv...)
			if err != nil {
				return err
			}
			after, err := counted(ctx, b.nginxURL())
			if err != nil {
				return err
			}
			n := float64(after - before - 1) // the count itself is a request
			rates.add(p.name, n/b.each.Seconds())
			perCPU.add(p.name, n/took.cpu.Seconds())
			kernel.add(p.name, n/took.kernel.Seconds())
		}
	}
	b.sayClosed(peers, rates, perCPU)
	b.sayFloor(kernel.median("seam"), perCPU)
	return nil
}

func (b *bench) closedPeers() ([]peer, error) {
	url, each := b.nginxURL()+"/", b.each.String()
	script := filepath.Join(b.folder, "closed.js")
	text := fmt.Appendf(nil, k6Closed, connections, each, url, staticTrace[len("Traceparent: "):])
	if err := os.WriteFile(script, text, 0o644); err != nil {
		return nil, err
	}
	c := strconv.Itoa(connections)
	return []peer{
		{"seam", "", []string{b.seam, "load", url, "--connections", c, "--for", each, "-q", "--objective", "errors<=0%"}},
		{"wrk", "", []string{"wrk", "-t1", "-c" + c, "-d" + each, "-H", staticTrace, url}},
		{"vegeta", "GET " + url + "\n", []string{
			"vegeta", "attack", "-rate", "0", "-workers", c, "-max-workers", c, "-connections", c, "-duration", each, "-header", staticTrace, "-output", os.DevNull,
		}},
		{"hey", "", []string{"hey", "-z", each, "-c", c, "-H", staticTrace, url}},
		{"k6", "", []string{"k6", "run", "-q", script}},
	}, nil
}

var nginxCount = regexp.MustCompile(`\n \d+ \d+ (\d+)`)

// counted is how many requests nginx has had so far, this one included.
func counted(ctx context.Context, url string) (int, error) {
	body, err := get(ctx, url+"/_count")
	if err != nil {
		return 0, err
	}
	m := nginxCount.FindSubmatch(body)
	if m == nil {
		return 0, fmt.Errorf("nginx does not count: %q", body)
	}
	return strconv.Atoi(string(m[1]))
}

func (b *bench) sayClosed(peers []peer, rates, perCPU *series) {
	b.say("## As fast as answers come\n\n")
	b.say("%d connections, %s each, %d rounds in turning order; the origin is nginx on one core, the client has the other. Requests are\n", connections, b.each, b.rounds)
	b.say("those that nginx counted, CPU time is user and system of the client's process from its start to its end. Each request bears\n")
	b.say("a trace context (seam: its own each time); seam checks the status, and the body's length by its framing. Medians, and the spread.\n\n")
	b.say("| client | requests/s | requests per CPU second | seam's per CPU second to it |\n|---|---|---|---|\n")
	for _, p := range peers {
		b.say("| %s | %s | %s | %.2f |\n", p.name, rates.show(p.name), perCPU.show(p.name), perCPU.ours(p.name))
	}
	b.say("\n")
	b.bar(fmt.Sprintf("per CPU second at least 1.0 of wrk (here %.2f)", perCPU.ours("wrk")), perCPU.ours("wrk") >= 1)
	b.bar(fmt.Sprintf("at least 0.95 of wrk's throughput (here %.2f)", rates.ours("wrk")), rates.ours("wrk") >= 0.95)
	for _, least := range []struct {
		peer  string
		times float64
	}{{"vegeta", 4}, {"hey", 8}, {"k6", 8}} {
		got := perCPU.ours(least.peer)
		b.bar(fmt.Sprintf("per CPU second at least %.0f times %s (here %.1f)", least.times, least.peer, got), got >= least.times)
	}
	b.say("\n")
}

// sayFloor says how far a client could get whose own code takes no time: all
// of them send each request and read each answer with a call of the kernel.
func (b *bench) sayFloor(kernel float64, perCPU *series) {
	b.say("Of the CPU time of a request of seam's %.0f%% is the kernel's, for sending it and reading its answer. A client with no\n", 100*perCPU.median("seam")/kernel)
	b.say("instruction of its own beside these would reach %.0f requests per CPU second: %.2f of wrk, %.1f times hey.\n\n",
		kernel, kernel/perCPU.median("wrk"), kernel/perCPU.median("hey"))
}

// roundTo is the rate in whole thousands.
func roundTo(rate float64) int { return max(int(rate)/1000*1000, 1000) }
