package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"time"

	"github.com/seamtest/seam/harness/load/loadtest"
)

// The plan of the stall: a rate, and when the origin stands still.
const (
	stallRate   = 500
	stallLasts  = 8 * time.Second
	stallAt     = 3 * time.Second
	stallFor    = 2 * time.Second
	stallMisses = 0.02 // of the simulation
)

const k6Stall = `import http from 'k6/http';
export const options = {
  summaryTrendStats: ['med', 'p(90)', 'p(99)', 'p(99.9)', 'max'],
  scenarios: { open: { executor: 'constant-arrival-rate', rate: %d, timeUnit: '1s', duration: '%s', preAllocatedVUs: %d, maxVUs: %d } },
};
export default function () { http.get('%s'); }
`

// A told is what a client says of a run, in milliseconds; below zero: nothing.
type told struct {
	requests, p50, p90, p99, p999, most float64
}

// stall shows what each client tells of an origin that stands still.
func (b *bench) stall(ctx context.Context) error {
	stop, err := b.startOrigin(ctx)
	if err != nil {
		return err
	}
	defer stop()
	var due []time.Duration
	for i := range int(stallRate * stallLasts.Seconds()) {
		due = append(due, time.Duration(i)*time.Second/stallRate)
	}
	want := simulated(due)
	b.say("## An origin that stands still\n\n")
	b.say("%d/s for %s with at most %d connections; from %s on the origin answers nothing for %s, then all at once. Each client's own\n", stallRate, stallLasts, connections, stallAt, stallFor)
	b.say("figures in milliseconds. wrk has no rate: it goes as fast as answers come.\n\n")
	b.say("| client | requests told of | p50 | p90 | p99 | p99.9 | max |\n|---|---|---|---|---|---|---|\n")
	b.sayTold("a simulation of the plan", want)
	clients, err := b.stallClients()
	if err != nil {
		return err
	}
	var ours told
	for _, c := range clients {
		if _, err := get(ctx, fmt.Sprintf("%s%s?at=%s&for=%s", b.originURL(), stallPath, stallAt, stallFor)); err != nil {
			return err
		}
		took, err := client(ctx, c.stdin, c.argv...)
		if err != nil {
			return err
		}
		t, err := c.read(took.output)
		if err != nil {
			return fmt.Errorf("what %s says: %w", c.name, err)
		}
		if c.name == "seam" {
			ours = t
		}
		b.sayTold(c.name, t)
		if _, err := arrivals(ctx, b.originURL()); err != nil { // ends this stall
			return err
		}
	}
	b.say("\n")
	near := func(got, want float64) bool { return got > want-stallMisses*want-10 && got < want+stallMisses*want+10 }
	b.bar("seam is within 2% of the simulation, and 10 ms for the machine", near(ours.p50, want.p50) && near(ours.p90, want.p90) && near(ours.p99, want.p99) && near(ours.p999, want.p999))
	b.say("\n")
	return nil
}

func simulated(due []time.Duration) told {
	all := loadtest.Server{Stall: stallAt, Length: stallFor}.Latencies(due, connections)
	at := func(q float64) float64 { return milli(loadtest.Quantile(all, q)) }
	return told{float64(len(all)), at(.5), at(.9), at(.99), at(.999), at(1)}
}

