package files

import "time"

// Quiet is a time of day at which a household sleeps, in minutes since midnight; it may go over midnight.
type Quiet struct{ From, To int }

// At says if t is within it. From and To alike are never.
func (q Quiet) At(t time.Time) bool {
	m := t.Hour()*60 + t.Minute()
	if q.From <= q.To {
		return m >= q.From && m < q.To
	}
	return m >= q.From || m < q.To
}
