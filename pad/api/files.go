package api

import (
	"mime"
	"strings"

	"tablee/room"
)

// export sends the pad as a file.
func (c *call) export() error {
	format := c.r.URL.Query().Get("format")
	if format == "yjs" {
		u, err := c.hub().Document(c.r.Context(), c.pad)
		if err != nil {
			return err
		}
		c.send("application/octet-stream", format, u.Encode())
		return nil
	}
	text, err := c.hub().Text(c.r.Context(), c.pad)
	if err != nil {
		return err
	}
	switch format {
	case "md":
		c.send("text/markdown; charset=utf-8", format, []byte(text))
	case "txt":
		c.send("text/plain; charset=utf-8", format, []byte(text))
	default:
		return &room.Error{Code: room.CodeBadMessage, Message: "there is no such format"}
	}
	return nil
}

// send sends a file that a browser stores and does not show.
func (c *call) send(mediaType, extension string, data []byte) {
	header := c.w.Header()
	header.Set("Content-Type", mediaType)
	header.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": fileName(c.pad.Title) + "." + extension}))
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	_, _ = c.w.Write(data) // who has gone away does not need the answer
}

// fileName makes a name that every system takes.
func fileName(title string) string {
	const forbidden = `/\:*?"<>|`
	name := strings.Trim(strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(forbidden, r) {
			return '-'
		}
		return r
	}, title), " .")
	if name == "" {
		return "pad"
	}
	return name
}