func milli(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func (b *bench) sayTold(name string, t told) {
	b.say("| %s |", name)
	for i, value := range []float64{t.requests, t.p50, t.p90, t.p99, t.p999, t.most} {
		switch {
		case value < 0:
			b.say(" - |")
		case i == 0:
			b.say(" %.0f |", value)
		default:
			b.say(" %.1f |", value)
		}
	}
	b.say("\n")
}

// A stallClient is a peer with what it says.
type stallClient struct {
	peer
	read func(output string) (told, error)
}

func (b *bench) stallClients() ([]stallClient, error) {
	url, each, c := b.originURL()+"/", stallLasts.String(), strconv.Itoa(connections)
	rate := strconv.Itoa(stallRate)
	script, sums := filepath.Join(b.folder, "stall.js"), filepath.Join(b.folder, "k6.json")
	if err := os.WriteFile(script, fmt.Appendf(nil, k6Stall, stallRate, each, connections, connections, url), 0o644); err != nil {
		return nil, err
	}
	return []stallClient{
		// Late sends make a run invalid, exit code 3: here lateness is the plan.
		{peer{"seam", "", []string{"sh", "-c", `"$@" || [ $? = 3 ]`, "-", b.seam, "load", url, "--rate", rate + "/s", "--for", each, "--max-in-flight", c, "-q", "-o", "json"}}, readSeam},
		{peer{"vegeta", "GET " + url + "\n", []string{"sh", "-c", "vegeta attack -rate " + rate + " -duration " + each + " -max-workers " + c + " | vegeta report -type json"}}, readVegeta},
		{peer{"k6", "", []string{"k6", "run", "-q", "--summary-export", sums, script}}, func(string) (told, error) { return readK6(sums) }},
		{peer{"wrk", "", []string{"wrk", "--latency", "-t1", "-c" + c, "-d" + each, "--timeout", "10s", url}}, readWrk},
	}, nil
}

func readSeam(output string) (told, error) {
	var doc struct {
		Load []struct {
			Requests float64            `json:"requests"`
			Latency  map[string]float64 `json:"latency_ms"`
		} `json:"load"`
	}
	if err := json.Unmarshal([]byte(output), &doc); err != nil || len(doc.Load) != 1 {
		return told{}, fmt.Errorf("no report of one load: %w", err)
	}
	l := doc.Load[0].Latency
	return told{doc.Load[0].Requests, l["p50"], l["p90"], l["p99"], l["p999"], l["max"]}, nil
}

func readVegeta(output string) (told, error) {
	var doc struct {
		Requests  float64            `json:"requests"`
		Latencies map[string]float64 `json:"latencies"` // nanoseconds
	}
	err := json.Unmarshal([]byte(output), &doc)
	l := func(name string) float64 { return doc.Latencies[name] / 1e6 }
	return told{doc.Requests, l("50th"), l("90th"), l("99th"), -1, l("max")}, err
}

func readK6(path string) (told, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return told{}, err
	}
	var doc struct {
		Metrics map[string]map[string]any `json:"metrics"`
	}
	err = json.Unmarshal(text, &doc)
	at := func(metric, name string) float64 { value, _ := doc.Metrics[metric][name].(float64); return value }
	const d = "http_req_duration"
	return told{at("http_reqs", "count"), at(d, "med"), at(d, "p(90)"), at(d, "p(99)"), at(d, "p(99.9)"), at(d, "max")}, err
}

var (
	wrkQuantile = regexp.MustCompile(`\n\s+(50|90|99)%\s+([0-9.]+)(us|ms|s|m)`)
	wrkLatency  = regexp.MustCompile(`\n\s+Latency\s+\S+\s+\S+\s+([0-9.]+)(us|ms|s|m)`)
	wrkRequests = regexp.MustCompile(`(\d+) requests in`)
)

func readWrk(output string) (told, error) {
	found := map[string]float64{}
	for _, m := range wrkQuantile.FindAllStringSubmatch(output, -1) {
		d, err := time.ParseDuration(m[2] + m[3])
		if err != nil {
			return told{}, err
		}
		found[m[1]] = milli(d)
	}
	most, n := wrkLatency.FindStringSubmatch(output), wrkRequests.FindStringSubmatch(output)
	if len(found) != 3 || most == nil || n == nil {
		return told{}, fmt.Errorf("no latencies in %q", output)
	}
	d, err := time.ParseDuration(most[1] + most[2])
	if err != nil {
		return told{}, err
	}
	requests, err := strconv.ParseFloat(n[1], 64)
	return told{requests, found["50"], found["90"], found["99"], -1, milli(d)}, err
}
