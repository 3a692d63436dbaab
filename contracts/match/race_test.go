//go:build race

package match_test

// raceEnabled says whether the race detector, which allocates, is on.
const raceEnabled = true
