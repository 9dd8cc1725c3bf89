package loadtest

import (
	"cmp"
	"slices"
	"time"

	"tablee/loadtest/payload"
	"tablee/signaling"
)

// Heights that are asked for, in pixels.
const (
	thumbnail = 180
	large     = 720
)

// scrollWindow is how many thumbnails show once somebody has begun to scroll.
const scrollWindow = 6

// demandEvery bounds how often a participant says what it shows, in nanoseconds: in a burst of joins, five times a second.
const demandEvery = int64(200 * time.Millisecond)

// key names a picture: whose it is, and which of the two.
type key struct {
	num    uint32
	screen bool
}

// view is how a participant arranges its page.
type view struct {
	pinned   bool // the first camera is large
	scrolled int  // windows scrolled by, from 1 on; 0 shows everybody
}

// shownTo lists what a participant shows: shared screens first, then the cameras of those who follow it in the order of
// numbers, in the window that it scrolled to; as many as it has slots for.
func (v view) shownTo(self signaling.Welcome, members map[string]signaling.Member, slots int) []signaling.Video {
	after := func(m signaling.Member) uint32 { return m.Num - self.Num } // modulo 2^32: those before come last
	others := make([]signaling.Member, 0, len(members))
	for id, m := range members {
		if id != self.ID {
			others = append(others, m)
		}
	}
	slices.SortFunc(others, func(a, b signaling.Member) int { return cmp.Compare(after(a), after(b)) })
	var screens, cameras []signaling.Video
	for _, m := range others {
		if m.Screen {
			screens = append(screens, signaling.Video{ID: m.ID, Kind: signaling.KindScreen, Height: large})
		}
		if m.Cam {
			cameras = append(cameras, signaling.Video{ID: m.ID, Kind: signaling.KindCamera, Height: thumbnail})
		}
	}
	if v.scrolled > 0 && len(cameras) > scrollWindow {
		from := (v.scrolled - 1) * scrollWindow % len(cameras)
		cameras = slices.Concat(cameras[from:], cameras[:from])[:scrollWindow]
	}
	if v.pinned && len(cameras) > 0 {
		cameras[0].Height, cameras[0].Big = large, true
	}
	all := append(screens, cameras...)
	return all[:min(len(all), slots)]
}

// layerFor is the layer, as stamps number them, that a height asks for: the lowest that is at least three quarters as
// high, else the highest (as the server's choice is documented).
func layerFor(height int, screen bool) uint8 {
	first, heights := uint8(payload.LayerCamera), []int{180, 360, 720}
	if screen {
		first, heights = payload.LayerScreen, []int{360, 720}
	}
	for i, h := range heights {
		if 4*h >= 3*height {
			return first + uint8(i)
		}
	}
	return first + uint8(len(heights)-1)
}

// demand says what the participant shows, if that changed.
func (p *participant) demand(now int64) {
	p.demandWant = false
	videos := p.view.shownTo(p.self, p.members, p.videos)
	if slices.Equal(videos, p.demanded) {
		return
	}
	wants := make(map[key]uint8, len(videos))
	settled := now-p.inSince >= settleIn && p.connected
	var asked []key
	for _, v := range videos {
		m := p.members[v.ID]
		k := key{m.Num, v.Kind == signaling.KindScreen}
		wants[k] = layerFor(v.Height, k.screen)
		if settled && now-p.known[m.ID] >= settleIn {
			asked = append(asked, k)
		}
	}
	p.record.want(wants, now)
	p.down.demand(wants, asked, now)
	p.demanded, p.demandAt = videos, now+demandEvery
	p.say(&signaling.ClientMessage{T: "demand", Videos: videos})
}

// settleIn is how long participant and source must have been in for a switch to be timed: else it is a join.
const settleIn = int64(3 * time.Second)
