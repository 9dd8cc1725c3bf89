package jointoken

import "sync/atomic"

// Why a token was refused.
const (
	reasonBad = iota
	reasonExpired
	reasonEarly
	reasonKey
	reasonUsed
	reasonFull
	reasonEnd
)

// reasonWords are in the order of the constants.
var reasonWords = [reasonEnd]string{"bad", "expired", "early", "key", "used", "full"}

type counters struct {
	accepted atomic.Int64
	refused  [reasonEnd]atomic.Int64
}

// Stats are sums since the start.
type Stats struct {
	Accepted int64
	Refused  map[string]int64 // by reason, those too that did not occur
}

// Stats reads the counters.
func (t *Tokens) Stats() Stats {
	s := Stats{Accepted: t.counters.accepted.Load(), Refused: map[string]int64{}}
	for i, word := range reasonWords {
		s.Refused[word] = t.counters.refused[i].Load()
	}
	return s
}
