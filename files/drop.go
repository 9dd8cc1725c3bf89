package files

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"strconv"
	"strings"
	"time"

	"tablee/room"
)

// A drop is a space behind links: one to give away, which reads (or, for a drop that receives, only adds), and one to
// keep, which manages. Both are 128 random bits, of which hashes are stored.
//
//	POST   /api/v1/drops                 {"title","days","password","downloads","receive","sealed"}
//	GET    /api/v1/drops/TOKEN           what it is
//	POST   /api/v1/drops/TOKEN/unlock    {"password"}, for a cookie
//	DELETE /api/v1/drops/TOKEN           ends it for good (the link that manages)
//	*      /api/v1/drops/TOKEN/files/…   as any space

// Bounds of a drop.
const (
	DefaultDropDays = 7
	MaxDropDays     = 365
	maxDownloads    = 1_000_000
	maxTitle        = 100 // bytes
)

// ticketAge is how long whoever has begun a download may go on with it without being counted again.
const ticketAge = 24 * time.Hour

// headSize is what ?head gives of a content: enough for the sealed name, too little to be a download.
const headSize = 2 << 10

// wish is what POST /api/v1/drops may say.
type wish struct {
	Title     string `json:"title"`
	Days      int    `json:"days"`
	Password  string `json:"password"`
	Downloads int    `json:"downloads"`
	Receive   bool   `json:"receive"`
	Sealed    bool   `json:"sealed"`
}

// shownDrop is a drop in an answer.
type shownDrop struct {
	Title     string     `json:"title"`
	Kind      string     `json:"kind"` // get, put or manage
	Receive   bool       `json:"receive"`
	Sealed    bool       `json:"sealed"`
	Expires   *time.Time `json:"expires,omitempty"`
	Password  bool       `json:"password"` // one is asked for
	Locked    bool       `json:"locked"`   // and was not given yet
	Downloads int        `json:"downloads"`
	Most      int        `json:"most"`
	Quota     int64      `json:"quota"`
	URL       string     `json:"url,omitempty"`
	Manage    string     `json:"manage,omitempty"`
}

// hashLink is what is stored of a link's token.
func hashLink(token string) []byte {
	sum := sha256.Sum256([]byte("tablee link " + token))
	return sum[:]
}

