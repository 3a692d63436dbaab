// Package reference asks the reference implementation of Pact (libpact_ffi)
// for its verdict, so that tests can hold ours to it. It links the library
// only with the build tag pactffi; without the tag it is empty, and so are
// the tests that use it. Nothing but tests may import it.
package reference
