package srtp

import (
	"encoding/binary"
	"errors"
)

const (
	rtcpHeaderSize = 8       // of what stays readable: the first header, and the sender's SSRC
	encrypted      = 1 << 31 // the E bit, in front of the index (RFC 3711, section 3.4)
)

// ErrClear refuses an RTCP packet that is authenticated but not encrypted. RFC 3711 knows such packets; WebRTC does not
// (RFC 8827, section 6.5).
var ErrClear = errors.New("SRTCP packet is not encrypted")

// OutboundRTCP seals all RTCP packets of one direction, whatever their SSRCs. As with Outbound there may be one only for
// given keys, and it must not be copied.
type OutboundRTCP struct {
	_    noCopy
	keys *Keys
	last uint32 // the index that was used last
	work scratch
}

// Init makes o ready; see Outbound.Init for why to do so once only.
func (o *OutboundRTCP) Init(keys *Keys) {
	o.keys, o.last = keys, 0
	o.work.init(keys.profile)
}

// Overhead is by how many bytes Seal makes a packet longer.
func (o *OutboundRTCP) Overhead() int { return o.keys.profile.OverheadRTCP() }

// Seal encrypts a (compound) packet in place and returns it with index and tag. The capacity of packet must hold Overhead
// more bytes. Whatever the error, packet is untouched.
//
// One counter serves all SSRCs: indexes of one SSRC then have gaps, which nobody minds. It begins at 1, as in libsrtp.
func (o *OutboundRTCP) Seal(packet []byte) ([]byte, error) {
	if len(packet) < rtcpHeaderSize {
		return nil, ErrShort
	}
	if cap(packet)-len(packet) < o.keys.profile.OverheadRTCP() {
		return nil, ErrRoom
	}
	if o.last == maxIndexRTCP {
		return nil, ErrExhausted
	}
	o.last++
	ssrc := binary.BigEndian.Uint32(packet[4:])
	if o.keys.profile == AES128GCM {
		return o.work.sealRTCPGCM(&o.keys.rtcp, packet, ssrc, o.last), nil
	}
	return o.work.sealRTCPCM(&o.keys.rtcp, packet, ssrc, o.last), nil
}

// InboundRTCP opens the RTCP packets of one participant. It must not be copied.
type InboundRTCP struct {
	_       noCopy
	keys    *Keys
	streams table // browsers count the packets of each SSRC by themselves
	work    scratch
}

// Init makes in ready for what is protected with these keys.
func (in *InboundRTCP) Init(keys *Keys) {
	in.keys, in.streams = keys, table{}
	in.work.init(keys.profile)
}

// Open checks and decrypts packet in place and returns it without index and tag. After ErrAuth the content of packet is
// undefined.
func (in *InboundRTCP) Open(packet []byte) ([]byte, error) {
	profile := in.keys.profile
	if len(packet) < rtcpHeaderSize+profile.OverheadRTCP() {
		return nil, ErrShort
	}
	at := len(packet) - indexSize // of E bit and index: at the end for AES128GCM, before the tag for AES128CM
	if profile == AES128CM {
		at -= cmTagSize
	}
	word := binary.BigEndian.Uint32(packet[at:])
	if word&encrypted == 0 {
		return nil, ErrClear
	}
	ssrc, index := binary.BigEndian.Uint32(packet[4:]), word&^encrypted
	w := in.streams.find(ssrc)
	if !w.free(uint64(index)) {
		return nil, ErrReplayed
	}
	var plain []byte
	var ok bool
	if profile == AES128GCM {
		plain, ok = in.work.openRTCPGCM(&in.keys.rtcp, packet, ssrc, index)
	} else {
		plain, ok = in.work.openRTCPCM(&in.keys.rtcp, packet, ssrc, index)
	}
	if !ok {
		return nil, ErrAuth
	}
	if err := in.streams.use(ssrc, uint64(index)); err != nil {
		return nil, err
	}
	return plain, nil
}
