package testkit

import (
	"syscall"
	"testing"
)

// SmallDisk puts a disk of its own at the folder dir, of a size such as 24m, where the machine lets us; else the test is skipped.
func SmallDisk(t *testing.T, dir, size string) {
	t.Helper()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("no small disk can be mounted here: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
}
