package signaling

import (
	"encoding/json"
	"maps"
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
		"enter":  {T: "enter"},
	}
}

// orders is one good message of every type that hosts and moderators have.
func orders() map[string]ClientMessage {
	list := map[string]ClientMessage{
		"admit":     {T: "admit"},
		"deny":      {T: "deny", Orders: Orders{ID: "A"}},
		"mute":      {T: "mute", Orders: Orders{What: KindMic}},
		"ask":       {T: "ask", Orders: Orders{ID: "A", What: KindCamera}},
		"lower":     {T: "lower"},
		"remove":    {T: "remove", Orders: Orders{ID: "A", Ban: true}},
		"grant":     {T: "grant", Orders: Orders{ID: "A", Role: "speaker"}},
		"lock":      {T: "lock", Orders: Orders{On: yes()}},
		"room":      {T: "room", Orders: Orders{Settings: &SettingsPatch{Lobby: yes()}}},
		"links":     {T: "links"},
		"invite":    {T: "invite", Orders: Orders{Role: "guest", Hours: 3, Uses: 1}},
		"revoke":    {T: "revoke", Orders: Orders{ID: "A"}},
		"poll":      {T: "poll", Orders: Orders{Question: "?", Options: []string{"a", "b"}}},
		"vote":      {T: "vote", Orders: Orders{Poll: 1, Choices: []int{0}}},
		"close":     {T: "close", Orders: Orders{Poll: 1}},
		"timer":     {T: "timer", Orders: Orders{Seconds: 60}},
		"breakouts": {T: "breakouts", Orders: Orders{Groups: [][]string{{"A"}, {}}}},
		"assign":    {T: "assign", Orders: Orders{ID: "A", Group: 1}},
		"announce":  {T: "announce", Text: "5 minutes"},
		"recall":    {T: "recall"},
		"end":       {T: "end"},
	}
	return list
}

// everything is valid and orders together.
func everything() map[string]ClientMessage {
	all := valid()
	maps.Copy(all, orders())
	return all
}

func inPhase(p phase) State {
	switch p {
	case waiting:
		return State{}.Waits()
	case seated:
		return State{}.Admitted(room.Settings{}.Rights(room.Host))
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
	if len(rules) != len(everything()) {
		t.Fatalf("%d rules, %d messages in this test", len(rules), len(everything()))
	}
	for kind, m := range orders() {
		done[kind] = Order{Kind: kind, Message: m}
	}
	for kind, m := range everything() {
		for _, p := range []phase{fresh, joining, waiting, seated, over} {
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
			case p == waiting && rules[kind].waits:
				want := map[string]Effect{"ping": Echo{N: 4}, "leave": Depart{}, "enter": Enter{}}
				if !reflect.DeepEqual(effects, []Effect{want[kind]}) {
					t.Errorf("%s in the lobby: %v", kind, got)
				}
			case kind == "enter" && p == seated:
				if !slices.Equal(got, refusal(room.CodeAlreadyJoined, false)) {
					t.Errorf("enter when seated: %v", got)
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
		"long resume": {ClientMessage{T: "hello", V: 1, Name: "x", Resume: long + long}, room.CodeBadMessage},
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
	for kind, m := range everything() {
		if kind == "enter" || kind == "hello" {
			continue
		}
		if kind == "state" {
			m = ClientMessage{T: "state", Hand: no()}
		}
		for _, role := range append(room.Roles(), room.Nobody) {
			_, effects := Step(State{}.Admitted(room.Settings{}.Rights(role)), epoch, Input{Message: m})
			allowed := !rules[kind].guarded || role.May(rules[kind].action)
			forbidden := slices.Equal(summary(effects), []string{"refuse forbidden"})
			if allowed == forbidden {
				t.Errorf("%s as %s: %v", kind, role, summary(effects))
			}
		}
	}
}

// What one may not send one cannot switch on; switching off is always allowed.
func TestStateNeedsTheRight(t *testing.T) {
	listener := State{}.Admitted(room.Settings{}.Rights(room.Listener))
	for name, c := range map[string]struct {
		m    ClientMessage
		want string
	}{
		"mic": {ClientMessage{Mic: yes()}, "refuse forbidden"}, "cam": {ClientMessage{Cam: yes()}, "refuse forbidden"},
		"screen": {ClientMessage{Screen: yes()}, "refuse forbidden"}, "sound": {ClientMessage{Sound: yes()}, "refuse forbidden"},
		"hand": {ClientMessage{Hand: yes()}, "apply"}, "off": {ClientMessage{Mic: no(), Cam: no()}, "apply"},
	} {
		c.m.T = "state"
		if _, effects := Step(listener, epoch, Input{Message: c.m}); !slices.Equal(summary(effects), []string{c.want}) {
			t.Errorf("%s: %v", name, summary(effects))
		}
	}
}

func TestStepRefusesBadOrders(t *testing.T) {
	long := strings.Repeat("x", 600)
	group := func(g ...[]string) ClientMessage { return ClientMessage{T: "breakouts", Orders: Orders{Groups: g}} }
	for name, m := range map[string]ClientMessage{
		"deny nobody":      {T: "deny"},
		"admit long":       {T: "admit", Orders: Orders{ID: long}},
		"mute what":        {T: "mute", Orders: Orders{What: "sound"}},
		"ask nobody":       {T: "ask", Orders: Orders{What: KindMic}},
		"remove nobody":    {T: "remove"},
		"grant host":       {T: "grant", Orders: Orders{ID: "A", Role: "host"}},
		"grant admin":      {T: "grant", Orders: Orders{ID: "A", Role: "admin"}},
		"grant king":       {T: "grant", Orders: Orders{ID: "A", Role: "king"}},
		"lock how":         {T: "lock"},
		"room without":     {T: "room"},
		"invite nothing":   {T: "invite"},
		"invite backwards": {T: "invite", Orders: Orders{Role: "guest", Hours: -1}},
		"invite crowd":     {T: "invite", Orders: Orders{Role: "guest", Uses: room.MaxLinkUses + 1}},
		"revoke nothing":   {T: "revoke"},
		"poll too long":    {T: "poll", Orders: Orders{Options: make([]string, room.MaxPollOptions+1)}},
		"vote too often":   {T: "vote", Orders: Orders{Choices: make([]int, room.MaxPollOptions+1)}},
		"close nothing":    {T: "close"},
		"timer back":       {T: "timer", Orders: Orders{Seconds: -1}},
		"timer long":       {T: "timer", Orders: Orders{Seconds: maxTimer + 1}},
		"no groups":        group(),
		"21 groups":        group(make([][]string, maxGroups+1)...),
		"twice":            group([]string{"A"}, []string{"A"}),
		"nobody grouped":   group([]string{""}),
		"assign too far":   {T: "assign", Orders: Orders{ID: "A", Group: maxGroups + 1}},
		"silence":          {T: "announce"},
		"long word":        {T: "announce", Text: strings.Repeat("x", maxAnnounce+1)},
	} {
		if _, effects := Step(inPhase(seated), epoch, Input{Message: m}); !slices.Equal(summary(effects), []string{"refuse bad_message"}) {
			t.Errorf("%s: %v", name, summary(effects))
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
				s = s.Admitted(room.Settings{}.Rights(room.Guest))
			}
		}
	})
}
