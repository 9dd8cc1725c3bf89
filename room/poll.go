package room

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Bounds of polls.
const (
	MaxPolls       = 50 // in one meeting
	MaxPollOptions = 12
	MaxPollText    = 200 // characters of a question or an answer
)

// Poll is a question to all in a meeting.
type Poll struct {
	N         int // from 1
	By        string
	Question  string
	Options   []string
	Multiple  bool // more than one answer may be given
	Anonymous bool // nobody is told who answered what
	Closed    bool
}

// Tally is what was answered.
type Tally struct {
	Votes  []int      // for each option
	Voters [][]string // names for each option; nil when the poll is anonymous
	People int        // how many have answered
}

// Polls are the polls of one meeting. The zero Polls are none.
type Polls struct{ list []*poll }

type poll struct {
	Poll
	votes []vote // in the order in which people first answered
}

// vote is one person's answer. Who left keeps it.
type vote struct {
	id, name string
	choices  []int
}

// Ask begins a poll; N is set by it.
func (p *Polls) Ask(q Poll) (Poll, error) {
	bad := func(text string) (Poll, error) { return Poll{}, &Error{Code: CodeBadMessage, Message: text} }
	clean := func(text string) (string, bool) {
		text = strings.TrimSpace(text)
		return text, text != "" && utf8.RuneCountInString(text) <= MaxPollText
	}
	question, ok := clean(q.Question)
	if !ok {
		return bad("a question has 1 to 200 characters")
	}
	if len(q.Options) < 2 || len(q.Options) > MaxPollOptions {
		return bad("a poll has 2 to 12 answers")
	}
	options := make([]string, len(q.Options))
	for i, o := range q.Options {
		if options[i], ok = clean(o); !ok || slices.Contains(options[:i], options[i]) {
			return bad("an answer has 1 to 200 characters, and is there once")
		}
	}
	if len(p.list) >= MaxPolls {
		return bad("there were as many polls as there may be in one meeting")
	}
	q.N, q.Question, q.Options, q.Closed = len(p.list)+1, question, options, false
	p.list = append(p.list, &poll{Poll: q})
	return q, nil
}

// find is the poll number n, or nil.
func (p *Polls) find(n int) *poll {
	if n < 1 || n > len(p.list) {
		return nil
	}
	return p.list[n-1]
}

// Vote answers poll n; a second answer takes the place of the first, and none takes it back.
func (p *Polls) Vote(n int, id, name string, choices []int) error {
	q := p.find(n)
	bad := func(text string) error { return &Error{Code: CodeBadMessage, Message: text} }
	switch {
	case q == nil:
		return bad("there is no such poll")
	case q.Closed:
		return &Error{Code: CodeForbidden, Message: "the poll is closed"}
	case len(choices) > 1 && !q.Multiple:
		return bad("the poll takes one answer")
	}
	for i, c := range choices {
		if c < 0 || c >= len(q.Options) || slices.Contains(choices[:i], c) {
			return bad("there is no such answer, or it is given twice")
		}
	}
	i := slices.IndexFunc(q.votes, func(v vote) bool { return v.id == id })
	if i < 0 {
		q.votes = append(q.votes, vote{id: id})
		i = len(q.votes) - 1
	}
	q.votes[i].name, q.votes[i].choices = name, slices.Clone(choices)
	return nil
}

// Close ends poll n, and tells whether it was open.
func (p *Polls) Close(n int) bool {
	q := p.find(n)
	if q == nil || q.Closed {
		return false
	}
	q.Closed = true
	return true
}

// Look tells of poll n, what was answered, and what id has answered.
func (p *Polls) Look(n int, id string) (q Poll, t Tally, mine []int, ok bool) {
	found := p.find(n)
	if found == nil {
		return Poll{}, Tally{}, nil, false
	}
	t.Votes = make([]int, len(found.Options))
	if !found.Anonymous {
		t.Voters = make([][]string, len(found.Options))
	}
	for _, v := range found.votes {
		if len(v.choices) > 0 {
			t.People++
		}
		if v.id == id {
			mine = slices.Clone(v.choices)
		}
		for _, c := range v.choices {
			t.Votes[c]++
			if !found.Anonymous {
				t.Voters[c] = append(t.Voters[c], v.name)
			}
		}
	}
	return found.Poll, t, mine, true
}

// Len is how many polls there were.
func (p *Polls) Len() int { return len(p.list) }
