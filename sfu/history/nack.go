package history

import "math/bits"

// NackPair names up to 17 packets of a stream: PID, and PID+1+i for every bit i of BLP (RFC 4585, section 6.2.1).
type NackPair struct {
	PID, BLP uint16
}

// Pairs packs sequence numbers, in the order of the stream, into as few pairs as that order allows and appends them to
// dst.
func Pairs(seqs []uint16, dst []NackPair) []NackPair {
	open := false // the last pair of dst is ours
	for _, seq := range seqs {
		if open {
			last := &dst[len(dst)-1]
			if d := seq - last.PID; d == 0 {
				continue
			} else if d <= 16 {
				last.BLP |= 1 << (d - 1)
				continue
			}
		}
		dst = append(dst, NackPair{PID: seq})
		open = true
	}
	return dst
}

// Seqs appends the sequence numbers that the pair names to dst.
func (p NackPair) Seqs(dst []uint16) []uint16 {
	dst = append(dst, p.PID)
	for rest := p.BLP; rest != 0; rest &= rest - 1 {
		dst = append(dst, p.PID+1+uint16(bits.TrailingZeros16(rest)))
	}
	return dst
}
