// Package ratelimit says how often somebody may do something, such as guess a password, without knowing who they are.
//
// It promises that neither an address nor a name is kept: they only pick one of so many buckets, by a hash whose key dies
// with the process, so that nobody can aim at somebody else's bucket, or tell from a bucket who used it; that memory is
// bounded whoever comes; and that jumps of the wall clock are harmless as long as the times that it is told have a monotonic
// reading.
//
// It is all in ratelimit.go.
package ratelimit
