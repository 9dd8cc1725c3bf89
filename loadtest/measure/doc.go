// Package measure keeps distributions in little, fixed memory.
//
// Its promise: a percentile is within 1/32 (about 3 %) of the true one, however many values there are. Pure.
//
// Read histogram.go first.
package measure
