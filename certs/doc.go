// Package certs keeps the server's TLS certificates.
//
// Purpose: three keepers. Auto gets certificates from Let's Encrypt, or else ZeroSSL, and renews them; Files reads those
// that somebody else renews; Internal is a small certificate authority of its own, for names and addresses that no
// public one can vouch for: a LAN, `.local`, a machine that is being tried out. Config makes the TLS settings around
// any of them.
//
// Promise: TLS 1.2 or later, forward secrecy and authenticated encryption only. A certificate that could not be renewed
// or read again stays in use, and Status says so in a sentence that tells what to do. Keys never leave the data folder
// and are readable by its owner alone. What is written is written whole: kill -9 loses no certificate. The internal
// authority can vouch for local names and private addresses only, so its key is worth nothing elsewhere.
//
// Read config.go first, then auto.go.
package certs
