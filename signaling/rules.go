package signaling

import (
	"slices"
	"time"

	"tablee/room"
)

// Bounds of fields.
const (
	maxVideos = 32
	maxHeight = 4320 // device pixels; larger ones are taken for this
	maxMid    = 16   // characters (RFC 9143: a short token)
	maxID     = 64
	maxRef    = 64
	maxToken  = 512
	maxResume = 768  // a resume token with the longest room and name
	maxJoin   = 2048 // a join token's, in bytes
)

// rule is how one type of message is handled.
type rule struct {
	guarded bool // action must be allowed to the client
	action  room.Action
	handle  handler
	waits   bool // may be said in the lobby
}

// handler checks one message and says what to do. An error refuses it.
type handler func(s State, now time.Time, m ClientMessage) (State, []Effect, *room.Error)

// rules is the dispatch table of the protocol, client to server. It is never written to.
var rules = map[string]rule{
	"hello":  {handle: hello},
	"offer":  {guarded: true, action: room.Watch, handle: offer},
	"demand": {guarded: true, action: room.Watch, handle: demand},
	"prefs":  {guarded: true, action: room.Watch, handle: prefs},
	"state":  {guarded: true, action: room.Signal, handle: state},
	"chat":   {guarded: true, action: room.Chat, handle: say},
	"react":  {guarded: true, action: room.React, handle: react},
	"ping":   {handle: ping, waits: true},
	"leave":  {handle: leave, waits: true},
	"enter":  {handle: enter, waits: true},

	"admit":     {guarded: true, action: room.Admit, handle: order},
	"deny":      {guarded: true, action: room.Admit, handle: order},
	"mute":      {guarded: true, action: room.Silence, handle: order},
	"ask":       {guarded: true, action: room.Silence, handle: order},
	"lower":     {guarded: true, action: room.Silence, handle: order},
	"remove":    {guarded: true, action: room.Remove, handle: order},
	"grant":     {guarded: true, action: room.GrantSpeech, handle: order},
	"lock":      {guarded: true, action: room.Lock, handle: order},
	"room":      {guarded: true, action: room.EditRoom, handle: order},
	"links":     {guarded: true, action: room.Invite, handle: order},
	"invite":    {guarded: true, action: room.Invite, handle: order},
	"revoke":    {guarded: true, action: room.Invite, handle: order},
	"poll":      {guarded: true, action: room.RunPoll, handle: order},
	"vote":      {guarded: true, action: room.Vote, handle: order},
	"close":     {guarded: true, action: room.RunPoll, handle: order},
	"timer":     {guarded: true, action: room.RunTimer, handle: order},
	"breakouts": {guarded: true, action: room.RunBreakouts, handle: order},
	"assign":    {guarded: true, action: room.RunBreakouts, handle: order},
	"announce":  {guarded: true, action: room.RunBreakouts, handle: order},
	"recall":    {guarded: true, action: room.RunBreakouts, handle: order},
	"end":       {guarded: true, action: room.EndMeeting, handle: order},
}

func hello(s State, _ time.Time, m ClientMessage) (State, []Effect, *room.Error) {
	if s.phase != fresh {
		return s, nil, &room.Error{Code: room.CodeAlreadyJoined, Message: "hello was said already"}
	}
	if m.V != Version {
		return s, nil, &room.Error{Code: room.CodeVersion, Message: "this server speaks version 1; reload the page"}
	}
	if len(m.Password) > maxPassword || len(m.Link) > maxToken || len(m.Host) > maxToken || len(m.Resume) > maxResume || len(m.Token) > maxJoin || len(m.PC) > maxID {
		return s, nil, badMessage("a token is too long")
	}
	name, err := room.CleanPersonName(m.Name)
	if err != nil {
		return s, nil, room.Public(err)
	}
	s.phase = joining
	change := room.Change{Mic: m.Mic, Cam: m.Cam}
	return s, []Effect{Join{Name: name, Change: change, Host: m.Host, Resume: m.Resume, PC: m.PC, Password: m.Password, Link: m.Link, Token: m.Token}}, nil
}

