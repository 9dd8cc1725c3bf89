package web

import (
	"os"
	"strconv"
	"strings"
)

// Usage is the CPU time in seconds and the memory in bytes that this process takes; 0 where the system does not tell.
func Usage() (cpu, memory float64) {
	cpu, _ = cpuSeconds()
	memory, _ = residentBytes()
	return cpu, memory
}

// residentBytes reads /proc; ok is false where there is none.
func residentBytes() (bytes float64, ok bool) {
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, false
	}
	f := strings.Fields(string(b))
	if len(f) < 2 {
		return 0, false
	}
	pages, err := strconv.ParseUint(f[1], 10, 64)
	return float64(pages) * float64(os.Getpagesize()), err == nil
}
