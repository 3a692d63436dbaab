package report

// fill makes the lists that the schema demands, so that JSON has [] for them
// and not null.
func (d *Document) fill() {
	some(&d.Contracts)
	some(&d.Expectations)
	some(&d.Load)
	some(&d.Findings)
	for i := range d.Contracts {
		some(&d.Contracts[i].Interactions)
		for n := range d.Contracts[i].Interactions {
			some(&d.Contracts[i].Interactions[n].States)
			some(&d.Contracts[i].Interactions[n].Mismatches)
		}
	}
	for i := range d.Coverage {
		for n := range d.Coverage[i].Violations {
			some(&d.Coverage[i].Violations[n].Mismatches)
		}
	}
	for i := range d.Load {
		l := &d.Load[i]
		some(&l.Edges)
		some(&l.Slowest)
		for _, figures := range []*map[string]float64{&l.Latency, &l.Service, &l.ScheduleError} {
			if *figures == nil {
				*figures = map[string]float64{}
			}
		}
	}
	for i := range d.Findings {
		some(&d.Findings[i].Evidence)
	}
}

func some[E any](list *[]E) {
	if *list == nil {
		*list = []E{}
	}
}
