// Package accounts knows who has an account on this server, and by what they are recognised: passwords, sessions, app
// passwords, tokens, invitations. A server works without any.
//
// It promises that a password is stored only as its argon2id hash, and every other secret, of 128 random bits, only as
// its SHA-256; that the answer to a guess tells nothing but that it was wrong, and takes as long for a name that there is
// not; that guesses are slow, per client and per account, without any address being kept; that each login makes a new
// session, so that nobody can fix one beforehand; that there is always an admin once there has been one; and that what it
// has answered is on the disk.
//
// Read account.go first, then login.go; guess.go is how guesses are slowed down.
package accounts
