package jointoken

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"tablee/room"
)

// claims are what a token says.
type claims struct {
	Room string `json:"room"`           // as in the room's address
	Role string `json:"role,omitempty"` // "" for a guest
	Name string `json:"name,omitempty"` // under which others see its bearer; "" leaves the choice to them
	jwt.RegisteredClaims
}

// errOther marks a token that is good for something else than what its key may, or than what is asked.
var errOther = errors.New("not by this key, or not for this room")

// opened is a token that was found good.
type opened struct {
	room.Grant
	hash    []byte // of key and jti; nil for a token that is good any number of times
	expires time.Time
}

// Look tells what a token gives in the room called name (in normal form), without using it up. One that is no good is
// refused with link_invalid.
func (t *Tokens) Look(ctx context.Context, name, token string) (room.Grant, error) {
	o, err := t.open(ctx, name, token)
	if err == nil && o.hash != nil {
		used, storeErr := t.store.JoinTokenUsed(ctx, o.hash)
		if err = storeErr; used {
			err = refuse("this way in was used already; go back to the page that you came from, and try again")
			t.counters.refused[reasonUsed].Add(1)
		}
	}
	if err != nil {
		return room.Grant{}, err
	}
	return o.Grant, nil
}

// Take uses a token: one with a jti is worth nothing any more once that is stored.
func (t *Tokens) Take(ctx context.Context, name, token string) error {
	o, err := t.open(ctx, name, token)
	if err == nil && o.hash != nil {
		err = t.store.UseJoinToken(ctx, o.hash, o.expires, t.now(), MaxUsed)
		switch room.CodeOf(err) {
		case room.CodeLinkInvalid:
			t.counters.refused[reasonUsed].Add(1)
		case room.CodeLinksFull:
			t.counters.refused[reasonFull].Add(1)
		}
	}
	if err == nil {
		t.counters.accepted.Add(1)
	}
	return err
}

// open reads a token, and counts why it refuses one.
func (t *Tokens) open(ctx context.Context, name, token string) (opened, error) {
	o, err := t.parse(ctx, name, token)
	switch {
	case err == nil:
		return o, nil
	case errors.Is(err, jwt.ErrTokenExpired):
		t.counters.refused[reasonExpired].Add(1)
		return opened{}, refuse("this way in has expired; go back to the page that you came from, and try again")
	case errors.Is(err, jwt.ErrTokenNotValidYet):
		t.counters.refused[reasonEarly].Add(1)
		return opened{}, refuse("this way in is not open yet; try again later")
	case errors.Is(err, errOther), errors.Is(err, &room.Error{Code: room.CodeLinkUnknown}):
		t.counters.refused[reasonKey].Add(1)
	case errors.Is(err, jwt.ErrTokenUnverifiable), errors.Is(err, jwt.ErrTokenMalformed), errors.Is(err, jwt.ErrTokenSignatureInvalid),
		errors.Is(err, jwt.ErrTokenInvalidClaims):
		t.counters.refused[reasonBad].Add(1)
	default: // the store's
		return opened{}, err
	}
	return opened{}, refuse("this way in is not valid; go back to the page that you came from, and try again")
}

func (t *Tokens) parse(ctx context.Context, name, token string) (opened, error) {
	if len(token) > MaxToken {
		return opened{}, jwt.ErrTokenMalformed
	}
	var c claims
	var key Key
	var storeErr error
	p := jwt.NewParser(jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), jwt.WithStrictDecoding(), jwt.WithExpirationRequired(),
		jwt.WithLeeway(Leeway), jwt.WithTimeFunc(t.now))
	_, err := p.ParseWithClaims(token, &c, func(j *jwt.Token) (any, error) {
		id, _ := j.Header["kid"].(string)
		if len(id) != idLength || j.Header["crit"] != nil { // an extension that must be understood is none of ours (RFC 7515, section 4.1.11)
			return nil, jwt.ErrTokenMalformed
		}
		if key, storeErr = t.store.JoinKey(ctx, id); storeErr != nil {
			return nil, storeErr
		}
		return []byte(t.secret(id)), nil
	})
	if storeErr != nil {
		return opened{}, storeErr
	}
	if err != nil {
		return opened{}, err
	}
	return t.judge(key, c, name)
}

// judge compares what a token of ours says with what its key may, and with what is asked.
func (t *Tokens) judge(key Key, c claims, name string) (o opened, err error) {
	o.Role, o.expires = room.Guest, c.ExpiresAt.Time
	if c.Role != "" {
		role, known := room.ParseRole(c.Role)
		if o.Role = role; !known || role == room.Nobody || role > room.Host {
			return o, fmt.Errorf("%w: there is no such role", jwt.ErrTokenInvalidClaims)
		}
	}
	if o.Room, _, err = room.NormalizeName(c.Room); err != nil {
		return o, fmt.Errorf("%w: the room's name", jwt.ErrTokenInvalidClaims)
	}
	if c.Name != "" {
		if o.Name, err = room.CleanPersonName(c.Name); err != nil {
			return o, fmt.Errorf("%w: the person's name", jwt.ErrTokenInvalidClaims)
		}
	}
	switch {
	case o.Room != name, key.Room != "" && key.Room != name, o.Role > key.Role:
		return o, errOther
	case len(c.ID) > MaxJTI, o.expires.After(t.now().Add(MaxLife + Leeway)):
		return o, fmt.Errorf("%w: exp or jti is beyond its bound", jwt.ErrTokenInvalidClaims)
	}
	if c.ID != "" {
		sum := sha256.Sum256([]byte(key.ID + "\x00" + c.ID))
		o.hash = sum[:]
	}
	return o, nil
}

func refuse(text string) error { return &room.Error{Code: room.CodeLinkInvalid, Message: text} }

// Wish is what a token is to say.
type Wish struct {
	Room string
	Role room.Role     // a guest when nobody
	Name string        // "" for none
	Life time.Duration // an hour when 0
	Once bool          // good once
}

// Sign makes a token by a key, for who would rather ask us than sign by themselves.
func (t *Tokens) Sign(ctx context.Context, key string, w Wish) (token string, expires time.Time, err error) {
	k, err := t.store.JoinKey(ctx, key)
	if err != nil {
		return "", time.Time{}, err
	}
	if w.Life == 0 {
		w.Life = mintLife
	}
	if w.Life < 0 || w.Life > MaxLife {
		return "", time.Time{}, &room.Error{Code: room.CodeBadMessage, Message: "a join token is good for 31 days at most"}
	}
	if w.Role == room.Nobody {
		w.Role = room.Guest
	}
	now := t.now()
	c := claims{Room: w.Room, Role: w.Role.String(), Name: w.Name, RegisteredClaims: jwt.RegisteredClaims{
		IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(w.Life)),
	}}
	if w.Once {
		c.ID = rand.Text()
	}
	name, _, err := room.NormalizeName(w.Room)
	if err != nil {
		return "", time.Time{}, err
	}
	if _, err := t.judge(k, c, name); err != nil {
		return "", time.Time{}, &room.Error{Code: room.CodeBadMessage, Message: "this key may not give that: look at its room and role, and at the name"}
	}
	j := jwt.NewWithClaims(jwt.SigningMethodHS256, c)
	j.Header["kid"] = k.ID
	token, err = j.SignedString([]byte(t.secret(k.ID)))
	if err != nil {
		return "", time.Time{}, fmt.Errorf("signing a join token: %w", err)
	}
	return token, c.ExpiresAt.Time, nil
}
