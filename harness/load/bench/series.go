package main

import (
	"fmt"
	"slices"
)

// A series is what was measured of each client, one value a round.
type series struct{ of map[string][]float64 }

func newSeries() *series { return &series{map[string][]float64{}} }

func (s *series) add(name string, value float64) { s.of[name] = append(s.of[name], value) }

func (s *series) median(name string) float64 { return median(s.of[name]) }

func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// ours is the median of seam's value to the peer's of the same round.
func (s *series) ours(peer string) float64 {
	var all []float64
	for i := range min(len(s.of["seam"]), len(s.of[peer])) {
		all = append(all, s.of["seam"][i]/s.of[peer][i])
	}
	return median(all)
}

// show is the median with the least and the most.
func (s *series) show(name string) string {
	values := s.of[name]
	if len(values) == 0 {
		return "-"
	}
	return fmt.Sprintf("%.0f (%.0f to %.0f)", median(values), slices.Min(values), slices.Max(values))
}
