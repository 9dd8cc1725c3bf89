package files

import (
	"os"

	"golang.org/x/sys/unix"
)

// forgetPages asks the system to keep nothing of a file in memory. It is only a wish.
func forgetPages(f *os.File) { _ = unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED) }
