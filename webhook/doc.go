// Package webhook tells other servers when a meeting begins and when it has ended: the room, the times and how many there
// were, never who.
//
// Requests are signed as the Standard Webhooks have it (https://www.standardwebhooks.com). What is to be told waits in the
// store, so that neither a receiver that is down nor a restart of ours loses it; tries and queue have limits, and what goes
// beyond is counted. Addresses of this machine and of private networks are refused when they are dialled, redirects are not
// followed, and of an answer little is read.
//
// Read hooks.go first.
package webhook
