//go:build !linux

package load

import "time"

func nap(d time.Duration) { time.Sleep(d) }

func cpuTime() time.Duration { return 0 }

func readProcessors() processorTime { return processorTime{} }

func enoughFiles(*Job) error { return nil }
