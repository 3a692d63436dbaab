package finding

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// mostAgreed is how many interactions a meter tells apart.
const mostAgreed = 256

// An agreed is an interaction of a contract on an edge.
type agreed struct{ edge, interaction string }

// A Breach says how often an interaction was broken under load, and from which
// rate on.
type Breach struct {
	Edge, Interaction string
	All, Broken       int // answers that were judged by it
	Onset             Onset
}

// Judged takes the verdict on an exchange that began at start and that the
// interaction describes. Interactions beyond the bound are passed over.
func (m *Meter) Judged(edge, interaction string, start time.Time, broken bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	key := agreed{edge, interaction}
	number, known := m.agreed[key]
	if !known {
		if number = len(m.agreed); number == mostAgreed {
			return
		}
		m.agreed[key] = number
	}
	p := Point{All: 1}
	if broken {
		p.Of = 1
	}
	m.slice(start).count(number, p)
}

// Breaches lists the interactions that were broken, by edge and name. For
// offered see Saturates.
func (m *Meter) Breaches(offered func(time.Duration) float64) []Breach {
	m.mu.Lock()
	defer m.mu.Unlock()
	looks := m.looks(offered)
	var all []Breach
	for key, number := range m.agreed {
		b := Breach{Edge: key.edge, Interaction: key.interaction}
		var points []Point
		for i := range looks {
			if number < len(looks[i].judged) {
				p := looks[i].judged[number]
				p.Rate = looks[i].rate
				points = append(points, p)
				b.All, b.Broken = b.All+p.All, b.Broken+p.Of
			}
		}
		if b.Onset = FindOnset(points); b.Broken > 0 {
			all = append(all, b)
		}
	}
	slices.SortFunc(all, func(a, b Breach) int {
		return cmp.Or(strings.Compare(a.Edge, b.Edge), strings.Compare(a.Interaction, b.Interaction))
	})
	return all
}
