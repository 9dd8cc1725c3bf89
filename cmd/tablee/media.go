package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"

	"tablee/room"
	"tablee/sfu"
	"tablee/signaling"
)

// Signaling speaks to the media engine in the words of the wire, the engine in its own: neither imports the other.
// Here the two meet.

// media gives signaling the engine.
type media struct{ engine *sfu.Engine }

// admit asks the engine whether the host's line carries one more in a room.
func (m media) admit(r *http.Request, roomName string) error {
	from := netip.Addr{}
	if a, err := netip.ParseAddrPort(r.RemoteAddr); err == nil && !a.Addr().IsLoopback() { // a reverse proxy hides where people are
		from = a.Addr()
	}
	if err := m.engine.Admit(roomName, from); err != nil {
		return mediaError(err)
	}
	return nil
}

// mediaPeer gives signaling one of the engine's peers.
type mediaPeer struct{ peer *sfu.Peer }

// Join implements signaling.Media.
func (m media) Join(roomName, id string, num uint32, notify func(signaling.Notice)) (signaling.MediaPeer, error) {
	p, err := m.engine.Join(roomName, id, num, func(n sfu.Notice) { notify(noticeOf(n)) })
	if err != nil {
		return nil, fmt.Errorf("join the media engine: %w", mediaError(err))
	}
	return mediaPeer{p}, nil
}

// SetProfile implements signaling.Media.
func (m media) SetProfile(roomName, profile string) { m.engine.SetProfile(roomName, profile) }

// Answer implements signaling.MediaPeer.
func (p mediaPeer) Answer(o signaling.Offer) (string, error) {
	sdp, err := p.peer.Answer(sfu.Offer{
		SDP: o.SDP, Mic: o.Mids.Mic, Camera: o.Mids.Camera, Screen: o.Mids.Screen, Sound: o.Mids.Sound,
	})
	if err != nil {
		return "", fmt.Errorf("answer an offer: %w", mediaError(err))
	}
	return sdp, nil
}

// Demand implements signaling.MediaPeer.
func (p mediaPeer) Demand(w signaling.Wishes) {
	p.peer.Prefer(sfu.Quality(w.Quality)) // first, so that nothing is sent that was never wished
	p.peer.Demand(wantsOf(w.Videos))
}

func wantsOf(videos []signaling.Video) []sfu.Want {
	wants := make([]sfu.Want, len(videos))
	for i, v := range videos {
		wants[i] = sfu.Want{ID: v.ID, Kind: sfu.Kind(v.Kind), Height: v.Height, Big: v.Big}
	}
	return wants
}

// Allow implements signaling.MediaPeer.
func (p mediaPeer) Allow(g signaling.Gate) { p.peer.Allow(g.Mic, g.Camera, g.Screen) }

// Close implements signaling.MediaPeer.
func (p mediaPeer) Close() { p.peer.Close() }

// mediaError gives an error of the engine the protocol's code, and keeps the cause for the log.
func mediaError(err error) error {
	refusal := &room.Error{Code: room.CodeMediaFailed, Message: "the media engine could not do this; connect again"}
	switch {
	case errors.Is(err, sfu.ErrOffer):
		refusal = &room.Error{Code: room.CodeOfferInvalid, Message: "the offer is not one that this server can answer"}
	case errors.Is(err, sfu.ErrLineFull):
		refusal = &room.Error{Code: room.CodeLineFull, Message: "the host's line cannot carry one more voice; try again when somebody has left"}
		if full, ok := errors.AsType[*sfu.LineFullError](err); ok {
			refusal.Args = map[string]int{"need": kilo(full.Need), "have": kilo(full.Have), "room": full.Room}
		}
	}
	return fmt.Errorf("%w: %w", refusal, err)
}

// noticeOf translates what the engine tells.
func noticeOf(n sfu.Notice) signaling.Notice {
	out := signaling.Notice{Lost: n.Lost, Restart: n.Restart, Renegotiate: n.Renegotiate, Bars: n.Bars}
	for _, s := range n.Slots {
		out.Slots = append(out.Slots, signaling.Slot{Mid: s.Mid, ID: s.ID, Kind: string(s.Kind), TS: s.TS, Layer: s.Layer})
	}
	if n.Speaker != nil {
		out.Speaker = &signaling.Speaker{ID: n.Speaker.ID, Talking: n.Speaker.Talking}
	}
	if n.Send != nil {
		out.Send = &signaling.Send{Camera: n.Send.Camera, Screen: n.Send.Screen}
	}
	if n.Line != nil {
		out.Line = lineOf(*n.Line)
	}
	return out
}

func lineOf(l sfu.LineNotice) *signaling.Line {
	out := &signaling.Line{
		Bars: l.Bars, Limit: l.Limit, Weak: l.Weak, Down: kilo(l.Down), Up: kilo(l.Up), Loss: l.Loss, RTT: l.RTT,
	}
	for _, p := range l.Paused {
		out.Paused = append(out.Paused, signaling.Paused{ID: p.ID, Kind: string(p.Kind), Why: p.Why})
	}
	return out
}

// kilo makes the wire's kbit/s of the engine's bit/s.
func kilo(bits int) int { return bits / 1000 }
