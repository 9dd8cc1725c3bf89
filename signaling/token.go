package signaling

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"time"

	"tablee/room"
)

// ResumeLife is how long a resume token is good.
const ResumeLife = 12 * time.Hour

// claim is what a resume token says: who its bearer was, where. It names nobody, except whom a join token named.
type claim struct {
	room string // normal form
	id   string
	num  uint32
	seat int
	role room.Role
	name string // given by a join token, so that its bearer cannot change it; "" for their own choice

	expired bool // good for a seat that is still kept, and for nothing else
}

// signer makes and checks resume tokens. A token is base64url of payload and HMAC-SHA256; the payload is
// version(1) expiry(8, unix seconds) num(4) seat(2) role(1) len(id)(1) id room; in version 3, which has a name,
// len(name)(2) name stand before the room.
type signer struct{ key []byte }

const (
	tokenVersion = 2 // 1 had other roles
	tokenNamed   = 3
	tokenFixed   = 1 + 8 + 4 + 2 + 1 + 1
)

// newSigner derives the tokens' key from the server's, so that no other use of the server's key can make a token.
func newSigner(serverKey []byte) signer {
	key, err := hkdf.Key(sha256.New, serverKey, nil, "tablee resume token v1", sha256.Size)
	if err != nil {
		panic("signaling: " + err.Error()) // only for an absurd key length
	}
	return signer{key}
}

// sign makes a token that is good until now + ResumeLife.
func (s signer) sign(c claim, now time.Time) string {
	p := make([]byte, 0, tokenFixed+len(c.id)+2+len(c.name)+len(c.room)+sha256.Size)
	if c.name == "" {
		p = append(p, tokenVersion)
	} else {
		p = append(p, tokenNamed)
	}
	p = binary.BigEndian.AppendUint64(p, uint64(now.Add(ResumeLife).Unix()))
	p = binary.BigEndian.AppendUint32(p, c.num)
	p = binary.BigEndian.AppendUint16(p, uint16(c.seat))
	p = append(p, byte(c.role), byte(len(c.id)))
	p = append(p, c.id...)
	if c.name != "" {
		p = binary.BigEndian.AppendUint16(p, uint16(len(c.name)))
		p = append(p, c.name...)
	}
	p = append(p, c.room...)
	return base64.RawURLEncoding.EncodeToString(append(p, s.mac(p)...))
}

// verify reads a token; ok is false for one that is not ours.
func (s signer) verify(token string, now time.Time) (c claim, ok bool) {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(raw) < tokenFixed+sha256.Size {
		return claim{}, false
	}
	p, mac := raw[:len(raw)-sha256.Size], raw[len(raw)-sha256.Size:]
	if !hmac.Equal(mac, s.mac(p)) || p[0] != tokenVersion && p[0] != tokenNamed {
		return claim{}, false
	}
	idLen := int(p[tokenFixed-1])
	if idLen == 0 || len(p) < tokenFixed+idLen {
		return claim{}, false
	}
	rest := p[tokenFixed+idLen:]
	name := ""
	if p[0] == tokenNamed {
		if len(rest) < 2 || len(rest) < 2+int(binary.BigEndian.Uint16(rest)) {
			return claim{}, false
		}
		n := int(binary.BigEndian.Uint16(rest))
		name, rest = string(rest[2:2+n]), rest[2+n:]
	}
	return claim{
		num:  binary.BigEndian.Uint32(p[9:]),
		seat: int(binary.BigEndian.Uint16(p[13:])),
		role: room.Role(p[15]),
		id:   string(p[tokenFixed : tokenFixed+idLen]),
		name: name,
		room: string(rest),

		expired: now.Unix() >= int64(binary.BigEndian.Uint64(p[1:])),
	}, true
}

func (s signer) mac(payload []byte) []byte {
	h := hmac.New(sha256.New, s.key)
	h.Write(payload)
	return h.Sum(nil)
}
