package web

import (
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"tablee/room"
)

// icsLine is how long a line of a calendar file may be, in bytes (RFC 5545, section 3.1).
const icsLine = 75

// defaultMinutes is how long a planned meeting takes when nobody has said.
const defaultMinutes = 60

// event answers with the planned meeting of a room as a calendar file (RFC 5545), which calendars of all kinds open.
func (h *Handler) event(w http.ResponseWriter, r *http.Request) {
	found, err := h.cfg.Rooms.Get(r.Context(), r.PathValue("name"))
	if err != nil {
		h.refuseError(w, r, err)
		return
	}
	if found.Settings.Starts.IsZero() {
		h.refuse(w, http.StatusNotFound, room.CodeRoomUnknown, "no meeting is planned in this room")
		return
	}
	scheme := "http"
	if overTLS(r) {
		scheme = "https"
	}
	host := r.Host
	if !plausibleHost(strings.Trim(strings.NewReplacer("[", "", "]", "").Replace(host), ".")) {
		h.refuse(w, http.StatusBadRequest, room.CodeBadMessage, "the Host header is not a host")
		return
	}
	w.Header().Set("Content-Type", "text/calendar; charset=utf-8; method=PUBLISH")
	w.Header().Set("Content-Disposition", `attachment; filename="`+found.Name+`.ics"`)
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write([]byte(calendar(found, host, scheme+"://"+host+"/r/"+found.Name, h.cfg.Now()))) // who has gone away does not need the answer
}

// calendar is the file. Its UID is the room's and the start's, so that a changed title is no second entry.
func calendar(r room.Room, host, link string, now time.Time) string {
	minutes := r.Settings.Minutes
	if minutes == 0 {
		minutes = defaultMinutes
	}
	stamp := func(t time.Time) string { return t.UTC().Format("20060102T150405Z") }
	start := r.Settings.Starts
	var out strings.Builder
	for _, line := range []string{
		"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Tablée//Tablée//FR", "METHOD:PUBLISH", "BEGIN:VEVENT",
		fmt.Sprintf("UID:%s-%d@%s", r.Name, start.Unix(), icsText(host)), "DTSTAMP:" + stamp(now), "DTSTART:" + stamp(start),
		"DTEND:" + stamp(start.Add(time.Duration(minutes)*time.Minute)), "SUMMARY:" + icsText(r.Title), "LOCATION:" + icsText(link),
		"URL:" + link, "DESCRIPTION:" + icsText(link), "END:VEVENT", "END:VCALENDAR",
	} {
		out.WriteString(fold(line))
	}
	return out.String()
}

// icsText escapes a text (RFC 5545, section 3.3.11).
func icsText(s string) string {
	return strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\n", `\n`, "\r", "").Replace(s)
}

// fold ends a line, and breaks a long one between characters (RFC 5545, section 3.1).
func fold(line string) string {
	var out strings.Builder
	room := icsLine
	for _, c := range line {
		n := utf8.RuneLen(c)
		if room < n {
			out.WriteString("\r\n ")
			room = icsLine - 1
		}
		out.WriteRune(c)
		room -= n
	}
	return out.String() + "\r\n"
}
