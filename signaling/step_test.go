package signaling

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"tablee/room"
)

var epoch = time.Unix(1_800_000_000, 0)

// valid is one good message of every type.
func valid() map[string]ClientMessage {
	return map[string]ClientMessage{
		"hello":  {T: "hello", V: 1, Name: " Anna ", Mic: yes(), Cam: no(), Host: "h", Resume: "r", PC: "p"},
		"offer":  {T: "offer", SDP: "v=0", Gen: 3, Mids: &Mids{Mic: "0", Camera: "1"}},
		"demand": {T: "demand", Videos: []Video{{ID: "a", Kind: KindCamera, Height: 180}}},
		"prefs":  {T: "prefs", Quality: "saver"},
		"state":  {T: "state", Hand: yes()},
		"chat":   {T: "chat", Text: "salut", Ref: "1"},
		"react":  {T: "react", Emoji: "👍"},
		"ping":   {T: "ping", N: 4},
		"leave":  {T: "leave"},
	}
}

func inPhase(p phase) State {
	switch p {
	case seated:
		return State{}.Admitted(room.Guest)
	default:
		return State{phase: p}
	}
}

// Every message in every state.
func TestStepTable(t *testing.T) {
	change := func(c room.Change) room.Change { return c }
	done := map[string]Effect{
		"offer":  Negotiate{Offer: Offer{SDP: "v=0", Mids: Mids{Mic: "0", Camera: "1"}}, Gen: 3},
		"demand": Demand{Videos: []Video{{ID: "a", Kind: KindCamera, Height: 180}}},
		"prefs":  Prefer{Quality: QualitySaver},
		"state":  Apply{Change: change(room.Change{Hand: yes()})},
		"chat":   Say{Text: "salut", Ref: "1"},
		"react":  Cheer{Emoji: "👍"},
		"ping":   Echo{N: 4},
		"leave":  Depart{},
	}
	refusal := func(code room.Code, ends bool) []string {
		list := []string{"refuse " + string(code)}
		if ends {
			list = append(list, "end")
		}
		return list
	}
	if len(rules) != len(valid()) {
		t.Fatalf("%d rules, %d messages in this test", len(rules), len(valid()))
	}
	for kind, m := range valid() {
		for _, p := range []phase{fresh, joining, seated, over} {
			next, effects := Step(inPhase(p), epoch, Input{Message: m})
			got := summary(effects)
			switch {
			case p == over:
				if len(effects) != 0 || next.phase != over {
					t.Errorf("%s when over: %v", kind, got)
				}
			case p == fresh && kind == "hello":
				want := []Effect{Join{Name: "Anna", Change: room.Change{Mic: yes(), Cam: no()}, Host: "h", Resume: "r", PC: "p"}}
				if !reflect.DeepEqual(effects, want) || next.phase != joining {
					t.Errorf("hello: %+v", effects)
				}
			case kind == "hello":
				if !slices.Equal(got, refusal(room.CodeAlreadyJoined, p != seated)) {
					t.Errorf("hello in phase %d: %v", p, got)
				}
			case p != seated:
				if !slices.Equal(got, refusal(room.CodeHelloExpected, true)) || next.phase != over {
					t.Errorf("%s in phase %d: %v", kind, p, got)
				}
			default:
				if !reflect.DeepEqual(effects, []Effect{done[kind]}) {
					t.Errorf("%s: %+v", kind, effects)
				}
				if (next.phase == over) != (kind == "leave") {
					t.Errorf("%s leads to phase %d", kind, next.phase)
				}
			}
		}
	}
}

// summary names effects shortly.
func summary(effects []Effect) []string {
	var list []string
	for _, e := range effects {
		switch e := e.(type) {
		case Refuse:
			list = append(list, "refuse "+string(e.Err.Code))
		case End:
			list = append(list, strings.TrimSpace("end "+e.Bye))
		default:
			list = append(list, strings.ToLower(reflect.TypeOf(e).Name()))
		}
	}
	return list
}

