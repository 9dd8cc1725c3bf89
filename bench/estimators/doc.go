// Command estimators runs our estimator of a receiver's line and Pion's (pkg/gcc of github.com/pion/interceptor) over
// the same simulated lines, and prints the tables of docs/bandwidth.md:
//
//	go run ./bench/estimators
//
// Pion's estimator reads the clock and starts goroutines. It runs here as it is, unchanged, inside testing/synctest,
// where its clock is the simulation's: read pion.go. It is no part of the product.
package main
