package network

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"

	"golang.org/x/net/dns/dnsmessage"
)

// Names is a name server for our own names and for our own house: with a router that cannot lead the public address back
// inside, the house finds the server by its inside address. It is no name server for anything else: it refuses other
// names, other houses, and everything that is not a plain question.
type Names struct {
	names []string // lower case, without the last dot
	local func() []netip.Addr
	stats struct{ answered, refused atomic.Int64 }
}

// ttl is how long an answer may be kept, in seconds: short, so that a laptop that leaves the house asks anew.
const ttl = 60

// maxQuestion bounds a question, in bytes: UDP without extensions (RFC 1035, section 4.2.1).
const maxQuestion = 512

// NewNames makes one. local says our inside addresses; it is asked each time.
func NewNames(names []string, local func() []netip.Addr) *Names {
	n := &Names{local: local}
	for _, name := range names {
		n.names = append(n.names, strings.ToLower(strings.TrimSuffix(name, ".")))
	}
	return n
}

// Serve answers on c until ctx ends; it closes c.
func (n *Names) Serve(ctx context.Context, c net.PacketConn) error {
	stop := context.AfterFunc(ctx, func() { _ = c.Close() })
	defer stop()
	for b := make([]byte, maxQuestion+1); ; {
		size, from, err := c.ReadFrom(b)
		if err != nil {
			if ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
				return nil
			}
			continue // an ICMP error of an earlier answer
		}
		at, err := netip.ParseAddrPort(from.String())
		if err != nil || size > maxQuestion || !fromHouse(at.Addr()) {
			n.stats.refused.Add(1)
			continue
		}
		answer := n.answer(b[:size])
		if answer == nil {
			n.stats.refused.Add(1)
			continue
		}
		n.stats.answered.Add(1)
		_, _ = c.WriteTo(answer, from) // as lossy as UDP is
	}
}

// Stats says how many questions were answered, and refused.
func (n *Names) Stats() (answered, refused int64) {
	return n.stats.answered.Load(), n.stats.refused.Load()
}

// fromHouse says if a question comes from inside. Anybody else could use us to flood a third (an answer is longer than its
// question), and would get an address that is of no use to them.
func fromHouse(a netip.Addr) bool {
	a = a.Unmap()
	return a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast()
}

// answer is what a question gets; nil for no answer at all.
func (n *Names) answer(question []byte) []byte {
	var p dnsmessage.Parser
	head, err := p.Start(question)
	if err != nil || head.Response {
		return nil
	}
	q, err := p.Question()
	if err != nil {
		return nil
	}
	reply := dnsmessage.Header{ID: head.ID, Response: true, OpCode: head.OpCode, RecursionDesired: head.RecursionDesired}
	name := strings.ToLower(strings.TrimSuffix(q.Name.String(), "."))
	ours := slices.Contains(n.names, name) && q.Class == dnsmessage.ClassINET
	switch {
	case head.OpCode != 0:
		reply.RCode = dnsmessage.RCodeNotImplemented
	case !ours:
		reply.RCode = dnsmessage.RCodeRefused // the device asks its next name server
	default:
		reply.Authoritative = true
	}
	b := dnsmessage.NewBuilder(make([]byte, 0, maxQuestion), reply)
	b.EnableCompression()
	if b.StartQuestions() != nil || b.Question(q) != nil || b.StartAnswers() != nil {
		return nil
	}
	if reply.Authoritative {
		if err := n.addresses(&b, q); err != nil {
			return nil
		}
	}
	out, err := b.Finish()
	if err != nil || len(out) > maxQuestion {
		return nil
	}
	return out
}

// maxAnswers bounds the addresses of an answer, so that it fits.
const maxAnswers = 8

// addresses adds our inside addresses of the family that is asked for.
func (n *Names) addresses(b *dnsmessage.Builder, q dnsmessage.Question) error {
	head := dnsmessage.ResourceHeader{Name: q.Name, Class: dnsmessage.ClassINET, TTL: ttl}
	given := 0
	for _, a := range n.local() {
		var err error
		switch {
		case given == maxAnswers:
			return nil
		case a.Is4() && q.Type == dnsmessage.TypeA:
			err = b.AResource(head, dnsmessage.AResource{A: a.As4()})
		case a.Is6() && q.Type == dnsmessage.TypeAAAA:
			err = b.AAAAResource(head, dnsmessage.AAAAResource{AAAA: a.As16()})
		default:
			continue
		}
		if err != nil {
			return fmt.Errorf("answer a question for our name: %w", err)
		}
		given++
	}
	return nil
}
