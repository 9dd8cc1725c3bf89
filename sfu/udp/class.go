package udp

import "fmt"

// Class says how much a datagram is missed when the network cannot take everything.
type Class uint8

// The classes, from the one that is dropped first. The zero class is Video, so that forgetting it is harmless.
const (
	Video Class = iota
	Audio
	Control // ICE, DTLS, RTCP

	classes = 3
)

// String returns the name used in metrics.
func (c Class) String() string {
	switch c {
	case Video:
		return "video"
	case Audio:
		return "audio"
	case Control:
		return "control"
	}
	return fmt.Sprintf("class %d", uint8(c))
}

// valid puts a class nobody knows among the first to be dropped.
func (c Class) valid() Class {
	if c >= classes {
		return Video
	}
	return c
}
