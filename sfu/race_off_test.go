//go:build !race

package sfu

// measured is how many packets TestForwardDoesNotAllocate looks at.
const measured = 20_000
