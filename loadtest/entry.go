package loadtest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tablee/signaling"
)

// How a participant comes in, and comes back: dial → hello → welcome → offer → answer → media connected.

// backoff is how long to wait before each try to come back (docs/protocol.md, "Coming back").
var backoff = []time.Duration{0, 500 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second, 5 * time.Second}

// dial connects in the background; the loop gets the outcome from p.dialled.
func (p *participant) dial(ctx context.Context) {
	ctx, p.cancelDial = context.WithTimeout(ctx, dialWithin)
	p.redialAt = 0
	go func() {
		s, err := dialSession(ctx, p.target)
		p.dialled <- dialled{s, err}
	}()
}

// arrive takes the outcome of a dial.
func (p *participant) arrive(d dialled) error {
	p.cancelDial()
	p.cancelDial = nil
	if d.err != nil {
		return p.retry(d.err)
	}
	p.session = d.session
	now := p.clock.now()
	p.pingAt = now + int64(pingEvery)
	mic, cam := !p.up.mute, p.up.camera.on
	hello := signaling.ClientMessage{
		T: "hello", V: signaling.Version, Name: fmt.Sprintf("Participant %d", p.index+1), Mic: &mic, Cam: &cam,
		Resume: p.self.Resume,
	}
	if p.connected {
		hello.PC = p.self.PC
	}
	p.say(&hello)
	return nil
}

// retry plans the next dial, or gives up on what will not pass.
func (p *participant) retry(err error) error {
	if !passing(err) {
		return err
	}
	p.lastError = err
	if p.joinedAt == 0 && p.attempts > 0 && !p.welcomed {
		// A first join is a person who waits, not a page that comes back: it tries once more, and then says why not.
		return err
	}
	wait := backoff[min(p.attempts, len(backoff)-1)]
	p.attempts++
	jitter := 0.8 + 0.4*p.rng.Float64()
	p.redialAt = p.clock.now() + int64(float64(wait)*jitter) + 1
	return nil
}

// lose notes that the session is gone and plans to come back.
func (p *participant) lose(now int64) {
	p.session = nil
	p.welcomed = false
	p.down.forget()
	p.record.away.begin(now)
	if p.awaySince == 0 {
		p.awaySince = now
	}
	p.redialAt = now
}

// say writes a message; a failed write shows as the end of the session.
func (p *participant) say(m *signaling.ClientMessage) {
	if err := p.session.send(m); err != nil {
		p.lastError = err
	}
}

// hear takes a message of the server, or the end of the session.
func (p *participant) hear(m any, open bool) error {
	if !open {
		err := fmt.Errorf("the connection ended: %w", p.session.err)
		p.session.drop()
		p.lose(p.clock.now())
		p.redialAt = 0
		return p.retry(err)
	}
	switch m := m.(type) {
	case *signaling.Welcome:
		return p.onWelcome(m)
	case *signaling.Answer:
		return p.onAnswer(m)
	case *signaling.MemberEvent:
		p.meet(m.Member)
		p.demandWant = true
	case *signaling.Left:
		delete(p.members, m.ID)
		delete(p.known, m.ID)
		p.demandWant = true
	case *signaling.Slots:
		p.onSlots(m)
	case *signaling.Send:
		p.up.camera.watch(m.Camera, p.clock.now())
		p.up.screen.watch(m.Screen, p.clock.now())
	case *signaling.Line:
		p.onLine(m)
	case *signaling.Restart:
		return p.restart()
	case *signaling.Renegotiate, *signaling.ProfileEvent:
		p.renew()
	case *signaling.Error:
		return p.onError(m)
	case *signaling.Bye:
		p.lastError = fmt.Errorf("%w: %s", errKicked, m.Reason)
		if m.Retry == 0 {
			return p.lastError
		}
	case error:
		p.record.protocolErrors++
		p.note("participant %d: %v", p.index+1, m)
	}
	return nil
}

// onWelcome is being let in: with media of its own that survived, or to be made.
func (p *participant) onWelcome(w *signaling.Welcome) error {
	now := p.clock.now()
	if w.V != signaling.Version {
		return fmt.Errorf("the server speaks version %d of the protocol", w.V)
	}
	if p.self.Resume != "" {
		p.record.reconnects++
	}
	keep := w.Media == signaling.MediaKeep
	if keep && p.peer == nil {
		return errors.New("the server keeps media that there is not")
	}
	if !keep && p.peer != nil {
		p.unpeer(now)
		p.record.endedAt(p.awaySince) // it was dead since then, and nobody knew
	}
	p.self, p.welcomed = *w, true
	p.self.Chat, p.self.Members = nil, nil
	p.awaySince, p.redialAt, p.attempts, p.lastError = 0, 0, 0, nil
	p.record.away.end(now)
	clear(p.members)
	clear(p.known)
	for _, m := range w.Members {
		p.meet(m)
	}
	p.demanded, p.demandWant, p.demandAt = nil, true, 0
	if !keep {
		if err := p.negotiate(w.Voices); err != nil {
			return err
		}
	}
	if p.quality != "" {
		p.say(&signaling.ClientMessage{T: "prefs", Quality: p.quality})
	}
	if keep && (p.restarting || p.renewing) { // the offer, or its answer, may have been lost with the session
		p.offer()
	}
	if p.up.screen.on {
		p.say(&signaling.ClientMessage{T: "state", Screen: &p.up.screen.on})
	}
	return nil
}

