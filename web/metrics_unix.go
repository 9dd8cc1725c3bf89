//go:build unix

package web

import (
	"syscall"
	"time"
)

// cpuSeconds is the CPU time that this process has used. /proc would give it in steps of 10 ms.
func cpuSeconds() (float64, bool) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, false
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds(), true
}
