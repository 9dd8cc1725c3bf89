package report

const second = int64(1e9)

// ntpEpoch is 1970 in seconds since 1900, where NTP time begins.
const ntpEpoch = 2208988800

// units converts nanoseconds to ticks of a clock, modulo 2^32, without overflow on the way.
func units(ns int64, clockRate uint32) uint32 {
	whole, rest := ns/second, ns%second
	return uint32(uint64(whole)*uint64(clockRate)) + uint32(rest*int64(clockRate)/second)
}

// NTP returns the 64-bit NTP timestamp (RFC 3550, section 4) of a time in nanoseconds since 1970.
func NTP(unixNano int64) uint64 {
	seconds, rest := unixNano/second, unixNano%second
	return uint64(seconds+ntpEpoch)<<32 | uint64(rest)<<32/uint64(second)
}

// Middle returns the middle 32 bits of an NTP timestamp: seconds modulo 2^16, in units of 1/65536 s.
func Middle(ntp uint64) uint32 { return uint32(ntp >> 16) }

// maxRTT is the longest round trip that is believed: beyond it a block is stale, or lies.
const maxRTT = 60 * second

// RTT returns the round trip in nanoseconds that a receiver report block tells to the sender of the report it names
// (RFC 3550, figure 2). nowNTP32 is the arrival of the block on the clock of the sender reports, as Middle gives it. ok is
// false when
// the block names no report, or makes no sense.
func RTT(lastSR, delaySinceLastSR, nowNTP32 uint32) (rtt int64, ok bool) {
	if lastSR == 0 {
		return 0, false
	}
	ticks := int64(int32(nowNTP32 - lastSR - delaySinceLastSR))
	rtt = ticks * second >> 16
	if ticks < 0 || rtt > maxRTT {
		return 0, false
	}
	return rtt, true
}
