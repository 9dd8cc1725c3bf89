package yjs

// CommentsRoot is the root type that who may only comment writes to.
const CommentsRoot = "comments"

// Tracker knows of a document what a relay needs: how far it reaches and what is deleted, not what it says.
type Tracker struct {
	known    StateVector
	deleted  IDSet
	comments IDSet // what lies under CommentsRoot
}

// NewTracker is the tracker of an empty document.
func NewTracker() *Tracker {
	return &Tracker{known: StateVector{}, deleted: IDSet{}, comments: IDSet{}}
}

// Verdict says what an update is to a document.
type Verdict uint8

// Verdicts.
const (
	Nothing Verdict = iota // it brings nothing new
	News                   // it can be taken
	Gap                    // it builds on what is not known: its sender must be asked for the rest
)

// Known is the state vector; it must not be written to.
func (t *Tracker) Known() StateVector { return t.known }

// Deletions counts the ranges of what is deleted.
func (t *Tracker) Deletions() int { return t.deleted.Ranges() }

// Covers tells whether an update that says all of u says all that the tracker knows.
func (t *Tracker) Covers(u *Update) bool {
	if !u.Ends().Covers(t.known) {
		return false
	}
	for client, list := range t.deleted {
		for _, r := range list {
			if !u.Deletes.Covers(client, r) {
				return false
			}
		}
	}
	return true
}

// Judge tells what u is to the document.
func (t *Tracker) Judge(u *Update) Verdict {
	news := false
	ends := u.Ends()
	reaches := func(id ID) bool { return id.Clock < max(t.known[id.Client], ends[id.Client]) }
	for client, list := range u.Structs {
		at := t.known[client]
		for i := range list {
			s := &list[i]
			if s.Clock > at {
				return Gap
			}
			if s.end() <= at {
				continue
			}
			at, news = s.end(), true
			for _, id := range s.needs() {
				if !reaches(id) {
					return Gap
				}
			}
		}
	}
	for client, list := range u.Deletes {
		for _, r := range list {
			if !reaches(ID{client, r.end() - 1}) {
				return Gap
			}
			news = news || !t.deleted.Covers(client, r)
		}
	}
	if news {
		return News
	}
	return Nothing
}

// needs are the IDs that must be there before the struct.
func (s *Struct) needs() []ID {
	var list [2]ID
	ids := list[:0]
	if s.info&hasOrigin != 0 {
		ids = append(ids, s.origin)
	}
	if s.info&hasRight != 0 {
		ids = append(ids, s.right)
	}
	if s.item() && s.info&(hasOrigin|hasRight) == 0 && !s.byName {
		ids = append(ids, s.parent)
	}
	return ids
}

// OnlyComments tells whether all that u brings lies under CommentsRoot. Each client id is either a commenter's or a
// writer's: so nobody can take another's clocks.
func (t *Tracker) OnlyComments(u *Update) bool {
	fresh := IDSet{}
	under := func(id ID) bool { return t.comments.Has(id) || fresh.Has(id) }
	for client, list := range u.Structs {
		known := t.known[client]
		for i := range list {
			s := &list[i]
			if s.end() <= known {
				continue
			}
			if !t.comments.Covers(client, Range{0, known}) || s.byName && string(s.name) != CommentsRoot {
				return false
			}
			for _, id := range s.needs() {
				if !under(id) {
					return false
				}
			}
			fresh.Add(client, Range{s.Clock, s.Len})
		}
	}
	for client, list := range u.Deletes {
		for _, r := range list {
			if !t.deleted.Covers(client, r) && !t.comments.Covers(client, r) && !fresh.Covers(client, r) {
				return false
			}
		}
	}
	return true
}

// Take notes that the document now has u, which Judge found to be News.
func (t *Tracker) Take(u *Update) {
	for changed := true; changed; { // structs of one client may hang on another's in the same update
		changed = false
		for client, list := range u.Structs {
			for i := range list {
				s := &list[i]
				if t.underComments(s) && t.comments.Add(client, Range{s.Clock, s.Len}) {
					changed = len(u.Structs) > 1
				}
			}
		}
	}
	for client, end := range u.Ends() {
		t.known[client] = max(t.known[client], end)
	}
	for client, list := range u.Deletes {
		for _, r := range list {
			t.deleted.Add(client, r)
		}
	}
}

// underComments finds a struct's root through what it hangs on. Nothing says where what was forgotten stood: it counts
// as a comment when all of its client before it is.
func (t *Tracker) underComments(s *Struct) bool {
	switch {
	case s.byName:
		return string(s.name) == CommentsRoot
	case !s.item():
		return s.Clock > 0 && t.comments.Covers(s.Client, Range{0, s.Clock})
	case s.info&hasOrigin != 0:
		return t.comments.Has(s.origin)
	case s.info&hasRight != 0:
		return t.comments.Has(s.right)
	}
	return t.comments.Has(s.parent)
}