// ServeDrops answers /api/v1/drops and what is below; rest is the part after it, without a slash.
func (f *Files) ServeDrops(w http.ResponseWriter, r *http.Request, rest string) {
	if rest == "" {
		f.openDrop(w, r)
		return
	}
	token, rest, _ := strings.Cut(rest, "/")
	base := "/api/v1/drops/" + token
	if r.Method == http.MethodOptions && strings.HasPrefix(rest, "files/tus") {
		f.serveTus(w, r, SpaceOf(KindDrop, ""), Actor{}, base+"/files/tus", "")
		return
	}
	link, ok := f.findLink(w, r, token)
	if !ok {
		return
	}
	locked := link.Password != nil && link.Kind != LinkManage && !f.unlocked(r, link)
	switch {
	case rest == "" && r.Method == http.MethodGet:
		f.showDrop(w, r, link, locked)
	case rest == "unlock" && r.Method == http.MethodPost:
		f.unlock(w, r, link, base)
	case locked:
		f.refuse(w, r, refuse(room.CodePasswordNeeded, "this link asks for a password"))
	case rest == "" && r.Method == http.MethodDelete && link.Kind == LinkManage && link.Space.Kind() == KindDrop:
		if err := f.DeleteSpace(r.Context(), link.Space); err != nil {
			f.refuse(w, r, err)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	case rest == "files" || strings.HasPrefix(rest, "files/"):
		actor, err := f.stands(r, link, linkActor(link))
		if err != nil {
			f.refuse(w, r, err)
			return
		}
		a := &area{f: f, space: link.Space, link: &link, base: base + "/files", actor: actor}
		a.serve(w, r, strings.TrimPrefix(strings.TrimPrefix(rest, "files"), "/"))
	default:
		f.refuse(w, r, refuse(room.CodeBadMessage, "there is no such call"))
	}
}

// linkActor is what the holder of a link may do.
func linkActor(l Link) Actor {
	a := Actor{Owner: "link/" + base64.RawURLEncoding.EncodeToString(l.Hash[:12])}
	switch l.Kind {
	case LinkGet:
		a.Owner, a.Read = "", true
	case LinkPut:
		a.Write = true
	case LinkManage:
		a.Read, a.Write, a.Manage = true, true, true
	}
	return a
}

// findLink finds the link of a token, and answers when there is none; guessing is slow.
func (f *Files) findLink(w http.ResponseWriter, r *http.Request, token string) (Link, bool) {
	now := f.cfg.Now()
	if f.tooManyGuesses(w, r, "") {
		return Link{}, false
	}
	link, err := Link{}, refuse(room.CodeLinkUnknown, "there is no such link, or it has ended; ask for a new one")
	if isID(token) {
		link, err = f.cfg.Store.Link(r.Context(), hashLink(token))
	}
	switch {
	case room.CodeOf(err) == room.CodeLinkUnknown:
		f.wrong(r, "")
	case err == nil && !link.Expires.IsZero() && link.Expires.Before(now):
		err = refuse(room.CodeLinkExpired, "this link has ended; ask for a new one")
	case err == nil && link.Kind == LinkGet && link.Most > 0 && link.Downloads >= link.Most && !f.going(r):
		err = refuse(room.CodeLinkExpired, "this link was used as often as it may be; ask for a new one")
	}
	if err != nil {
		f.refuse(w, r, err)
		return Link{}, false
	}
	return link, true
}

func (f *Files) openDrop(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", "POST")
		f.refuseStatus(w, http.StatusMethodNotAllowed, room.CodeBadMessage, "the method must be POST")
		return
	}
	var want wish
	err := readJSON(r, &want)
	if err == nil {
		err = f.mayDrop(&want)
	}
	if err != nil {
		f.refuse(w, r, err)
		return
	}
	now := f.cfg.Now()
	if f.slow(w, r, f.makers.Take(now, f.makers.Client(f.cfg.Client(r)), f.makers.Name("new")), "too many new links at once; wait a little") {
		return
	}
	give, keep := newID(), newID()
	l := Link{Hash: hashLink(give), Space: SpaceOf(KindDrop, newID()), Kind: LinkGet, Title: want.Title, Sealed: want.Sealed, Created: now,
		Expires: now.AddDate(0, 0, want.Days), Most: want.Downloads}
	if want.Receive {
		l.Kind = LinkPut
	}
	if want.Password != "" {
		l.Password = []byte(f.cfg.Passwords.Hash(want.Password))
	}
	mine := l
	mine.Hash, mine.Kind, mine.Password = hashLink(keep), LinkManage, nil
	if err := f.cfg.Store.AddLinks(r.Context(), l, mine); err != nil {
		f.refuse(w, r, err)
		return
	}
	shown := f.shownDrop(mine, want.Receive)
	shown.Password, shown.URL, shown.Manage = l.Password != nil, "/f/"+give, keep
	f.answer(w, http.StatusCreated, shown)
}

// mayDrop checks a wish and fills in what was left out.
func (f *Files) mayDrop(want *wish) error {
	if want.Days == 0 {
		want.Days = DefaultDropDays
	}
	switch {
	case !f.limits.Load().Drops:
		return refuse(room.CodeForbidden, "this server takes no files without a room; ask its owner")
	case want.Days < 1 || want.Days > MaxDropDays || want.Downloads < 0 || want.Downloads > maxDownloads || len(want.Password) > MaxPassword:
		return refuse(room.CodeBadMessage, "a link lasts 1 to 365 days, and a password has 256 bytes at most")
	case want.Title == "" || want.Sealed: // a title would tell what is sealed
		want.Title = ""
		return nil
	}
	title, err := CleanName(shorten(want.Title, maxTitle))
	want.Title = title
	return err
}

func (f *Files) shownDrop(l Link, receive bool) shownDrop {
	s := shownDrop{Title: l.Title, Kind: l.Kind, Receive: receive, Sealed: l.Sealed, Password: l.Password != nil, Downloads: l.Downloads, Most: l.Most,
		Quota: f.allowance(l.Space).Space}
	if !l.Expires.IsZero() {
		s.Expires = &l.Expires
	}
	return s
}

