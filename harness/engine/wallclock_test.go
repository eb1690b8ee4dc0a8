package engine_test

import (
	"syscall"
	"time"
)

// wallClock reads the machine's clock, also inside a bubble.
func wallClock() func() time.Duration {
	return func() time.Duration {
		var tv syscall.Timeval
		if err := syscall.Gettimeofday(&tv); err != nil {
			panic(err)
		}
		return time.Duration(tv.Nano())
	}
}
