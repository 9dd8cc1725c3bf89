package simulate

import "tablee/sfu/estimate"

// Ours is Tablée's estimator as a Sender.
type Ours struct {
	*estimate.Estimator
}

// NewOurs makes one.
func NewOurs(start int) Ours { return Ours{estimate.New(estimate.Config{Start: start}, 0)} }

// Advance does nothing: our estimator has no clock.
func (o Ours) Advance(int64) {}

// Sent does nothing: feedback tells what was sent.
func (o Ours) Sent(int64, int, int) {}

// Feedback hands it over.
func (o Ours) Feedback(now, rtt int64, _ int, packets []estimate.Packet) {
	o.Estimator.Feedback(now, rtt, packets)
}
