package srtp

// The way of a packet that is sent. The buffer is the caller's all the time.
//
//  1. The caller hands over plain RTP with its header's size, in a buffer with room for the tag.
//  2. The index is reckoned from the sequence number; one that was used, or is forgotten, is refused.
//  3. The index is noted as used, before anything is encrypted under it.
//  4. The payload is encrypted in place, and the tag appended.

import (
	"encoding/binary"
	"errors"
)

// Reasons why a packet is not sealed.
var (
	ErrReused    = errors.New("SRTP index was used before, or is too old to know")
	ErrForeign   = errors.New("RTP packet has another SSRC than its SRTP stream")
	ErrRoom      = errors.New("buffer has no room for the SRTP tag")
	ErrExhausted = errors.New("SRTP key has protected as many packets as it may; new keys are needed")
)

// rtpHeaderSize is the least size of an RTP header.
const rtpHeaderSize = 12

// Outbound seals the RTP packets of one SSRC. Its home is inside a larger value; it must not be copied.
type Outbound struct {
	_      noCopy
	keys   *Keys
	ssrc   uint32
	window window
	work   scratch
}

// Init makes o ready for the packets of an SSRC. For one pair of keys and SSRC this may be done once only: a second
// Outbound, or the same one begun anew, would encrypt two packets under one nonce, which gives away both, and with
// AES128GCM the means to forge others (RFC 7714, section 8.4). Sequence numbers should begin below 32768, so that
// sender and receiver agree about the first wrap.
func (o *Outbound) Init(keys *Keys, ssrc uint32) {
	o.keys, o.ssrc, o.window = keys, ssrc, window{}
	o.work.init(keys.profile)
}

// Overhead is by how many bytes Seal makes a packet longer.
func (o *Outbound) Overhead() int { return o.keys.profile.Overhead() }

// Seal encrypts packet, whose first header bytes (fixed header, CSRCs, extensions) stay readable, in place, and returns it
// with its tag. The capacity of packet must hold Overhead more bytes. Whatever the error, packet is untouched.
func (o *Outbound) Seal(packet []byte, header int) ([]byte, error) {
	if header < rtpHeaderSize || len(packet) < header {
		return nil, ErrShort
	}
	if cap(packet)-len(packet) < o.keys.profile.Overhead() {
		return nil, ErrRoom
	}
	if binary.BigEndian.Uint32(packet[8:]) != o.ssrc {
		return nil, ErrForeign
	}
	index := o.window.guess(binary.BigEndian.Uint16(packet[2:]))
	if index > maxIndex {
		return nil, ErrExhausted
	}
	if !o.window.free(index) {
		return nil, ErrReused
	}
	o.window.use(index)
	if o.keys.profile == AES128GCM {
		return o.work.sealGCM(&o.keys.rtp, packet, header, o.ssrc, index), nil
	}
	return o.work.sealCM(&o.keys.rtp, packet, header, o.ssrc, index), nil
}

// noCopy makes go vet report a copy of what holds it.
type noCopy struct{}

// Lock is what go vet looks for.
func (*noCopy) Lock() {}

// Unlock is what go vet looks for.
func (*noCopy) Unlock() {}
