package loadtest

import (
	"errors"
	"time"

	"tablee/signaling"
)

// errVanished ends a participant whose machine was switched off.
var errVanished = errors.New("vanished")

// reloadTakes is how long a page takes to load again.
const reloadTakes = int64(500 * time.Millisecond)

// obey does what the meeting asks.
func (p *participant) obey(o order) error {
	switch {
	case o.hush != nil:
		p.down.close(p.clock.now())
		p.up.stop()
		close(o.hush)
		return nil
	case o.plan:
		p.up.talk(o.talk, o.origin)
		return nil
	}
	now := p.clock.now()
	switch o.act {
	case Leave:
		return errDone
	case Vanish:
		if p.peer != nil {
			p.peer.link.Vanish()
		}
		return errVanished
	case DropSignaling, Reload:
		p.interrupt(o.act == Reload, now)
	case CameraOff, CameraOn:
		p.turnCamera(o.act == CameraOn, now)
	case ShareScreen, StopScreen:
		p.turnScreen(o.act == ShareScreen, now)
	case PreferSaver, PreferVoice, PreferAuto:
		p.prefer(map[Act]string{PreferSaver: signaling.QualitySaver, PreferVoice: signaling.QualityVoice, PreferAuto: signaling.QualityAuto}[o.act])
	case ChangeLine:
		p.line.Change(o.line)
		p.downRate = o.line.Down.Rate
	case Roam:
		return p.roam(now)
	case Pin:
		p.look(view{pinned: true, scrolled: p.view.scrolled})
	case Scroll:
		p.look(view{pinned: p.view.pinned, scrolled: p.view.scrolled + 1})
	case ShowAll:
		p.look(view{})
	}
	return nil
}

// interrupt loses the session and, when the page is reloaded, media and arrangement with it.
func (p *participant) interrupt(reload bool, now int64) {
	if p.session == nil {
		return
	}
	p.session.drop()
	p.lose(now)
	if reload {
		p.unpeer(now)
		p.view = view{}
		p.redialAt = now + reloadTakes
	}
}

// roam changes the address of the media, as a phone does that leaves the Wi-Fi. The WebSocket is left alone: that it comes
// back is for DropSignaling to show.
func (p *participant) roam(now int64) error {
	if !p.connected {
		return nil
	}
	p.down.roam(now)
	return p.peer.link.Roam()
}

// turnCamera switches the camera.
func (p *participant) turnCamera(on bool, now int64) {
	if !p.cast.camera || on == p.up.camera.on {
		return
	}
	p.up.camera.turn(on, now)
	p.publishing(now)
	p.state(&signaling.ClientMessage{T: "state", Cam: &on})
}

// turnScreen begins or ends sharing a screen.
func (p *participant) turnScreen(on bool, now int64) {
	if !p.cast.screens || on == p.up.screen.on {
		return
	}
	p.up.screen.turn(on, now)
	p.publishing(now)
	p.state(&signaling.ClientMessage{T: "state", Screen: &on})
}

// publishing notes what is published from now on.
func (p *participant) publishing(now int64) {
	for _, x := range []struct {
		on   bool
		span *spans
	}{{p.up.camera.on && p.connected, &p.record.camera}, {p.up.screen.on && p.connected, &p.record.screen}} {
		if x.on {
			x.span.begin(now)
		} else {
			x.span.end(now)
		}
	}
}

// state tells the others, if there is a session; else hello and welcome do.
func (p *participant) state(m *signaling.ClientMessage) {
	if p.session != nil && p.welcomed {
		p.say(m)
	}
}

// prefer chooses what the participant is sent.
func (p *participant) prefer(quality string) {
	p.quality = quality
	p.state(&signaling.ClientMessage{T: "prefs", Quality: quality})
}

// look arranges the page anew.
func (p *participant) look(v view) {
	p.view = v
	p.demandWant = true
}
