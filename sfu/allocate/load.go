package allocate

// How the number of pictures follows the machine's load.
const (
	busyCPU  = 0.85 // of what the machine has
	calmCPU  = 0.65
	busyLag  = 30 * millisecond // that packets wait in our own queues
	calmLag  = 5 * millisecond
	fallTo   = 0.7 // of the pictures, at once
	fallWait = 2 * second
	riseWait = 10 * second // of calm before the first comes back
	riseEach = 4 * second  // and then each other
)

// Sample is how busy the machine is.
type Sample struct {
	CPU     float64 // share of all cores used since the last sample, 0 to 1
	Lag     int64   // ns that the oldest packet waits, or that a timer is late
	Dropped uint64  // packets dropped from full queues since the last sample
	Shown   int     // the most pictures that one receiver is sent now
}

// Load says how many pictures one receiver may be sent: fast down, slowly up. The zero value has no limit.
type Load struct {
	limited bool
	videos  int
	fell    int64
	calm    int64 // since when
	isCalm  bool
	cpu     float64 // smoothed
	some    bool
}

// Add takes a sample, about once a second.
func (l *Load) Add(now int64, s Sample) {
	if !l.some {
		l.cpu, l.some, l.fell = s.CPU, true, now-fallWait
	}
	l.cpu += (s.CPU - l.cpu) / 2
	busy := l.cpu > busyCPU && s.CPU > busyCPU || s.Lag > busyLag || s.Dropped > 0
	calm := l.cpu < calmCPU && s.Lag < calmLag && s.Dropped == 0
	switch {
	case busy:
		l.isCalm = false
		l.fall(now, s.Shown)
	case !calm:
		l.isCalm = false
	case !l.isCalm:
		l.isCalm, l.calm = true, now
	case l.limited && now-l.calm >= riseWait:
		l.rise(now, s.Shown)
	}
}

func (l *Load) fall(now int64, shown int) {
	if now-l.fell < fallWait {
		return
	}
	from := shown
	if l.limited {
		from = min(from, l.videos)
	}
	if from <= 1 && !l.limited && shown == 0 {
		return // pictures are not what makes it busy
	}
	l.limited, l.fell = true, now
	l.videos = max(min(int(float64(from)*fallTo), from-1), 1)
}

func (l *Load) rise(now int64, shown int) {
	l.calm = now - riseWait + riseEach
	if l.videos++; shown+1 < l.videos {
		l.limited = false // nobody wants as many
	}
}

// Videos returns the number of pictures that one receiver may be sent; a negative number for no limit.
func (l *Load) Videos() int {
	if !l.limited {
		return -1
	}
	return l.videos
}