// meet takes note of another participant, and since when its camera can be seen.
func (p *participant) meet(m signaling.Member) {
	if was, ok := p.members[m.ID]; !ok || m.Cam != was.Cam {
		p.known[m.ID] = p.clock.now()
	}
	p.members[m.ID] = m
	p.down.absent(m.Num, m.Away)
}

// negotiate makes a PeerConnection and offers it.
func (p *participant) negotiate(voices int) error {
	o := peerOptions{
		link: p.link, rng: p.rng, voices: min(max(voices, 1), maxVoices) + 1, videos: p.videos,
		down: p.down, requests: p.requests, wake: p.wake,
	}
	o.link.IPv6 = p.session.ipv6()
	if p.cast.camera {
		o.camera = p.up.camera.sources
	}
	if p.cast.screens {
		o.screen = p.up.screen.sources
	}
	peer, err := newPeer(o)
	if err != nil {
		return err
	}
	p.peer = peer
	p.up.camera.watched, p.up.screen.watched = nil, nil // the server says so anew
	p.record.pause(nil, p.clock.now())
	p.offer()
	return nil
}

// offer offers what there is to be sent and received, by the way that is known now.
func (p *participant) offer() {
	sdp := p.peer.offer()
	p.gen++
	p.say(&signaling.ClientMessage{T: "offer", SDP: sdp, Gen: p.gen, Mids: &p.peer.mids})
}

// restart looks for the way to the server anew: it is reached elsewhere. Who waits for an answer does it when that is there,
// as it may name the old address.
func (p *participant) restart() error {
	if p.peer == nil {
		return nil
	}
	if !p.answered {
		p.moved = true
		return nil
	}
	if err := p.peer.link.Restart(); err != nil {
		return err
	}
	p.restarting = true
	p.offer()
	return nil
}

// renew makes an offer for the sake of its answer: how voices are to be sent now.
func (p *participant) renew() {
	if p.peer == nil || !p.answered {
		return // the answer under way says it
	}
	p.renewing = true
	p.offer()
}

// renewed applies the answer to a further offer.
func (p *participant) renewed(sdp string) error {
	restarted := p.restarting
	p.restarting, p.renewing = false, false
	a, err := readAnswer(sdp)
	if err != nil {
		return err
	}
	p.peer.opus = a.opus
	p.down.paced(a.opus)
	if p.up.voice != nil {
		p.up.voice.follow(a.opus)
	}
	if restarted {
		return p.peer.link.Resume(a.remote)
	}
	return nil
}

// maxVoices bounds what a server may ask for.
const maxVoices = 16

// onAnswer applies the answer to the offer last made.
func (p *participant) onAnswer(a *signaling.Answer) error {
	switch {
	case (p.restarting || p.renewing) && a.Gen < p.gen: // to an offer that another one has overtaken
		return nil
	case p.peer == nil || a.Gen != p.gen || p.answered && !p.restarting && !p.renewing:
		p.record.protocolErrors++
		return nil
	case p.restarting || p.renewing:
		return p.renewed(a.SDP)
	}
	if err := p.peer.accept(a.SDP); err != nil {
		return err
	}
	p.answered = true
	if p.moved {
		p.moved = false
		return p.restart()
	}
	return nil
}

// onSlots notes who is in which slot.
func (p *participant) onSlots(m *signaling.Slots) {
	for _, s := range m.Slots {
		from, known := p.members[s.ID]
		if !p.down.announce(s.Mid, from.Num) || !known && s.ID != "" {
			p.record.protocolErrors++
			p.note("participant %d: a slot of section %q for member %q, of which one does not exist", p.index+1, s.Mid, s.ID)
		}
	}
}

// onError is a refusal: the end before the welcome, a complaint after it.
func (p *participant) onError(m *signaling.Error) error {
	r := &refusal{Code: m.Code, Message: m.Message}
	if !p.welcomed {
		p.session.drop()
		p.lose(p.clock.now())
		p.redialAt = 0
		return p.retry(fmt.Errorf("enter the room: %w", r))
	}
	if m.Re == "offer" || m.Code == "media_failed" || m.Code == "offer_invalid" {
		return fmt.Errorf("offer media: %w", r)
	}
	p.note("participant %d: the server refused %s: %v", p.index+1, m.Re, r)
	return nil
}
