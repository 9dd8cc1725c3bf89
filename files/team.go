package files

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"tablee/room"
)

// The spaces of members and groups. Who asks for one is a member (a session, a token, or an app password by WebDAV); what
// they may in a folder of it is LevelIn's word (rights.go), over what is asked here once for each request.

// Seat is a member's place in a group.
type Seat struct {
	ID, Name string
	Manager  bool
}

// Person is somebody whom rights can be given to: "member/ID" or "group/ID".
type Person struct {
	Who  string `json:"who"`
	Name string `json:"name"`
}

// Team knows the members and their groups.
type Team interface {
	// Asks tells which member a request comes from; the zero Member is nobody. What another site made a browser send is
	// nobody's.
	Asks(r *http.Request) Member
	// Seats lists the groups of a member; ok is false for who has no account, or may not come in any more.
	Seats(ctx context.Context, member string) (seats []Seat, ok bool, err error)
	// People lists the members and groups that there are.
	People(ctx context.Context) ([]Person, error)
}

// Bounds of rights.
const (
	MaxGrants = 2000 // in one space
	MaxShared = 200  // folders that are shown to one member
	maxSaid   = 100  // in one folder
)

// GrantStore keeps rights. After nil they are on the disk.
type GrantStore interface {
	Grants(ctx context.Context, space Space) ([]Grant, error)
	// SetGrants takes the place of what a folder said; most bounds those of the space.
	SetGrants(ctx context.Context, space Space, node string, grants []Grant, most int) error
	// GrantedTo lists the folders of members that name somebody or everyone.
	GrantedTo(ctx context.Context, who Who, limit int) ([]Node, error)
	// GoneSpaces lists the spaces whose room, account or group was deleted.
	GoneSpaces(ctx context.Context) ([]Space, error)
}

// rights are what one member may in one space.
type rights struct {
	f      *Files
	space  Space
	who    Who
	base   Level
	most   Level // never more than that: by a public link
	grants map[string][]Grant
}

func memberOwner(id string) string { return "member/" + id }

// rightsOf reads what a member may in a space of a member or a group.
func (f *Files) rightsOf(ctx context.Context, space Space, member string) (*rights, error) {
	seats, ok, err := f.cfg.Team.Seats(ctx, member)
	if err != nil {
		return nil, err
	}
	r := &rights{f: f, space: space, most: Manage, grants: map[string][]Grant{}}
	if !ok {
		return r, nil
	}
	r.who.Member = memberOwner(member)
	_, id, _ := strings.Cut(string(space), "/")
	if space == SpaceOf(KindTeam, allTeam) {
		r.base = Write
	} else if space == SpaceOf(KindUser, member) {
		r.base = Manage
	}
	for _, s := range seats {
		r.who.Groups = append(r.who.Groups, "group/"+s.ID)
		if space.Kind() == KindTeam && s.ID == id {
			r.base = Write
			if s.Manager {
				r.base = Manage
			}
		}
	}
	list, err := f.cfg.Store.Grants(ctx, space)
	for _, g := range list {
		r.grants[g.Node] = append(r.grants[g.Node], g)
	}
	return r, err
}

// way is the folders from the top down to a folder.
func (r *rights) way(ctx context.Context, folder string) ([]Step, error) {
	path, err := r.f.path(ctx, r.space, folder)
	steps := []Step{{}}
	for _, n := range path {
		steps = append(steps, Step{ID: n.ID, Owner: n.Owner})
	}
	return steps, err
}

func (r *rights) level(ctx context.Context, folder string) (Level, error) {
	steps, err := r.way(ctx, folder)
	if err != nil {
		return None, err
	}
	return min(r.most, LevelIn(r.base, steps, r.grants, r.who)), nil
}

// anything says if there is something in the space that the member may see.
func (r *rights) anything(ctx context.Context) (bool, error) {
	if r.base > None {
		return true, nil
	}
	for node := range r.grants {
		l, err := r.level(ctx, node)
		if err == nil && l > None {
			return true, nil
		}
		if err != nil && room.CodeOf(err) != room.CodeFileUnknown {
			return false, err
		}
	}
	return false, nil
}

// with is the actor with a level: where people share a folder, who writes in it changes everybody's files.
func (a Actor) with(l Level) Actor {
	a.Read, a.Write, a.Manage, a.Share = l >= Read, l >= Write, l >= Write, l >= Manage
	return a
}

// in is what the actor may in a folder ("" is the top).
func (a Actor) in(ctx context.Context, folder string) (Actor, error) {
	if a.rights == nil {
		return a, nil
	}
	l, err := a.rights.level(ctx, folder)
	return a.with(l), err
}

// on is what the actor may do with a node. To change a folder one must be let into it, into what it lies in, and into
// whatever below it has rights of its own.
func (a Actor) on(ctx context.Context, n Node) (Actor, error) {
	if a.rights == nil || n.ID == "" {
		return a.in(ctx, n.ID)
	}
	around, err := a.in(ctx, n.Parent)
	if err != nil || !n.Folder {
		return around, err
	}
	inside, err := a.in(ctx, n.ID)
	if err != nil {
		return inside, err
	}
	whole := around.Manage && inside.Manage
	for node := range a.rights.grants {
		if !whole || node == "" || node == n.ID {
			continue
		}
		steps, err := a.rights.way(ctx, node)
		if room.CodeOf(err) == room.CodeFileUnknown {
			continue
		} else if err != nil {
			return inside, err
		}
		if slices.ContainsFunc(steps, func(s Step) bool { return s.ID == n.ID }) {
			below := LevelIn(a.rights.base, steps, a.rights.grants, a.rights.who)
			whole = min(below, a.rights.most) >= Write
		}
	}
	inside.Write, inside.Manage = whole, whole
	return inside, nil
}

