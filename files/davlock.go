package files

import (
	"cmp"
	"context"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/webdav"
)

// Bounds of locks: how long one lasts unless its client asks again, and how many there are in a space.
const (
	maxLock  = time.Hour
	maxLocks = 1000
)

// davLocks are the locks of all spaces. They live in memory: after a restart clients ask anew.
type davLocks struct {
	mu     *sync.Mutex
	spaces map[Space]*boundedLocks // guarded by mu
}

func newDavLocks() davLocks {
	return davLocks{mu: new(sync.Mutex), spaces: map[Space]*boundedLocks{}}
}

func (l davLocks) of(space Space) *boundedLocks {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.spaces[space] == nil {
		l.spaces[space] = &boundedLocks{LockSystem: webdav.NewMemLS(), held: map[string]heldLock{}}
	}
	return l.spaces[space]
}

// heldLock is a lock that a client asked for, for lockdiscovery.
type heldLock struct {
	webdav.LockDetails
	until time.Time
}

// boundedLocks are the locks of one space: none lasts for ever, and each can be looked at.
type boundedLocks struct {
	webdav.LockSystem

	mu   sync.Mutex
	held map[string]heldLock // guarded by mu, by token
}

// Create implements webdav.LockSystem. Locks that x/net/webdav makes for the time of a request have no owner's XML and
// are infinite; they end by themselves, and are not shown.
func (b *boundedLocks) Create(now time.Time, d webdav.LockDetails) (string, error) {
	passing := d.Duration < 0 && d.OwnerXML == "" && d.ZeroDepth
	if !passing {
		d.Duration = bound(d.Duration)
		b.mu.Lock()
		b.forgetLocked(now)
		full := len(b.held) >= maxLocks
		b.mu.Unlock()
		if full {
			return "", webdav.ErrLocked
		}
	}
	token, err := b.LockSystem.Create(now, d)
	if err == nil && !passing {
		b.mu.Lock()
		b.held[token] = heldLock{d, now.Add(d.Duration)}
		b.mu.Unlock()
	}
	return token, err
}

func bound(d time.Duration) time.Duration {
	if d < 0 || d > maxLock {
		return maxLock
	}
	return d
}

func (b *boundedLocks) forgetLocked(now time.Time) {
	for token, l := range b.held {
		if l.until.Before(now) {
			delete(b.held, token)
		}
	}
}

// Refresh implements webdav.LockSystem.
func (b *boundedLocks) Refresh(now time.Time, token string, d time.Duration) (webdav.LockDetails, error) {
	details, err := b.LockSystem.Refresh(now, token, bound(d))
	if err == nil {
		b.mu.Lock()
		b.held[token] = heldLock{details, now.Add(details.Duration)}
		b.mu.Unlock()
	}
	return details, err
}

// Unlock implements webdav.LockSystem.
func (b *boundedLocks) Unlock(now time.Time, token string) error {
	err := b.LockSystem.Unlock(now, token)
	if err == nil {
		b.mu.Lock()
		delete(b.held, token)
		b.mu.Unlock()
	}
	return err
}

// discovery is the value of DAV:lockdiscovery of a path (RFC 4918, section 15.8): its own lock, and those from above.
func (b *boundedLocks) discovery(path string, now time.Time) []byte {
	var out strings.Builder
	b.mu.Lock()
	defer b.mu.Unlock()
	b.forgetLocked(now)
	for token, l := range b.held {
		root := "/" + strings.Trim(l.Root, "/")
		above := !l.ZeroDepth && (root == "/" || strings.HasPrefix(path, root+"/"))
		if root != path && !above {
			continue
		}
		depth := "infinity"
		if l.ZeroDepth {
			depth = "0"
		}
		out.WriteString(`<D:activelock xmlns:D="DAV:"><D:locktype><D:write/></D:locktype><D:lockscope><D:exclusive/></D:lockscope><D:depth>` + depth +
			`</D:depth><D:owner>` + l.OwnerXML + `</D:owner><D:timeout>Second-` + seconds(l.until.Sub(now)) + `</D:timeout><D:locktoken><D:href>` + token +
			`</D:href></D:locktoken></D:activelock>`)
	}
	return []byte(out.String())
}

func seconds(d time.Duration) string { return strconv.Itoa(int(d.Seconds())) }

// requestLocks are the locks of a space for one request. They know the conditions that x/net/webdav's do not: entity tags
// and Not (RFC 4918, section 10.4).
type requestLocks struct {
	*boundedLocks
	ctx context.Context
	fs  *davFS
}

// Confirm implements webdav.LockSystem.
func (l requestLocks) Confirm(now time.Time, name0, name1 string, conditions ...webdav.Condition) (func(), error) {
	name := cmp.Or(name0, name1)
	var tokens []webdav.Condition
	for _, c := range conditions {
		holds := false
		switch {
		case c.ETag != "":
			n, err := l.fs.find(l.ctx, name)
			holds = err == nil && !n.Folder && c.ETag == `"`+n.Blob+`"`
		case !c.Not:
			tokens = append(tokens, c)
			continue
		default:
			l.mu.Lock()
			_, holds = l.held[c.Token]
			l.mu.Unlock()
		}
		if holds == c.Not {
			return nil, webdav.ErrConfirmationFailed
		}
	}
	if len(tokens) > 0 {
		return l.LockSystem.Confirm(now, name0, name1, tokens...)
	}
	// No lock was shown, so there must be none: as for a request without conditions.
	var held []string
	release := func() {
		for _, token := range held {
			_ = l.LockSystem.Unlock(now, token) // it is ours
		}
	}
	for _, n := range []string{name0, name1} {
		if n == "" {
			continue
		}
		token, err := l.LockSystem.Create(now, webdav.LockDetails{Root: n, Duration: -1, ZeroDepth: true})
		if err != nil {
			release()
			return nil, webdav.ErrConfirmationFailed
		}
		held = append(held, token)
	}
	return release, nil
}
