package sfu

import (
	"tablee/sfu/allocate"
	"tablee/sfu/negotiate"
)

// What a meeting may cost: the server's profile, or one of the room's own. All share the host's one line, whatever their
// profiles are.

// profile returns the profile with that name, with as many voices as the server gives; nil when there is none.
func (c *Config) profile(name string) *allocate.Profile {
	p, ok := allocate.ProfileNamed(name)
	if !ok {
		return nil
	}
	if p.Name == allocate.Normal {
		p.Voices = c.Voices
	}
	p.Voices = min(p.Voices, c.Voices)
	return &p
}

// SetProfile gives a room a profile of its own, from now on until it is given another; "" takes it away, and an unknown one is
// like none. It may be said before anybody is there. Pictures follow within moments, voices with the next offer of their
// sender.
func (e *Engine) SetProfile(roomName, name string) {
	p := e.cfg.profile(name)
	e.mu.Lock()
	if p != nil {
		e.profiles[roomName] = p
	} else {
		delete(e.profiles, roomName)
	}
	r := e.rooms[roomName]
	if r != nil {
		r.profile.Store(e.profileLocked(roomName))
	}
	e.mu.Unlock()
	if r != nil {
		r.stir()
	}
}

// SetServerProfile gives another profile to the rooms that have none of their own, as SetProfile does; an unknown one changes
// nothing.
func (e *Engine) SetServerProfile(name string) {
	p := e.cfg.profile(name)
	if p == nil {
		return
	}
	e.mu.Lock()
	e.profile = p
	var follow []*room
	for roomName, r := range e.rooms {
		if e.profiles[roomName] == nil {
			r.profile.Store(p)
			follow = append(follow, r)
		}
	}
	e.mu.Unlock()
	for _, r := range follow {
		r.stir()
	}
}

// profileLocked is the profile of a room. e.mu is held.
func (e *Engine) profileLocked(roomName string) *allocate.Profile {
	if p := e.profiles[roomName]; p != nil {
		return p
	}
	return e.profile
}

// profileOf is the profile of a room that may not be there yet.
func (e *Engine) profileOf(roomName string) *allocate.Profile {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.profileLocked(roomName)
}

// opus is how the participant is to encode voices.
func (p *Peer) opus() negotiate.Opus {
	profile := p.room.profile.Load()
	return negotiate.Opus{Rate: profile.OpusRate, Frame: profile.OpusFrame, RED: p.wantsRedundancy()}
}
