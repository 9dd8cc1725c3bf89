//go:build unix

package main

import "syscall"

// diskSpace is what the disk under dir still takes from us, and how large it is, in bytes.
func diskSpace(dir string) (free, total uint64, ok bool) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, 0, false
	}
	return uint64(s.Bavail) * uint64(s.Bsize), uint64(s.Blocks) * uint64(s.Bsize), true
}
