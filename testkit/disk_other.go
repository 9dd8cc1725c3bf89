//go:build !linux

package testkit

import "testing"

// SmallDisk skips the test.
func SmallDisk(t *testing.T, _, _ string) {
	t.Helper()
	t.Skip("no small disk can be mounted here")
}
