package finding

import (
	"maps"
	"math"
	"slices"
	"time"
)

// perOctave is how many bands there are between a duration and its double.
const perOctave = 24

// bandOf is the number of the band that a duration belongs to.
func bandOf(d time.Duration) int {
	return int(math.Floor(perOctave * math.Log2(float64(max(d, time.Microsecond)))))
}

// shares are those of the edges in the requests around the median and in the
// slowest 1%, by the number of the edge. A band that lies partly within the
// ranks counts in part.
func (m *Meter) shares() (middle, tail [mostMetered]float64) {
	ranks, last := bands(m.requests)
	at := 0
	var mid, slow band
	for _, key := range slices.Sorted(maps.Keys(m.bands)) {
		b := m.bands[key]
		mid.add(b, at, ranks)
		slow.add(b, at, last)
		at += b.requests
	}
	for i := range m.edges {
		middle[i] = float64(mid.own[i]) / float64(max(mid.took, 1))
		tail[i] = float64(slow.own[i]) / float64(max(slow.took, 1))
	}
	return middle, tail
}

// add takes of another band, whose first request has the rank from, what lies
// within the ranks.
func (b *band) add(other *band, from int, ranks [2]int) {
	inside := min(from+other.requests, ranks[1]) - max(from, ranks[0])
	if inside <= 0 {
		return
	}
	part := float64(inside) / float64(other.requests)
	b.took += time.Duration(part * float64(other.took))
	for i, own := range other.own {
		b.own[i] += time.Duration(part * float64(own))
	}
}