func (f *Files) showDrop(w http.ResponseWriter, r *http.Request, l Link, locked bool) {
	receive := l.Kind == LinkPut
	if l.Kind == LinkManage { // what the link that was given away does, and how often it was used
		others, err := f.cfg.Store.Links(r.Context(), l.Space)
		if err != nil {
			f.refuse(w, r, err)
			return
		}
		for _, o := range others {
			if o.Kind != LinkManage {
				receive, l.Downloads, l.Password = o.Kind == LinkPut, o.Downloads, o.Password
			}
		}
	}
	s := f.shownDrop(l, receive)
	s.Locked = locked
	f.answer(w, http.StatusOK, s)
}

// Cookies of links: whoever gave the password, and whoever has begun a download.
const (
	unlockCookie = "tablee_unlock"
	ticketCookie = "tablee_ticket"
)

// sign makes a short proof that we said something.
func (f *Files) sign(parts ...[]byte) string {
	mac := hmac.New(sha256.New, f.cfg.Key)
	for _, p := range parts {
		var size [4]byte
		binary.BigEndian.PutUint32(size[:], uint32(len(p)))
		mac.Write(size[:])
		mac.Write(p)
	}
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16])
}

func (f *Files) unlocked(r *http.Request, l Link) bool {
	c, err := r.Cookie(unlockCookie)
	return err == nil && hmac.Equal([]byte(c.Value), []byte(f.sign([]byte("unlock"), l.Hash, l.Password)))
}

func (f *Files) unlock(w http.ResponseWriter, r *http.Request, l Link, base string) {
	var given struct {
		Password string `json:"password"`
	}
	if err := readJSON(r, &given); err != nil {
		f.refuse(w, r, err)
		return
	}
	if f.tooManyGuesses(w, r, string(l.Hash)) {
		return
	}
	if l.Password != nil && !f.rightPassword(l.Password, given.Password) {
		f.wrong(r, string(l.Hash))
		f.refuse(w, r, refuse(room.CodePasswordNeeded, "this is not the password"))
		return
	}
	http.SetCookie(w, &http.Cookie{Name: unlockCookie, Value: f.sign([]byte("unlock"), l.Hash, l.Password), Path: base, HttpOnly: true,
		Secure: f.cfg.Secure(r), SameSite: http.SameSiteStrictMode})
	w.WriteHeader(http.StatusNoContent)
}

// going says if a request shows a ticket that has not expired; admit checks for what it is.
func (f *Files) going(r *http.Request) bool {
	_, err := r.Cookie(ticketCookie)
	return err == nil
}

// admit counts a download through a link, unless the asker has begun it before. It answers when there are none left.
func (a *area) admit(w http.ResponseWriter, r *http.Request, what string) bool {
	if a.link == nil || a.link.Kind != LinkGet || r.Method != http.MethodGet {
		return true
	}
	now := a.f.cfg.Now()
	proof := func(until string) string { return a.f.sign([]byte("ticket"), a.link.Hash, []byte(what), []byte(until)) }
	if c, err := r.Cookie(ticketCookie); err == nil {
		until, sum, _ := strings.Cut(c.Value, ".")
		seconds, err := strconv.ParseInt(until, 10, 64)
		if err == nil && now.Unix() < seconds && hmac.Equal([]byte(sum), []byte(proof(until))) {
			return true
		}
	}
	if err := a.f.cfg.Store.CountDownload(r.Context(), a.link.Hash); err != nil {
		a.f.refuse(w, r, err)
		return false
	}
	until := strconv.FormatInt(now.Add(ticketAge).Unix(), 10)
	http.SetCookie(w, &http.Cookie{Name: ticketCookie, Value: until + "." + proof(until), Path: a.base + "/" + what, HttpOnly: true,
		MaxAge: int(ticketAge.Seconds()), Secure: a.f.cfg.Secure(r), SameSite: http.SameSiteStrictMode})
	return true
}
