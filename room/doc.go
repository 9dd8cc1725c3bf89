// Package room is the vocabulary of Tablée: room names and people's names, Room and its Settings, Member, Role and what a
// role may do, who somebody is (Identity), links, the error codes that users meet, the registry of rooms, and Meeting,
// the pure state of one live meeting.
//
// It promises to be pure: standard library only, no clock, no goroutine, no lock. Time is handed in, storage is an
// interface that others implement, and every rule can be tested with tables and random sequences. Read meeting.go
// first, then role.go and name.go; who changes rooms from outside of a meeting reads registry.go and manage.go.
package room
