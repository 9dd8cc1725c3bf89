package main

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"

	"tablee/identity/openid/optest"
)

// main serves on a free port of this machine until it is killed, and prints the issuer's address. Its argument is where the
// client comes back to. Anne is in the group "admins", Léa in "choir".
func main() {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // it would tell each request
	l, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	issuer := fmt.Sprintf("http://localhost:%d", l.Addr().(*net.TCPAddr).Port)
	provider, _ := optest.New(issuer, optest.Groups{"u1": {"admins"}, "u2": {"choir"}}, os.Args[1])
	fmt.Println(issuer)
	fmt.Fprintln(os.Stderr, http.Serve(l, provider))
	os.Exit(1)
}