func TestStepRefusesBadFields(t *testing.T) {
	long := strings.Repeat("x", 600)
	for name, c := range map[string]struct {
		m    ClientMessage
		code room.Code
	}{
		"no SDP":          {ClientMessage{T: "offer"}, room.CodeOfferInvalid},
		"negative gen":    {ClientMessage{T: "offer", SDP: "v", Gen: -1}, room.CodeOfferInvalid},
		"long mid":        {ClientMessage{T: "offer", SDP: "v", Mids: &Mids{Mic: long}}, room.CodeOfferInvalid},
		"same mid twice":  {ClientMessage{T: "offer", SDP: "v", Mids: &Mids{Mic: "0", Sound: "0"}}, room.CodeOfferInvalid},
		"33 videos":       {ClientMessage{T: "demand", Videos: make([]Video, maxVideos+1)}, room.CodeBadMessage},
		"video of nobody": {ClientMessage{T: "demand", Videos: []Video{{Kind: KindCamera}}}, room.CodeBadMessage},
		"video of a mic":  {ClientMessage{T: "demand", Videos: []Video{{ID: "a", Kind: KindMic}}}, room.CodeBadMessage},
		"long id":         {ClientMessage{T: "demand", Videos: []Video{{ID: long, Kind: KindCamera}}}, room.CodeBadMessage},
		"no quality":      {ClientMessage{T: "prefs"}, room.CodeBadMessage},
		"other quality":   {ClientMessage{T: "prefs", Quality: "best"}, room.CodeBadMessage},
		"Auto":            {ClientMessage{T: "prefs", Quality: "Auto"}, room.CodeBadMessage},
		"empty chat":      {ClientMessage{T: "chat"}, room.CodeBadMessage},
		"long ref":        {ClientMessage{T: "chat", Text: "x", Ref: long}, room.CodeBadMessage},
		"other emoji":     {ClientMessage{T: "react", Emoji: "🍆"}, room.CodeBadMessage},
		"text as emoji":   {ClientMessage{T: "react", Emoji: "👍👍"}, room.CodeBadMessage},
		"no type":         {ClientMessage{}, room.CodeBadMessage},
	} {
		next, effects := Step(inPhase(seated), epoch, Input{Message: c.m})
		if got := summary(effects); !slices.Equal(got, []string{"refuse " + string(c.code)}) || next.phase != seated {
			t.Errorf("%s: %v, phase %d", name, got, next.phase)
		}
	}
	for name, c := range map[string]struct {
		m    ClientMessage
		code room.Code
	}{
		"version 0":   {ClientMessage{T: "hello", Name: "x"}, room.CodeVersion},
		"no name":     {ClientMessage{T: "hello", V: 1}, room.CodeNameInvalid},
		"long name":   {ClientMessage{T: "hello", V: 1, Name: long}, room.CodeNameInvalid},
		"long host":   {ClientMessage{T: "hello", V: 1, Name: "x", Host: long}, room.CodeBadMessage},
		"long resume": {ClientMessage{T: "hello", V: 1, Name: "x", Resume: long}, room.CodeBadMessage},
		"long pc":     {ClientMessage{T: "hello", V: 1, Name: "x", PC: long}, room.CodeBadMessage},
	} {
		next, effects := Step(State{}, epoch, Input{Message: c.m})
		if got := summary(effects); !slices.Equal(got, []string{"refuse " + string(c.code), "end"}) || next.phase != over {
			t.Errorf("%s: %v, phase %d", name, got, next.phase)
		}
	}
}

func TestDemandIsTidied(t *testing.T) {
	m := ClientMessage{T: "demand", Videos: []Video{
		{ID: "a", Kind: KindCamera, Height: 720, Big: true}, {ID: "a", Kind: KindScreen, Height: 1 << 30},
		{ID: "a", Kind: KindCamera, Height: 90}, {ID: "b", Kind: KindCamera, Height: -5},
	}}
	_, effects := Step(inPhase(seated), epoch, Input{Message: m})
	want := []Video{{"a", KindCamera, 720, true}, {"a", KindScreen, maxHeight, false}, {"b", KindCamera, 1, false}}
	if len(effects) != 1 || !slices.Equal(effects[0].(Demand).Videos, want) {
		t.Fatalf("%+v", effects)
	}
}

