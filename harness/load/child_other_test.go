//go:build !linux

package load

const asChild = "SEAM_TEST_LOAD"

func child(string) int { return 2 }
