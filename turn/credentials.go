package turn

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"encoding/base64"
	"strconv"
	"strings"
	"time"
)

// Ephemeral credentials as in draft-uberti-behave-turn-rest-00, which coturn and every client know: the user name says
// until when, and for whom; the password is its HMAC. Nothing is stored, and nothing can be made without the key. SHA-1
// and MD5 are the draft's and the protocol's, and good enough in an HMAC and against guessing 160 bits.

// CredentialLife is how long credentials work. A meeting that lasts longer goes on: clients refresh an allocation with the
// credentials that it was made with, so these must outlive a long day.
const CredentialLife = 16 * time.Hour

// Credentials are for one person.
type Credentials struct {
	Username, Password string
}

// maxUser bounds the part of the user name that is the person.
const maxUser = 64

// Issue makes credentials for a person, from the server's key.
func Issue(key []byte, user string, now time.Time) Credentials {
	name := strconv.FormatInt(now.Add(CredentialLife).Unix(), 10) + ":" + user
	return Credentials{Username: name, Password: password(key, name)}
}

func password(key []byte, username string) string {
	mac := hmac.New(sha1.New, key)
	mac.Write([]byte(username)) // a hash takes everything
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// check says whose a user name is, and the long-term key that goes with it (RFC 8489, section 9.2.2).
func check(key []byte, username, realm string, now time.Time) (user string, longTerm []byte, ok bool) {
	until, user, found := strings.Cut(username, ":")
	at, err := strconv.ParseInt(until, 10, 64)
	if !found || err != nil || user == "" || len(user) > maxUser || now.Unix() > at ||
		at > now.Add(2*CredentialLife).Unix() { // never ours, whatever the password
		return "", nil, false
	}
	sum := md5.Sum([]byte(username + ":" + realm + ":" + password(key, username)))
	return user, sum[:], true
}
