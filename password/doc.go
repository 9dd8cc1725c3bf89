// Package password hashes passwords with argon2id (RFC 9106) and checks them, for rooms and for accounts.
//
// It promises that one hash at a time takes memory, whoever asks, so that a flood of guesses cannot exhaust a small
// machine; limiting how often somebody may guess is the caller's. Read hash.go.
package password
