//go:build pactffi && race

package pactgo_test

// floor is how many times as fast as pact-go seam must be: less here, because
// the race detector slows Go down and not the reference.
const floor = 4
