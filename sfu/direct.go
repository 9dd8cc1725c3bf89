package sfu

import (
	"context"
	"fmt"
	"sync"

	"tablee/sfu/direct"
	"tablee/sfu/negotiate"
)

// The direct transport, joined on to routing.

// directLink is one participant's connection on the direct transport.
type directLink struct {
	*direct.Link
	peer *Peer
}

func (e *Engine) newDirectLink(p *Peer) (link, error) {
	l := &directLink{peer: p}
	l.Link = e.port.NewLink(l, p)
	return l, nil
}

// Answer implements link.
func (l *directLink) Answer(_ string, offer *negotiate.Offer) (string, error) {
	answer, opened, err := l.Link.Answer(offer, l.peer.opus())
	if err != nil {
		return "", fmt.Errorf("connect: %w", err)
	}
	for _, o := range opened {
		s := newSlot(l.peer, o.Section.Mid, o.Section.Video, negotiated{ssrc: o.Slot.SSRC, ssrcRTX: o.Slot.RTX, pt: o.Section.PT, ptRTX: o.Section.PTRTX, ptRED: o.Section.PTRED, twcc: twccID(o.Section)})
		s.out.media.Init(l.Link, o.Slot.SSRC)
		s.out.rtx.Init(l.Link, o.Slot.RTX)
		l.peer.openSlot(s)
	}
	return answer, nil
}

// twccID is the id under which a section's packets carry transport-wide sequence numbers: one that fits the short form.
func twccID(s *negotiate.Section) uint8 {
	if !s.Feedback("transport-cc") || s.Ext.TWCC > 14 {
		return 0
	}
	return s.Ext.TWCC
}

// SpaceRTCP implements link.
func (l *directLink) SpaceRTCP(w *worker, n int) []byte { return l.Link.SpaceRTCP(w.out, n) }

// SendRTCP implements link.
func (l *directLink) SendRTCP(w *worker, b []byte) error { return l.Link.SendRTCP(w.out, b) }

// Connected implements direct.Receiver.
func (l *directLink) Connected() { l.peer.connected() }

// Moved implements direct.Receiver.
func (l *directLink) Moved(near bool) { l.peer.moved(near) }

// Lost implements direct.Receiver.
func (l *directLink) Lost() { l.peer.lost() }

// readAll reads every socket, each on a goroutine of its own, until ctx ends and the port is closed.
func (e *Engine) readAll(ctx context.Context, all *sync.WaitGroup) {
	for i := range e.port.Inboxes() {
		w, in := newWorker(e, e.port.Outbox(i)), e.port.Inbox(i)
		all.Go(func() {
			if err := w.read(in); err != nil {
				e.log.Error("the media port can no longer be read; restart the server", "error", err)
			}
		})
	}
	all.Go(func() { e.port.Run(ctx) })
}
