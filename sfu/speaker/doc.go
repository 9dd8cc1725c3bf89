// Package speaker decides from the audio levels of a meeting who is heard and who leads.
//
// Voices picks the few sources that are forwarded at all, at the first loud packet and without cutting anybody off in
// mid-sentence. Dominant picks the one whom the page shows large, more slowly, so that a cough or a door changes
// nothing; it follows Volfin and Cohen, "Dominant speaker identification for multipoint videoconferencing" (Computer
// Speech & Language 27, 2013).
//
// Levels are those of RFC 6464: 0 is the loudest, 127 silence, in -dBov. The package promises that a level costs no
// allocation with hundreds of sources and that a silent source is never picked. It holds no clock, lock or goroutine:
// now is monotonic nanoseconds. Read voices.go first.
package speaker
