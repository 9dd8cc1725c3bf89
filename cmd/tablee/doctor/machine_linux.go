package doctor

import (
	"context"
	"syscall"
	"time"
)

// timeError is the kernel's word for a clock that nobody has set (adjtimex, TIME_ERROR).
const timeError = 5

// clock asks the kernel whether somebody keeps the clock right: a Pi has none that goes on without power.
func (e *examination) clock(context.Context) []Check {
	const id, title = "clock", "Clock"
	var t syscall.Timex
	state, err := syscall.Adjtimex(&t)
	switch {
	case err != nil:
		return one(id, title, Unknown, "", "the system does not tell whether it is right.")
	case time.Now().Year() < 2026:
		return one(id, title, Fail, "`sudo timedatectl set-ntp true`", "it says %s, which cannot be; certificates fail.", time.Now().UTC().Format(time.DateOnly))
	case state == timeError:
		return one(id, title, Warn, "`sudo timedatectl set-ntp true`, or install systemd-timesyncd or chrony.", "nobody keeps it right; when it is off by much, certificates fail.")
	default:
		return one(id, title, OK, "", "it is kept right.")
	}
}

func freeSpace(dir string) (uint64, bool) {
	var s syscall.Statfs_t
	if syscall.Statfs(dir, &s) != nil {
		return 0, false
	}
	return s.Bavail * uint64(s.Bsize), true
}
