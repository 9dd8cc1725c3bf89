package sfu

import (
	"fmt"

	"tablee/sfu/negotiate"
)

// publishes maps sections to the kinds that the offer names, and checks that they fit.
func (o *Offer) publishes(sections []negotiate.Section) (map[string]Kind, error) {
	out := map[string]Kind{}
	for kind, mid := range map[Kind]string{Mic: o.Mic, Camera: o.Camera, Screen: o.Screen, Sound: o.Sound} {
		if mid == "" {
			continue
		}
		if _, twice := out[mid]; twice {
			return nil, fmt.Errorf("%w: two sources on section %q", ErrOffer, mid)
		}
		found := false
		for i := range sections {
			s := &sections[i]
			if s.Mid == mid && s.Video == kind.video() && s.Sends && s.HasPayload {
				found = true
			}
		}
		if !found {
			return nil, fmt.Errorf("%w: section %q cannot carry a %s (it must send, in VP8 or Opus)", ErrOffer, mid, kind)
		}
		out[mid] = kind
	}
	return out, nil
}
