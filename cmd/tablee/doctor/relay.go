package doctor

import (
	"context"
	"fmt"
	"net"
	"net/netip"

	"github.com/pion/logging"
	pion "github.com/pion/turn/v5"

	"tablee/turn"
)

// turn makes a relayed connection with the server's own credentials, and tries to abuse it.
func (e *examination) turn(ctx context.Context) []Check {
	const id, title = "turn", "Relay"
	if !e.Config.TURN.On {
		return one(id, title, Unknown, "Set turn.mode = \"on\" if guests come from networks that let no UDP through.", "it is off (turn.mode).")
	}
	if e.status == nil || e.status.TURN == "" {
		return one(id, title, Unknown, "", "it can be checked when the server runs.")
	}
	if err := e.relay(ctx); err != nil {
		return one(id, title, Fail, "This is a bug in Tablée, or another program holds the relay's port.", "%v.", err)
	}
	return one(id, title, OK, "", "it relays to the media port, and refuses everything else.")
}

func (e *examination) relay(context.Context) error {
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer conn.Close()
	c, err := pion.NewClient(&pion.ClientConfig{
		STUNServerAddr: e.status.TURN, TURNServerAddr: e.status.TURN, Conn: conn, Username: e.status.Username, Password: e.status.Password,
		Realm: turn.Realm, LoggerFactory: &logging.DefaultLoggerFactory{DefaultLogLevel: logging.LogLevelDisabled},
	})
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.Listen(); err != nil {
		return err
	}
	relayed, err := c.Allocate()
	if err != nil {
		return fmt.Errorf("no connection can be relayed: %w", err)
	}
	defer relayed.Close()
	if a, err := netip.ParseAddrPort(relayed.LocalAddr().String()); err != nil || !turn.Relayed(a.Addr()) {
		return fmt.Errorf("the relayed address is %v, which is not in memory", relayed.LocalAddr())
	}
	for _, m := range e.status.Media {
		at, err := netip.ParseAddrPort(m)
		if err != nil || !at.Addr().Is4() {
			continue
		}
		if err := c.CreatePermission(net.UDPAddrFromAddrPort(at)); err != nil {
			return fmt.Errorf("it refuses to relay to the media port: %w", err)
		}
	}
	for _, a := range []string{"127.0.0.1:22", "169.254.169.254:80", "192.0.2.1:80"} {
		if err := c.CreatePermission(net.UDPAddrFromAddrPort(netip.MustParseAddrPort(a))); err == nil {
			return fmt.Errorf("it relays to %s, which it must not", a)
		}
	}
	return nil
}
