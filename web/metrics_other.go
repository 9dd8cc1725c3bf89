//go:build !unix

package web

// cpuSeconds is not told here.
func cpuSeconds() (float64, bool) { return 0, false }
