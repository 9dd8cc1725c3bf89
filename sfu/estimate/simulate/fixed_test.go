package simulate

import "tablee/sfu/estimate"

// fixed is an estimator that always says the same.
type fixed int

func (fixed) Advance(int64)                                 {}
func (fixed) Sent(int64, int, int)                          {}
func (fixed) Feedback(int64, int64, int, []estimate.Packet) {}
func (fixed) Demand(int, int)                               {}
func (fixed) Tick(int64, int)                               {}
func (fixed) Probe(int64) (estimate.Probe, bool)            { return estimate.Probe{}, false }
func (f fixed) Rate() int                                   { return int(f) }
