// Package roomtest has a room.Store in memory for the tests of the rooms that need one. It promises the same answers as
// package store gives. Read store.go.
package roomtest