// seen leaves out the nodes that the actor is not to know of.
func (a Actor) seen(ctx context.Context, list []Node) ([]Node, error) {
	if a.rights == nil {
		return list, nil
	}
	kept := []Node{}
	for _, n := range list {
		on, err := a.on(ctx, n)
		if err != nil && room.CodeOf(err) != room.CodeFileUnknown {
			return nil, err
		}
		if err == nil && on.Read {
			kept = append(kept, n)
		}
	}
	return kept, nil
}

// memberActor is a member in a space; nobody knows of one that they may see nothing of.
func (f *Files) memberActor(ctx context.Context, space Space, m Member) (Actor, error) {
	r, err := f.rightsOf(ctx, space, m.ID)
	if err != nil {
		return Actor{}, err
	}
	some, err := r.anything(ctx)
	if err == nil && !some {
		err = refuse(room.CodeFileUnknown, "there is no such space, or it is not shared with you")
	}
	return Actor{Owner: memberOwner(m.ID), Name: m.Name, Read: true, Write: true, rights: r}, err
}

// place is a space in the answer of GET /api/v1/files.
type place struct {
	Kind   string `json:"kind"` // "home", "team", "group" or "shared"
	Name   string `json:"name"`
	Base   string `json:"base"`             // where its API is
	Folder string `json:"folder,omitempty"` // of what is shared
	By     string `json:"by,omitempty"`     // who shares it
	space  Space
}

const teamBase = "/api/v1/files"

// placesOf lists where a member finds files.
func (f *Files) placesOf(ctx context.Context, m Member) ([]place, error) {
	seats, _, err := f.cfg.Team.Seats(ctx, m.ID)
	if err != nil {
		return nil, err
	}
	at := func(s Space) string { return teamBase + "/" + string(s) }
	home, team := SpaceOf(KindUser, m.ID), SpaceOf(KindTeam, allTeam)
	list := []place{{Kind: "home", Name: davHome, Base: at(home), space: home}, {Kind: "team", Name: davTeam, Base: at(team), space: team}}
	who := Who{Member: memberOwner(m.ID)}
	for _, s := range seats {
		group := SpaceOf(KindTeam, s.ID)
		who.Groups = append(who.Groups, "group/"+s.ID)
		list = append(list, place{Kind: "group", Name: s.Name, Base: at(group), space: group})
	}
	shared, err := f.cfg.Store.GrantedTo(ctx, who, MaxShared)
	if err != nil {
		return nil, err
	}
	taken := map[string]bool{}
	for _, n := range shared {
		r, err := f.rightsOf(ctx, n.Space, m.ID)
		if err != nil {
			return nil, err
		}
		if l, err := r.level(ctx, n.ID); err != nil || l == None || n.Space == home {
			continue // withdrawn for them, or gone meanwhile
		}
		name, fold := freeName(func(fold string) bool { return taken[fold] }, n.Name)
		taken[fold] = true
		list = append(list, place{Kind: "shared", Name: name, Base: at(n.Space), Folder: n.ID, By: n.By, space: n.Space})
	}
	return list, nil
}

// ServeTeam answers teamBase and what is below; rest is the part after it, without a slash.
func (f *Files) ServeTeam(w http.ResponseWriter, r *http.Request, rest string) {
	parts := strings.SplitN(rest, "/", 3)
	if f.cfg.Team == nil {
		f.refuse(w, r, refuse(room.CodeAccountNeeded, "log in first"))
		return
	}
	if r.Method == http.MethodOptions && len(parts) == 3 && strings.HasPrefix(parts[2], "tus") {
		f.serveTus(w, r, SpaceOf(parts[0], parts[1]), Actor{}, "", "")
		return
	}
	m := f.cfg.Team.Asks(r)
	switch {
	case m.ID == "":
		f.refuse(w, r, refuse(room.CodeAccountNeeded, "log in first"))
	case rest == "" && r.Method == http.MethodGet:
		list, err := f.placesOf(r.Context(), m)
		f.answerOr(w, r, map[string]any{"places": list}, err)
	case rest == "people" && r.Method == http.MethodGet:
		list, err := f.cfg.Team.People(r.Context())
		f.answerOr(w, r, map[string]any{"people": list}, err)
	case len(parts) >= 2 && (parts[0] == KindUser || parts[0] == KindTeam) && parts[1] != "":
		space := SpaceOf(parts[0], parts[1])
		actor, err := f.memberActor(r.Context(), space, m)
		if err != nil {
			f.refuse(w, r, err)
			return
		}
		a := &area{f: f, space: space, actor: actor, base: teamBase + "/" + string(space)}
		a.serve(w, r, strings.Join(parts[2:], "/"))
	default:
		f.refuse(w, r, refuse(room.CodeBadMessage, "there is no such call"))
	}
}

func (f *Files) answerOr(w http.ResponseWriter, r *http.Request, body any, err error) {
	if err != nil {
		f.refuse(w, r, err)
		return
	}
	f.answer(w, http.StatusOK, body)
}
