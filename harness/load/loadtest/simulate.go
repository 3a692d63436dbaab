// Package loadtest plays a load against a server that stands still for a
// while, as a simulation of discrete events: what any honest load generator
// has to report of it.
package loadtest

import (
	"slices"
	"time"
)

// A Server answers each request after Service, as many at once as there are
// connections. From Stall on, for Length, its time stands still.
type Server struct {
	Service, Stall, Length time.Duration
}

// Done says when the request that came then is answered.
func (s Server) Done(came time.Duration) time.Duration {
	end := s.Stall + s.Length
	switch {
	case came >= end || came+s.Service <= s.Stall:
		return came + s.Service
	case came < s.Stall:
		return came + s.Service + s.Length
	}
	return end + s.Service
}

// Latencies of requests that are due then, in rising order, each sent when it
// is due or as soon as one of the connections is free, from due to done.
func (s Server) Latencies(due []time.Duration, connections int) []time.Duration {
	free := make([]time.Duration, connections)
	all := make([]time.Duration, 0, len(due))
	for _, at := range due {
		next := 0
		for i := range free {
			if free[i] < free[next] {
				next = i
			}
		}
		free[next] = s.Done(max(at, free[next]))
		all = append(all, free[next]-at)
	}
	slices.Sort(all)
	return all
}

// Quantile of sorted latencies: the least that q of 1 do not exceed.
func Quantile(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	rank := int(q*float64(len(sorted)) + 0.5)
	return sorted[min(max(rank, 1), len(sorted))-1]
}
