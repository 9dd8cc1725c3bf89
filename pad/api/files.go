package api

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"tablee/pad"
	pads "tablee/pad/format"
	"tablee/room"
)

// Bounds of a file that is brought in.
const (
	maxUpload  = pad.MaxMessage // bytes
	uploadWait = 2 * time.Minute
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
	var data []byte
	mediaType := ""
	switch format {
	case "md":
		mediaType, data = "text/markdown; charset=utf-8", []byte(text)
	case "txt":
		mediaType, data = "text/plain; charset=utf-8", []byte(pads.Text(text))
	case "html":
		mediaType, data = "text/html; charset=utf-8", []byte(pads.Document(c.pad.Title, text, "", func(string) string { return "" }))
	case "docx":
		mediaType = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
		data, err = pads.Docx(text)
	case "odt":
		mediaType = "application/vnd.oasis.opendocument.text"
		data, err = pads.Odt(text)
	default:
		return &room.Error{Code: room.CodeBadMessage, Message: "there is no such format"}
	}
	if err == nil {
		c.send(mediaType, format, data)
	}
	return err
}

// bringIn puts a file in the place of the pad's text.
func (c *call) bringIn() error {
	// Over a thin line a file takes longer than a call may. Who cannot be given longer has the usual time.
	_ = http.NewResponseController(c.w).SetReadDeadline(time.Now().Add(uploadWait))
	data, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, maxUpload))
	if tooBig, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return &room.Error{Code: room.CodeTooBig, Message: "a file may have " + strconv.FormatInt(tooBig.Limit, 10) + " bytes at most"}
	}
	if err != nil {
		return &room.Error{Code: room.CodeBadMessage, Message: "the file did not arrive whole"}
	}
	md, err := pads.Import(c.r.URL.Query().Get("name"), data)
	if err != nil {
		return &room.Error{Code: room.CodeBadMessage, Message: err.Error()}
	}
	text, err := c.hub().Edit(c.r.Context(), c.pad, c.who, func(string) string { return md })
	if err != nil {
		return err
	}
	return c.chars(text)
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
