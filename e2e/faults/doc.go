// Package faults holds the server against what it must withstand: malformed, hostile and untrue media (numbers 1 to 15 of the
// list of faults, and packets from addresses that it does not know). Black box: the program runs as people run it, and is
// spoken to over real sockets with real keys.
//
// Its promise: whatever one participant, or nobody in particular, sends, the others of the same meeting see and hear each
// other without a gap, the server counts what it dropped, and its memory does not grow.
//
// Read faults_test.go first: it is the table. client_test.go is a participant who can misbehave, server_test.go the program
// and its figures. There is nothing here but tests.
package faults
