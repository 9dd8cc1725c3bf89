//go:build bench

package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"time"
)

// A program built with `-tags bench` is the product and one thing more: it tells where its time goes, for the profiles of
// docs/performance.md, at the address in BENCH_PROFILE (such as localhost:6060).

// profileVariable names the address.
const profileVariable = "BENCH_PROFILE"

// profile serves Go's profiles until stop is called.
func profile(w world) (stop func(), err error) {
	address := variable(w, profileVariable)
	if address == "" {
		return func() {}, nil
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("serve profiles at %s: %w", address, err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile) // and by their names allocs, heap, goroutine
	s := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = s.Serve(l) // it ends with Shutdown
	}()
	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), partGrace)
		defer cancel()
		_ = s.Shutdown(ctx) // a profile under way is of no use any more
		<-ended
	}, nil
}
