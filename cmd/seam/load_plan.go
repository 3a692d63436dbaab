package main

import (
	"math/rand/v2"
	"os"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/seamtest/seam/harness/load"
)

// planFlags are those of `seam load` that say when requests are due and how
// they are sent.
type planFlags struct {
	rate   string
	stages string
	replay string
}

// planOnly are the flags among them that the loads of seam.yaml have in their own words.
var planOnly = []string{"stages", "poisson", "seed", "replay", "max-in-flight", "workers", "sample", "protocol", "streams", "insecure"}

func (p *planFlags) add(f *pflag.FlagSet, job *load.Job) {
	f.StringVar(&p.rate, "rate", "", "requests per second or minute, such as 500/s")
	f.StringVar(&p.stages, "stages", "", "steps and ramps in place of --rate, such as '50/s:10s,50/s..500/s:30s'")
	f.StringVar(&p.replay, "replay", "", "`FILE` of arrival times in place of --rate: seconds, one a line, or a CSV column \"time\"")
	f.IntVar(&job.Connections, "connections", 0, "as fast as this many connections go, in place of --rate")
	f.BoolVar(&job.Poisson, "poisson", false, "arrivals by chance, at the rate of --rate or --stages")
	f.Uint64Var(&job.Seed, "seed", 0, "of that chance: the same seed, the same arrivals (default: another each time)")
	f.IntVar(&job.MaxInFlight, "max-in-flight", 4096, "requests at once; more wait, and count as late")
	f.IntVar(&job.Workers, "workers", 0, "loops that send (default: by the rate and the processors)")
	f.IntVar(&job.SampleEvery, "sample", 1, "one of so many requests asks to be traced")
	f.StringVar(&job.Protocol, "protocol", "", "http/1.1, h2 or h2c (default: what the server offers)")
	f.IntVar(&job.Streams, "streams", 0, "of HTTP/2: requests at once on one connection (default: 1 with --connections, else 100)")
	f.BoolVar(&job.Insecure, "insecure", false, "any certificate of the server will do")
}

// fill puts the plan into the job of one URL.
func (p *planFlags) fill(cmd *cobra.Command, job *load.Job) (err error) {
	ways := 0
	for _, way := range []string{"rate", "stages", "replay", "connections"} {
		if cmd.Flags().Changed(way) {
			ways++
		}
	}
	for _, least := range []struct {
		flag string
		n    int
	}{{"connections", job.Connections}, {"max-in-flight", job.MaxInFlight}, {"workers", job.Workers}, {"sample", job.SampleEvery}, {"streams", job.Streams}} {
		if cmd.Flags().Changed(least.flag) && least.n < 1 {
			return usage("--%s %d: must be at least 1", least.flag, least.n)
		}
	}
	switch {
	case ways == 0:
		return usage("say how much: --rate 500/s, --stages '50/s:10s,50/s..500/s:30s', --replay FILE, or --connections 64")
	case ways > 1:
		return usage("--rate, --stages, --replay and --connections exclude one another: choose one")
	}
	if !job.Poisson {
		if err := refuse(cmd, "goes with --poisson", "seed"); err != nil && !cmd.Flags().Changed("pact") {
			return err
		}
	} else if !cmd.Flags().Changed("seed") {
		job.Seed = rand.Uint64()
	}
	switch {
	case p.rate != "":
		if job.Rate, err = load.ParseRate(p.rate); err != nil {
			return usage("--rate: %v", err)
		}
	case p.stages != "":
		if job.Stages, err = load.ParseStages(p.stages); err != nil {
			return usage("--stages: %v", err)
		}
	case p.replay != "":
		if job.Times, err = readTimes(p.replay); err != nil {
			return usage("--replay %s: %v", p.replay, err)
		}
	}
	if !cmd.Flags().Changed("for") && job.Rate == 0 && job.Connections == 0 {
		job.For = 0 // as long as the plan is
	}
	return nil
}

func readTimes(path string) ([]time.Duration, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return load.ReadTimes(file)
}
