package files

// What members and groups may in folders. All of this is pure: team.go asks the database, and hands what it knows to
// LevelIn, which is the one place that decides, for the API, tus, WebDAV, archives and links alike.

// Level is what somebody may in a folder; each has what those before it have.
type Level int

// Levels.
const (
	None   Level = iota // the folder is not there
	Read                // see and download
	Write               // add, change and delete
	Manage              // say who may, and make links
)

// Levels as they are written in the API.
const (
	levelNone, levelRead, levelWrite, levelManage = "none", "read", "write", "manage"
)

// String is the level as it is written in the API.
func (l Level) String() string {
	switch l {
	case Read:
		return levelRead
	case Write:
		return levelWrite
	case Manage:
		return levelManage
	}
	return levelNone
}

// ParseLevel reads what String writes.
func ParseLevel(text string) (Level, bool) {
	for l := None; l <= Manage; l++ {
		if l.String() == text {
			return l, true
		}
	}
	return None, false
}

// Everyone, in a Grant, is whoever has an account.
const Everyone = "all"

// Grant says what somebody may in a folder, and below it as far as no folder there says otherwise.
type Grant struct {
	Node  string // the folder, "" for the top of the space
	Who   string // "member/ID", "group/ID" or Everyone
	Level Level
}

// Who is somebody with an account, as grants name them.
type Who struct {
	Member string   // "member/ID"; "" is nobody
	Groups []string // "group/ID"
}

// Step is one folder on the way down from the top of a space.
type Step struct {
	ID    string // "" for the top
	Owner string // who made it
}

// LevelIn is what who may in the last folder of a way, which begins at the top of the space; base is what they may there
// without any grant. Each folder that says something about them takes the place of what was said above. In one folder, what
// names a member outweighs what names a group, and that what names everyone; of several groups the one that gives most
// counts. Who has Manage from base cannot be locked out, and who made a folder where they may write manages it.
func LevelIn(base Level, way []Step, grants map[string][]Grant, who Who) Level {
	level := base
	for _, step := range way {
		if base == Manage || who.Member == "" {
			return base
		}
		if said, ok := saidOf(grants[step.ID], who); ok {
			level = said
		}
		if step.Owner == who.Member && level == Write {
			level = Manage
		}
	}
	return level
}

// saidOf is what the grants of one folder say about somebody.
func saidOf(grants []Grant, who Who) (level Level, ok bool) {
	rank := 0 // 1 everyone, 2 a group, 3 the member
	for _, g := range grants {
		r := 0
		switch {
		case g.Who == who.Member:
			r = 3
		case g.Who == Everyone:
			r = 1
		default:
			for _, group := range who.Groups {
				if g.Who == group {
					r = 2
				}
			}
		}
		if r > rank || r == rank && r > 0 && g.Level > level {
			rank, level = r, g.Level
		}
	}
	return level, rank > 0
}
