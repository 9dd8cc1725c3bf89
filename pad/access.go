package pad

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"tablee/room"
)

// secretBytes is the size of a link's secret: 128 random bits cannot be guessed.
const secretBytes = 16

// Prefixes of an access, as docs/pads.md has them.
const (
	bySeat = "seat."
	byHost = "host."
	byLink = "k."
)

// maxAccess bounds an access, in bytes; a resume token has about 200.
const maxAccess = 1024

// Who is who asks, as far as it goes for one pad.
type Who struct {
	Right room.PadRight
	User  User
	Key   string // tells authors apart
	Link  int    // number of the link, 0 for none
	Until time.Time
}

// errUnknown tells nothing of whether there is such a pad.
func errUnknown() error {
	return &room.Error{Code: room.CodePadUnknown, Message: "there is no such pad, or the link to it is no longer good"}
}

func errForbidden(what string) error { return &room.Error{Code: room.CodeForbidden, Message: what} }

func newSecret() string {
	secret := make([]byte, secretBytes)
	rand.Read(secret) // never fails (crypto/rand)
	return base64.RawURLEncoding.EncodeToString(secret)
}

// hashSecret is what is stored of a secret. A plain hash is enough: there is nothing to guess in 128 random bits.
func hashSecret(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// InRoom tells what an access is worth in a room: the right to its pads before a pad's own setting counts, which is
// PadOwn for hosts and PadWrite for seated guests.
func (h *Hub) InRoom(ctx context.Context, access, name string) (Who, error) {
	kind, rest, _ := strings.Cut(access, ".")
	named, token, ok := strings.Cut(rest, ".")
	if len(access) > maxAccess || !ok || named != name || name == "" {
		return Who{}, errUnknown()
	}
	switch kind + "." {
	case bySeat:
		p, ok := h.cfg.Pass(name, token)
		if !ok {
			return Who{}, errUnknown()
		}
		w := Who{Right: room.PadWrite, Key: bySeat + p.ID, User: userAt(p.Name, p.Seat, p.Seat, false)}
		if p.Role == room.Host {
			w.Right = room.PadOwn
		}
		return w, nil
	case byHost:
		if h.cfg.IsHost(ctx, name, token) {
			return Who{Right: room.PadOwn, Key: byHost, User: userAt("", 0, -1, false)}, nil
		}
	}
	return Who{}, errUnknown()
}

// expelled tells whether an access is of somebody who was taken out of the meeting.
func (h *Hub) expelled(access string) bool {
	seat, ok := strings.CutPrefix(access, bySeat)
	name, token, _ := strings.Cut(seat, ".")
	return ok && h.cfg.Expelled(name, token)
}

// May tells what an access is worth for a pad. It answers pad_unknown when that is nothing.
func (h *Hub) May(ctx context.Context, access string, p room.Pad) (Who, error) {
	secret, ok := strings.CutPrefix(access, byLink)
	if !ok {
		w, err := h.InRoom(ctx, access, p.Room)
		if err == nil && w.Right < room.PadOwn {
			w.Right = p.Guests
		}
		return w, err
	}
	if len(secret) != base64.RawURLEncoding.EncodedLen(secretBytes) {
		return Who{}, errUnknown()
	}
	l, err := h.cfg.Store.PadLink(ctx, p.Key, hashSecret(secret))
	if err != nil {
		return Who{}, err
	}
	if !l.Expires.IsZero() && !h.cfg.Now().Before(l.Expires) {
		return Who{}, errUnknown()
	}
	key := byLink + strconv.Itoa(l.N)
	return Who{Right: l.Right, Key: key, Link: l.N, Until: l.Expires, User: userAt("", l.N, -1, true)}, nil
}

// Find finds a pad and what the access is worth for it, if that is at least right.
func (h *Hub) Find(ctx context.Context, id, access string, right room.PadRight) (room.Pad, Who, error) {
	p, err := h.cfg.Store.Pad(ctx, id)
	if err != nil {
		return room.Pad{}, Who{}, err
	}
	w, err := h.May(ctx, access, p)
	if err != nil {
		return room.Pad{}, Who{}, err
	}
	if w.Right < right {
		return room.Pad{}, Who{}, errForbidden("this takes the right to " + right.String() + ", which this link or seat does not give")
	}
	return p, w, nil
}

// colors are those of authors, chosen by seat: dark enough for white letters, as far apart as twelve colours are.
// The light ones lie behind what was written.
var colors = [...][2]string{
	{"#1f6f5c", "#1f6f5c33"}, {"#b3441e", "#b3441e33"}, {"#3558a8", "#3558a833"}, {"#8a3d86", "#8a3d8633"},
	{"#7a6400", "#7a640033"}, {"#a32b4a", "#a32b4a33"}, {"#27707e", "#27707e33"}, {"#5a51b5", "#5a51b533"},
	{"#4b6e1e", "#4b6e1e33"}, {"#94500f", "#94500f33"}, {"#20639b", "#20639b33"}, {"#9c3a6b", "#9c3a6b33"},
}

func userAt(name string, color, seat int, guest bool) User {
	c := colors[max(color, 0)%len(colors)]
	return User{Name: name, Color: c[0], ColorLight: c[1], Seat: seat, Guest: guest}
}