func offer(s State, now time.Time, m ClientMessage) (State, []Effect, *room.Error) {
	if !s.offers.take(offerLimit, now) {
		return s, nil, &room.Error{Code: room.CodeRateLimited, Message: "too many offers; wait for the answer"}
	}
	var mids Mids
	if m.Mids != nil {
		mids = *m.Mids
	}
	if m.SDP == "" || m.Gen < 0 || !validMids(mids) {
		return s, nil, &room.Error{Code: room.CodeOfferInvalid, Message: "the offer has no SDP, or its mids are not short and distinct"}
	}
	return s, []Effect{Negotiate{Offer: Offer{SDP: m.SDP, Mids: mids}, Gen: m.Gen}}, nil
}

func validMids(m Mids) bool {
	var used []string
	for _, mid := range []string{m.Mic, m.Camera, m.Screen, m.Sound} {
		if mid == "" {
			continue
		}
		if len(mid) > maxMid || slices.Contains(used, mid) {
			return false
		}
		used = append(used, mid)
	}
	return true
}

func demand(s State, _ time.Time, m ClientMessage) (State, []Effect, *room.Error) {
	if len(m.Videos) > maxVideos {
		return s, nil, badMessage("a demand has 32 videos at most")
	}
	videos := make([]Video, 0, len(m.Videos))
	for _, v := range m.Videos {
		if v.ID == "" || len(v.ID) > maxID || v.Kind != KindCamera && v.Kind != KindScreen {
			return s, nil, badMessage("a video has an id, and its kind is camera or screen")
		}
		v.Height = min(max(v.Height, 1), maxHeight)
		same := func(o Video) bool { return o.ID == v.ID && o.Kind == v.Kind }
		if !slices.ContainsFunc(videos, same) { // the first counts: it is the more important one
			videos = append(videos, v)
		}
	}
	return s, []Effect{Demand{Videos: videos}}, nil
}

func prefs(s State, _ time.Time, m ClientMessage) (State, []Effect, *room.Error) {
	switch m.Quality {
	case QualityAuto, QualitySaver, QualityVoice:
		return s, []Effect{Prefer{Quality: m.Quality}}, nil
	}
	return s, nil, badMessage("the quality is auto, saver or voice")
}

func state(s State, _ time.Time, m ClientMessage) (State, []Effect, *room.Error) {
	change := room.Change{Mic: m.Mic, Cam: m.Cam, Screen: m.Screen, Sound: m.Sound, Hand: m.Hand}
	for _, c := range []struct {
		on *bool
		a  room.Action
	}{{m.Mic, room.PublishMic}, {m.Cam, room.PublishCamera}, {m.Screen, room.PublishScreen}, {m.Sound, room.PublishScreen}, {m.Hand, room.RaiseHand}} {
		if c.on != nil && *c.on && !s.rights.May(c.a) {
			return s, nil, &room.Error{Code: room.CodeForbidden, Message: "the room does not let you switch this on"}
		}
	}
	return s, []Effect{Apply{Change: change}}, nil
}

func say(s State, now time.Time, m ClientMessage) (State, []Effect, *room.Error) {
	if len(m.Ref) > maxRef {
		return s, nil, badMessage("the ref is too long")
	}
	if m.Text == "" {
		return s, nil, badMessage("the message is empty")
	}
	if !s.chats.take(chatLimit, now) {
		return s, nil, &room.Error{Code: room.CodeRateLimited, Message: "too many chat messages; wait a moment"}
	}
	return s, []Effect{Say{Text: m.Text, Ref: m.Ref}}, nil
}

// Emojis are the reactions that the protocol knows.
func Emojis() []string { return []string{"👍", "👏", "❤️", "😂", "😮", "🎉"} }

func react(s State, _ time.Time, m ClientMessage) (State, []Effect, *room.Error) {
	if !slices.Contains(Emojis(), m.Emoji) {
		return s, nil, badMessage("that emoji is no reaction")
	}
	return s, []Effect{Cheer{Emoji: m.Emoji}}, nil
}

func ping(s State, _ time.Time, m ClientMessage) (State, []Effect, *room.Error) {
	return s, []Effect{Echo{N: m.N}}, nil
}

func leave(s State, _ time.Time, _ ClientMessage) (State, []Effect, *room.Error) {
	s.phase = over
	return s, []Effect{Depart{}}, nil
}
