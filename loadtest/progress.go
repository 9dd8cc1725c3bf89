package loadtest

import (
	"strconv"

	"tablee/loadtest/result"
)

func itoa(n int) string { return strconv.Itoa(n) }

// progress tells who watches how the run goes.
func (m *meeting) progress(phase string) {
	if m.o.Watch == nil {
		return
	}
	m.o.Watch(result.Progress{Phase: phase, Joined: m.joined(), Participants: m.o.Participants})
}
