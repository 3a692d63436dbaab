package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seamtest/seam/contracts/verify"
	"github.com/seamtest/seam/harness/system"
)

// mostNames bounds how many names a message lists.
const mostNames = 20

// noSuch is the usage error of a flag that names what does not exist: what was
// probably meant, and what there is.
func noSuch(flag, what, name string, known []string) error {
	known = slices.Compact(slices.Sorted(slices.Values(known)))
	remedy := "there is none"
	if len(known) > 0 {
		remedy = "choose from " + listed(known, mostNames)
	}
	if near := system.Nearest(name, known); near != "" {
		remedy = fmt.Sprintf("did you mean %s? %s", near, remedy)
	}
	return usage("%s %s: there is no such %s; %s", flag, name, what, remedy)
}

// listed names the first of them, so many at most, and counts the others.
func listed(names []string, most int) string {
	if more := len(names) - most; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), more)
	}
	return strings.Join(names, ", ")
}

// parties holds --provider and --consumer against the pacts; "" is any.
func parties(sources []verify.Source, provider string, consumers ...string) error {
	var providing, consuming []string
	for _, s := range sources {
		providing, consuming = append(providing, s.Pact.Provider), append(consuming, s.Pact.Consumer)
	}
	if provider != "" && !slices.Contains(providing, provider) {
		return noSuch("--provider", "provider in these pacts", provider, providing)
	}
	for _, consumer := range consumers {
		if consumer != "" && !slices.Contains(consuming, consumer) {
			return noSuch("--consumer", "consumer in these pacts", consumer, consuming)
		}
	}
	return nil
}
