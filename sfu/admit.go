package sfu

import (
	"net/netip"

	"tablee/sfu/allocate"
)

// Admit says whether the host's line carries the voices when one more comes to a room, from that address (the invalid one
// for not known, which is taken for outside). The error is a LineFullError. Pictures do not count: they make room.
func (e *Engine) Admit(roomName string, from netip.Addr) error {
	limit := int(e.uplink.limit.Load())
	if limit == 0 {
		return nil
	}
	own := e.profileOf(roomName)
	m := allocate.Outside{Voices: own.Voices, VoiceRate: own.VoiceRate()}
	for _, r := range e.appendRooms(nil) {
		people, outside := r.count()
		if r.name == roomName {
			m.People, m.Receivers = people, outside
		} else {
			other := r.profile.Load()
			m.Elsewhere += outside * min(other.Voices, max(people-1, 0)) * other.VoiceRate()
		}
	}
	near := e.port != nil && from.IsValid() && e.port.Near(from.Unmap())
	if v := allocate.Admit(limit, m, near); !v.OK {
		return &LineFullError{Need: v.Need, Have: v.Have, Room: v.Room}
	}
	return nil
}

// count is how many are in the room, and how many of them are outside the host's network, as far as is known.
func (r *room) count() (people, outside int) {
	for _, p := range r.all() {
		people++
		if _, near := p.capacity(r.engine.now()); !near {
			outside++
		}
	}
	return people, outside
}
