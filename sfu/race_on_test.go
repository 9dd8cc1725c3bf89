//go:build race

package sfu

// measured is how many packets TestForwardDoesNotAllocate looks at: not many, because the race detector is slow and this test
// runs without it, too.
const measured = 2_000
