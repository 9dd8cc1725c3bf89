// Package wheel keeps thousands of deadlines with one wake-up: reports, retransmissions, feedback and probes of every
// stream, without a timer or a goroutine for each.
//
// It is a hierarchical timing wheel (Varghese & Lauck, 1987, scheme 7): seven levels of 64 lists, of which the first
// has a list per Tick and each further one spans 64 lists of the one before, so that every deadline an int64 can name
// has a place. A word per level says which lists hold anything; time moves from one such list to the next, however far
// apart they are.
//
// The package promises that Arm and Cancel take constant time, that nothing is ever allocated, that a deadline is never
// early and at most one Tick late, that deadlines come in the order of their ticks, and that a jump of the clock costs
// what the deadlines in it cost, not what the time in it would. It holds no clock, lock or goroutine: now is monotonic
// nanoseconds, and one owner calls. Read wheel.go first.
package wheel
