package room

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

var epoch = time.Unix(1_800_000_000, 0)

func truth(b bool) *bool { return &b }

func mustJoin(t *testing.T, m *Meeting, id string, num uint32) Member {
	t.Helper()
	who, events, err := m.Join(Member{ID: id, Num: num, Seat: -1, Name: id, Role: Guest})
	if err != nil || len(events) != 1 || events[0] != (Event{Kind: EventJoined, Member: who}) {
		t.Fatalf("%+v %+v %v", who, events, err)
	}
	return who
}

func TestSeats(t *testing.T) {
	m := NewMeeting(3)
	for i, id := range []string{"a", "b", "c"} {
		if who := mustJoin(t, m, id, uint32(i+1)); who.Seat != i {
			t.Fatalf("%+v", who)
		}
	}
	if _, _, err := m.Join(Member{ID: "d", Num: 9, Seat: -1}); CodeOf(err) != CodeRoomFull {
		t.Fatal(err)
	}
	if events := m.Leave("b", ReasonLeft); len(events) != 1 || events[0].Member.ID != "b" || events[0].Reason != ReasonLeft {
		t.Fatalf("%+v", events)
	}
	if m.Leave("b", ReasonLeft) != nil {
		t.Fatal("somebody left twice")
	}
	if who := mustJoin(t, m, "e", 5); who.Seat != 1 { // the smallest free one
		t.Fatalf("%+v", who)
	}
	m.Leave("a", ReasonLeft)
	m.Leave("e", ReasonRemoved)
	for _, c := range []struct{ wish, want int }{{1, 1}, {2, 0}} { // 2 is c's
		who, _, err := m.Join(Member{ID: fmt.Sprint("w", c.wish), Num: uint32(20 + c.wish), Seat: c.wish})
		if err != nil || who.Seat != c.want {
			t.Fatalf("wished for %d: %+v %v", c.wish, who, err)
		}
	}
	if seats := m.Members(); len(seats) != 3 || seats[0].Seat != 0 || seats[2].Seat != 2 {
		t.Fatalf("%+v", seats)
	}
}

func TestSeatsBeyondTheRoom(t *testing.T) {
	m := NewMeeting(2)
	who, _, err := m.Join(Member{ID: "a", Num: 1, Seat: 1000, Hand: 7, Away: true}) // of a time when the room was larger
	if err != nil || who.Seat != 0 || who.Hand != 0 || who.Away {
		t.Fatalf("%+v %v", who, err)
	}
}

func TestNumbersAndIDsAreUnique(t *testing.T) {
	m := NewMeeting(5)
	mustJoin(t, m, "a", 7)
	for _, c := range []struct {
		who  Member
		want error
	}{
		{Member{ID: "b", Num: 7}, ErrNumTaken}, {Member{ID: "b", Num: 0}, ErrNumTaken}, {Member{ID: "a", Num: 8}, ErrIDTaken},
	} {
		if _, _, err := m.Join(c.who); !errors.Is(err, c.want) {
			t.Errorf("%+v: %v", c.who, err)
		}
	}
	if !m.HasNum(0) || !m.HasNum(7) || m.HasNum(8) || m.Len() != 1 {
		t.Error("HasNum")
	}
}

func TestHands(t *testing.T) {
	m := NewMeeting(5)
	for i, id := range []string{"a", "b", "c"} {
		mustJoin(t, m, id, uint32(i+1))
	}
	hand := func(id string, up bool, want int) {
		t.Helper()
		m.SetState(id, Change{Hand: &up})
		if who, _ := m.Get(id); who.Hand != want {
			t.Fatalf("%s: hand %d, want %d", id, who.Hand, want)
		}
	}
	hand("b", true, 1)
	hand("a", true, 2)
	hand("b", true, 1) // again: keeps its place
	hand("c", true, 3)
	hand("b", false, 0)
	hand("b", true, 4)
	hand("a", false, 0)
	hand("b", false, 0)
	hand("c", false, 0)
	hand("c", true, 1) // all were down
}

func TestAwayAndBack(t *testing.T) {
	m := NewMeeting(5)
	a := mustJoin(t, m, "a", 1)
	m.SetState("a", Change{Hand: truth(true), Mic: truth(true)})
	if events := m.Away("a", epoch, AwayGrace); len(events) != 1 || !events[0].Member.Away {
		t.Fatalf("%+v", events)
	}
	if m.Away("a", epoch.Add(time.Hour), AwayGrace) != nil || m.Away("x", epoch, AwayGrace) != nil {
		t.Fatal("away twice, or nobody away")
	}
	if events := m.Expire(epoch.Add(AwayGrace - 1)); events != nil {
		t.Fatalf("%+v", events)
	}
	who, events, err := m.Resume("a", "Anna", Host, Change{Mic: truth(false)})
	if err != nil || len(events) != 1 || who.Away || who.Name != "Anna" || who.Role != Host || who.Mic || who.Hand != 1 || who.Num != a.Num || who.Seat != a.Seat {
		t.Fatalf("%+v %+v %v", who, events, err)
	}
	if events := m.Expire(epoch.Add(time.Hour)); events != nil {
		t.Fatalf("%+v", events)
	}
	if _, events, _ := m.Resume("a", "Anna", Host, Change{}); events != nil { // replaced, and nothing to see
		t.Fatalf("%+v", events)
	}
	m.Away("a", epoch, AwayGrace)
	events = m.Expire(epoch.Add(AwayGrace))
	if len(events) != 1 || events[0].Kind != EventLeft || events[0].Reason != ReasonLost || m.Len() != 0 {
		t.Fatalf("%+v", events)
	}
	if _, _, err := m.Resume("a", "Anna", Host, Change{}); !errors.Is(err, ErrNoMember) {
		t.Fatal(err)
	}
}

