package main

import (
	"slices"
	"strconv"
	"strings"

	"github.com/seamtest/seam/contracts/verify"
)

func provider(s verify.Source) []string { return []string{s.Pact.Provider} }
func consumer(s verify.Source) []string { return []string{s.Pact.Consumer} }

// choice is what the filters could have chosen from.
func choice(f verify.Filter, sources []verify.Source) string {
	said := []string{}
	if len(f.Consumers) > 0 {
		said = append(said, "the consumers "+each(sources, consumer))
	}
	if f.State != nil {
		said = append(said, "the states "+each(sources, func(s verify.Source) (names []string) {
			for _, i := range s.Pact.Interactions {
				for _, state := range i.States {
					names = append(names, state.Name)
				}
			}
			return names
		}))
	}
	if f.Description != nil || len(said) == 0 {
		said = append(said, "the descriptions "+each(sources, func(s verify.Source) (names []string) {
			for _, i := range s.Pact.Interactions {
				names = append(names, i.Description)
			}
			return names
		}))
	}
	return strings.Join(said, ", and ")
}

// mostChoices bounds the names that a message about flags lists.
const mostChoices = 10

// each lists what the pacts hold, every name once, in order.
func each(sources []verify.Source, of func(verify.Source) []string) string {
	var names []string
	for _, s := range sources {
		for _, name := range of(s) {
			names = append(names, strconv.Quote(name))
		}
	}
	slices.Sort(names)
	if len(names) == 0 {
		return "none"
	}
	return listed(slices.Compact(names), mostChoices)
}
