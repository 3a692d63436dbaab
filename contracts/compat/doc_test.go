// Package compat holds seam to the Pact compatibility suite: Gherkin features
// that every implementation of Pact is held to. It has tests only.
package compat