func TestSetStateTellsOnlyChanges(t *testing.T) {
	m := NewMeeting(2)
	mustJoin(t, m, "a", 1)
	all := Change{Mic: truth(true), Cam: truth(true), Screen: truth(true), Sound: truth(true)}
	if e := m.SetState("a", all); len(e) != 1 || !e[0].Member.Mic || !e[0].Member.Cam || !e[0].Member.Screen || !e[0].Member.Sound {
		t.Fatalf("%+v", e)
	}
	for _, c := range []Change{all, {}, {Hand: truth(false)}} {
		if e := m.SetState("a", c); e != nil {
			t.Fatalf("%+v", e)
		}
	}
	if m.SetState("x", all) != nil {
		t.Fatal("nobody changed")
	}
}

// checkMeeting holds what is true of any meeting.
func checkMeeting(t *testing.T, m *Meeting, max int) {
	t.Helper()
	members := m.Members()
	if len(members) != m.Len() || len(members) > max {
		t.Fatalf("%d members, Len %d, at most %d", len(members), m.Len(), max)
	}
	nums, ids, hands := map[uint32]bool{}, map[string]bool{}, map[int]bool{}
	for i, who := range members {
		if i > 0 && members[i-1].Seat >= who.Seat || who.Seat < 0 || who.Seat >= max {
			t.Fatalf("seats %+v", members)
		}
		if nums[who.Num] || ids[who.ID] || who.Num == 0 || who.Hand < 0 || who.Hand > 0 && hands[who.Hand] {
			t.Fatalf("twice the same: %+v", members)
		}
		nums[who.Num], ids[who.ID], hands[who.Hand] = true, true, true
	}
}

// Random meetings, and beside each a model that believes the events alone.
func TestMeetingProperties(t *testing.T) {
	for seed := range uint64(200) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		max := 1 + rnd.IntN(6)
		m, now := NewMeeting(max), epoch
		told := map[string]Member{}
		var raised []string // hands in the order in which they went up
		for range 300 {
			id := fmt.Sprint(rnd.IntN(9))
			var events []Event
			switch rnd.IntN(7) {
			case 0, 1:
				_, events, _ = m.Join(Member{ID: id, Num: rnd.Uint32N(12), Seat: rnd.IntN(9) - 1, Role: Guest})
			case 2:
				events = m.Leave(id, ReasonLeft)
			case 3:
				events = m.Away(id, now, AwayGrace)
			case 4:
				_, events, _ = m.Resume(id, "n", Role(1+rnd.IntN(2)), Change{Cam: truth(rnd.IntN(2) == 0)})
			case 5:
				events = m.SetState(id, Change{Hand: truth(rnd.IntN(2) == 0), Mic: truth(rnd.IntN(2) == 0)})
			case 6:
				now = now.Add(time.Duration(rnd.IntN(15)) * time.Second)
				events = m.Expire(now)
			}
			for _, e := range events {
				before, was := told[e.Member.ID]
				if was == (e.Kind == EventJoined) {
					t.Fatalf("seed %d: event %+v, known before: %v", seed, e, was)
				}
				raised = slices.DeleteFunc(raised, func(id string) bool { return id == e.Member.ID && (e.Member.Hand == 0 || e.Kind == EventLeft) })
				if e.Kind != EventLeft && before.Hand == 0 && e.Member.Hand > 0 {
					raised = append(raised, e.Member.ID)
				}
				if told[e.Member.ID] = e.Member; e.Kind == EventLeft {
					delete(told, e.Member.ID)
				}
			}
			checkMeeting(t, m, max)
			if len(told) != m.Len() {
				t.Fatalf("seed %d: told of %d, seated %d", seed, len(told), m.Len())
			}
			for _, who := range m.Members() {
				if told[who.ID] != who {
					t.Fatalf("seed %d: told %+v, is %+v", seed, told[who.ID], who)
				}
			}
			if !slices.IsSortedFunc(raised, func(a, b string) int { return told[a].Hand - told[b].Hand }) {
				t.Fatalf("seed %d: hands went up as %v, numbers %+v", seed, raised, told)
			}
		}
	}
}
