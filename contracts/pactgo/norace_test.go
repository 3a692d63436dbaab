//go:build pactffi && !race

package pactgo_test

// floor is how many times as fast as pact-go seam must be.
const floor = 20
