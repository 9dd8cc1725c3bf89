package files

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"path"
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
	spaces map[Space]*spaceLocks // guarded by mu
}

func newDavLocks() davLocks {
	return davLocks{mu: new(sync.Mutex), spaces: map[Space]*spaceLocks{}}
}

func (l davLocks) of(space Space) *spaceLocks {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.spaces[space] == nil {
		l.spaces[space] = &spaceLocks{locks: map[string]*davLock{}}
	}
	return l.spaces[space]
}

// davLock is a write lock (RFC 4918, section 6).
type davLock struct {
	root    string // folded path from the top of the space
	deep    bool   // also of all below
	shared  bool
	passing bool // of one request, which shows no token: it ends with it, and nobody sees it
	owner   string
	lasts   time.Duration
	until   time.Time
	busy    int // requests that use it now
}

// covers says if the lock is one of a path.
func (l *davLock) covers(p string) bool { return l.root == p || l.deep && isBelow(p, l.root) }

// isBelow says if a path lies in a folder.
func isBelow(p, folder string) bool {
	return folder == "/" && p != "/" || strings.HasPrefix(p, folder+"/")
}

// spaceLocks are the locks of one space. Only exclusive ones keep others away from each other: any number of shared ones
// may lie on one path, and each opens it.
type spaceLocks struct {
	mu    sync.Mutex
	locks map[string]*davLock // guarded by mu, by token
}

// add makes a lock, or says webdav.ErrLocked.
func (s *spaceLocks) add(now time.Time, l davLock) (token string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forgetLocked(now)
	return s.addLocked(now, l)
}

func (s *spaceLocks) addLocked(now time.Time, l davLock) (token string, err error) {
	shown := 0
	for _, other := range s.locks {
		if !other.passing {
			shown++
		}
		meet := other.covers(l.root) || l.deep && isBelow(other.root, l.root)
		if meet && !(other.shared && l.shared) {
			return "", webdav.ErrLocked
		}
	}
	if !l.passing && shown >= maxLocks {
		return "", webdav.ErrLocked
	}
	l.lasts = bound(l.lasts)
	l.until = now.Add(l.lasts)
	token = newLockToken()
	s.locks[token] = &l
	return token, nil
}

// newLockToken is a URI that nobody else makes (RFC 4918, section 6.5).
func newLockToken() string {
	var b [16]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func bound(d time.Duration) time.Duration {
	if d <= 0 || d > maxLock {
		return maxLock
	}
	return d
}

func (s *spaceLocks) forgetLocked(now time.Time) {
	for token, l := range s.locks {
		if !l.passing && l.busy == 0 && l.until.Before(now) {
			delete(s.locks, token)
		}
	}
}

// refresh lets a lock last anew.
func (s *spaceLocks) refresh(now time.Time, token, at string, lasts time.Duration) (davLock, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forgetLocked(now)
	l := s.locks[token]
	if l == nil || l.passing || !l.covers(at) {
		return davLock{}, webdav.ErrNoSuchLock
	}
	l.lasts = bound(lasts)
	l.until = now.Add(l.lasts)
	return *l, nil
}

// remove ends a lock, unless a request uses it.
func (s *spaceLocks) remove(token string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch l := s.locks[token]; {
	case l == nil:
		return webdav.ErrNoSuchLock
	case l.busy > 0:
		return webdav.ErrLocked
	}
	delete(s.locks, token)
	return nil
}

// use opens paths to a request that shows tokens: each token must be of a lock of one of the paths, and each path that is
// locked must be so by one of them. Paths that are not locked are the request's own until release.
func (s *spaceLocks) use(now time.Time, paths, tokens []string) (release func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forgetLocked(now)
	opens := map[string]bool{}
	for _, t := range tokens {
		l, of := s.locks[t], false
		for _, p := range paths {
			if l != nil && !l.passing && l.covers(p) {
				opens[p], of = true, true
			}
		}
		if !of {
			return nil, webdav.ErrConfirmationFailed
		}
	}
	var own []string
	give := func() {
		for _, t := range own {
			delete(s.locks, t)
		}
	}
	for _, p := range paths {
		if opens[p] {
			continue
		}
		t, err := s.addLocked(now, davLock{root: p, passing: true})
		if err != nil {
			give()
			return nil, webdav.ErrConfirmationFailed
		}
		own = append(own, t)
	}
	var used []*davLock
	for _, t := range tokens {
		used = append(used, s.locks[t])
		s.locks[t].busy++
	}
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		give()
		for _, l := range used {
			l.busy--
		}
	}, nil
}

// shown are the locks of a path that clients have, by token.
func (s *spaceLocks) shown(now time.Time, p string) map[string]davLock {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forgetLocked(now)
	found := map[string]davLock{}
	for token, l := range s.locks {
		if !l.passing && l.covers(p) {
			found[token] = *l
		}
	}
	return found
}

func (s *spaceLocks) has(now time.Time, token string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forgetLocked(now)
	l := s.locks[token]
	return l != nil && !l.passing
}

// requestLocks are the locks of a space for one request, which tells paths from where it begins in the space. They
// implement webdav.LockSystem. LOCK itself does not come here (davlocking.go).
type requestLocks struct {
	*spaceLocks
	ctx context.Context
	fs  *davFS
}

// Create implements webdav.LockSystem, for requests that show no token: theirs for their own time.
func (l requestLocks) Create(now time.Time, d webdav.LockDetails) (string, error) {
	return l.add(now, davLock{root: l.fs.lockPath(d.Root), deep: !d.ZeroDepth, passing: true})
}

// Refresh implements webdav.LockSystem.
func (l requestLocks) Refresh(time.Time, string, time.Duration) (webdav.LockDetails, error) {
	return webdav.LockDetails{}, errors.ErrUnsupported
}

// Unlock implements webdav.LockSystem.
func (l requestLocks) Unlock(_ time.Time, token string) error { return l.remove(token) }

// Confirm implements webdav.LockSystem. It knows the conditions that x/net/webdav's own does not: entity tags and Not
// (RFC 4918, section 10.4).
func (l requestLocks) Confirm(now time.Time, name0, name1 string, conditions ...webdav.Condition) (func(), error) {
	name := cmp.Or(name0, name1)
	var tokens, paths []string
	for _, c := range conditions {
		holds := false
		switch {
		case c.ETag != "":
			n, err := l.fs.find(l.ctx, name)
			holds = err == nil && !n.Folder && c.ETag == `"`+n.Blob+`"`
		case !c.Not:
			tokens = append(tokens, c.Token)
			continue
		default:
			holds = l.has(now, c.Token)
		}
		if holds == c.Not {
			return nil, webdav.ErrConfirmationFailed
		}
	}
	for _, n := range []string{name0, name1} {
		if n != "" {
			paths = append(paths, l.fs.lockPath(n))
		}
	}
	return l.use(now, paths, tokens)
}

// lockPath is a path of this request as locks have it: from the top of the space, and folded.
func (d *davFS) lockPath(name string) string { return Fold(path.Join("/", d.above, name)) }