// Role × action: what the table of room refuses is refused here.
func TestStepAsksForPermission(t *testing.T) {
	for kind, m := range valid() {
		for _, role := range append(room.Roles(), room.Nobody) {
			_, effects := Step(State{}.Admitted(role), epoch, Input{Message: m})
			allowed := !rules[kind].guarded || role.May(rules[kind].action)
			forbidden := slices.Equal(summary(effects), []string{"refuse forbidden"})
			if allowed == forbidden {
				t.Errorf("%s as %s: %v", kind, role, summary(effects))
			}
		}
	}
}

func TestStepLimitsRates(t *testing.T) {
	flood := func(m ClientMessage, times int) (refused int) {
		s := inPhase(seated)
		for range times {
			var effects []Effect
			s, effects = Step(s, epoch, Input{Message: m})
			if slices.Contains(summary(effects), "refuse rate_limited") {
				refused++
			}
		}
		return refused
	}
	if n := flood(valid()["ping"], 110); n != 10 {
		t.Errorf("%d pings refused", n)
	}
	if n := flood(valid()["offer"], 15); n != 15-int(offerLimit.burst) {
		t.Errorf("%d offers refused", n)
	}
	if n := flood(valid()["chat"], 25); n != 25-int(chatLimit.burst) {
		t.Errorf("%d chats refused", n)
	}
}

func TestBucket(t *testing.T) {
	var b bucket
	l := limit{rate: 2, burst: 3}
	take := func(after time.Duration, want bool) {
		t.Helper()
		if got := b.take(l, epoch.Add(after)); got != want {
			t.Errorf("at %v: %v", after, got)
		}
	}
	take(0, true)
	take(0, true)
	take(0, true)
	take(0, false)
	take(400*time.Millisecond, false)
	take(500*time.Millisecond, true)
	take(-time.Hour, false) // a clock that jumps back gives nothing, and takes nothing for long
	take(-time.Hour+500*time.Millisecond, true)
	take(time.Hour, true)
	take(time.Hour, true)
	take(time.Hour, true)
	take(time.Hour, false)
}

// FuzzStep drives the machine with arbitrary text. The model does what a connection does: it admits whoever asks.
func FuzzStep(f *testing.F) {
	var all []string
	for _, m := range valid() {
		data, err := json.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		all = append(all, string(data))
	}
	slices.Sort(all)
	f.Add(strings.Join(all, "\n"), uint16(0), true)
	f.Add(all[3]+"\n"+all[3], uint16(5), true)
	f.Add(all[3]+"\n"+strings.Repeat("x\n", 30), uint16(1), true)
	f.Add(strings.Repeat(all[6]+"\n", 200), uint16(0), false)
	f.Fuzz(func(t *testing.T, script string, gap uint16, admit bool) {
		var s State
		now, joins, isOver := epoch, 0, false
		for line := range strings.SplitSeq(script, "\n") {
			now = now.Add(time.Duration(gap) * time.Millisecond)
			before := s.phase
			var in Input
			in.Message, in.Err = Decode([]byte(line))
			var effects []Effect
			s, effects = Step(s, now, in)
			if isOver && len(effects) > 0 {
				t.Fatalf("%v after the end", summary(effects))
			}
			isOver = s.phase == over
			for _, e := range effects {
				switch e := e.(type) {
				case Join:
					joins++
				case Refuse:
					if e.Err == nil || e.Err.Code == "" || len(e.Re) > 10 {
						t.Fatalf("refusal %+v", e)
					}
				case End:
				default: // anything else reaches into the room
					if before != seated {
						t.Fatalf("%v in phase %d", summary(effects), before)
					}
				}
			}
			if joins > 1 {
				t.Fatal("welcomed twice")
			}
			if s.phase == joining && admit {
				s = s.Admitted(room.Guest)
			}
		}
	})
}
