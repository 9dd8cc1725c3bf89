package main

import (
	"context"
	"fmt"

	"tablee/cmd/tablee/config"
)

// setupLink invites whoever reads the console to become the first admin, when there is none; "" otherwise. The link is in
// no log and in no file, and another start makes another.
func (s *server) setupLink(cfg config.Config) string {
	secret, err := s.accounts.SetupSecret(context.Background())
	if err != nil {
		s.log.Error("cannot find out if there is an admin", "error", err)
		return ""
	}
	if secret == "" {
		return ""
	}
	local, _ := pageURLs(cfg.Listen, s.listener.Addr(), nil)
	if cfg.TLS.Public() {
		local, _ = secureURLs(cfg, s.listener.Addr())
	}
	return fmt.Sprintf("Nobody manages this server yet, and nobody has to. To become its admin, open this link; it is good once:\n\n  %s/setup#%s\n\n", local, secret)
}
