package signaling

import (
	"time"

	"tablee/room"
)

func (m *meeting) pollOrderLocked(actor room.Member, in ClientMessage) error {
	q, err := m.polls.Ask(room.Poll{By: actor.ID, Question: in.Question, Options: in.Options, Multiple: in.Multiple, Anonymous: in.Anonymous})
	if err != nil {
		return err
	}
	m.tellPollLocked(q.N)
	return nil
}

// tellPollLocked tells everybody how a poll stands; each is told their own answer.
func (m *meeting) tellPollLocked(n int) {
	for id, s := range m.seats {
		s.push(m.pollLocked(n, id))
	}
}

func (m *meeting) pollLocked(n int, id string) frame {
	q, t, mine, _ := m.polls.Look(n, id)
	return encode(PollEvent{
		T: "poll", Poll: q.N, By: q.By, Question: q.Question, Options: q.Options, Multiple: q.Multiple, Anonymous: q.Anonymous, Closed: q.Closed,
		Votes: t.Votes, Voters: t.Voters, People: t.People, Mine: append([]int{}, mine...),
	})
}

// timer is the meeting's timer; the zero timer is none.
type timer struct {
	total time.Duration
	ends  time.Time
}

// timerLocked tells how the timer stands; on is false when there is none, or it has run out.
func (m *meeting) timerLocked(now time.Time) (f frame, on bool) {
	left := max(0, m.timer.ends.Sub(now))
	if m.timer.total == 0 {
		left = 0
	}
	return encode(Timer{T: "timer", Left: int(left.Milliseconds()), Total: int(m.timer.total.Milliseconds())}), left > 0
}
