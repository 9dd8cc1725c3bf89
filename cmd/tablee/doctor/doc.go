// Package doctor finds out what keeps others from reaching a server, and says it in words that everybody understands.
//
// Purpose: the checks of `tablee doctor`, which the admin page shows as well. Each looks at one thing, and has a verdict, a
// sentence, and what to do about it.
//
// Promise: it changes nothing; it asks nobody but this machine, its router, its name servers and what the settings name;
// what cannot be checked is said to be unknown, never to be well.
//
// Read doctor.go first; remedies.go names the boxes that people have at home.
package doctor
