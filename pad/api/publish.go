package api

import (
	"io"
	"net/http"
	"strings"

	"tablee/pad"
	"tablee/pad/format"
	"tablee/room"
)

// stylePath is the style sheet of published pages.
const stylePath = "/pub/style.css"

// styleSheet is for reading: one column, the contents beside it where there is room.
const styleSheet = `:root { color-scheme: light dark; background: light-dark(#fffdf8, #221f2a); color: light-dark(#2a2530, #f5eee3); }
body { margin: 0 auto; max-width: 46rem; padding: 1.5rem; font: 1.05rem/1.6 system-ui, sans-serif; overflow-wrap: break-word; }
h1, h2, h3 { line-height: 1.25; }
a { color: light-dark(#1f5fbf, #8fc1ff); }
a:focus-visible, [tabindex]:focus-visible { outline: 3px solid light-dark(#1f5fbf, #8fc1ff); outline-offset: 2px; }
nav { border: 1px solid color-mix(in srgb, currentcolor 20%, transparent); border-radius: 0.5rem; padding: 0.5rem 1rem; margin-bottom: 1.5rem; }
nav ol { list-style: none; margin: 0; padding: 0; }
nav .h2 { padding-left: 1rem; } nav .h3 { padding-left: 2rem; } nav .h4, nav .h5, nav .h6 { padding-left: 3rem; }
pre { overflow-x: auto; padding: 0.75rem; border-radius: 0.5rem; background: color-mix(in srgb, currentcolor 8%, transparent); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; }
li:has(> label > input, > p > label > input) { list-style: none; margin-left: -1.4rem; }
input[type="checkbox"] { width: 1.1em; height: 1.1em; margin: 0 0.4rem 0 0; vertical-align: -0.15em; }
th, td { border: 1px solid color-mix(in srgb, currentcolor 30%, transparent); padding: 0.3rem 0.6rem; text-align: left; }
blockquote { margin-left: 0; padding-left: 1rem; border-left: 3px solid color-mix(in srgb, currentcolor 30%, transparent); }
img { max-width: 100%; }
@media print { nav { display: none; } }
`

func style(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=3600")
	_, _ = io.WriteString(w, styleSheet) // who has gone away does not need the answer
}

// published is a pad as a page for readers. Links [[…]] lead to the room's other published pads.
func (h *Handler) published(w http.ResponseWriter, r *http.Request) {
	if h.slow(w, r) {
		return
	}
	p, err := h.cfg.Hub.Published(r.Context(), r.PathValue("secret"))
	h.led(r, err)
	text := ""
	if err == nil {
		text, err = h.cfg.Hub.Text(r.Context(), p)
	}
	if err != nil {
		public := room.Public(err)
		http.Error(w, public.Message, public.Code.HTTPStatus())
		return
	}
	pages := map[string]string{}
	if p.Room != "" {
		list, err := h.cfg.Hub.List(r.Context(), p.Room, "")
		if err != nil {
			h.refuseError(w, r, err)
			return
		}
		for _, f := range list {
			if f.Pad.Published != "" {
				// Of two pads of one title the one that was changed last counts, as in the editor.
				if title := wikiTitle(f.Title); pages[title] == "" {
					pages[title] = pad.PublishedPath + f.Pad.Published
				}
			}
		}
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	page := format.Page{Title: p.Title, Text: text, Style: stylePath, Lang: reads(r.Header.Get("Accept-Language"))}
	page.Picture = func(src string) string { return publicPicture(p, r.PathValue("secret"), src) }
	page.Find = func(title string) string { return pages[wikiTitle(title)] }
	w.Header().Set("Vary", "Accept-Language")
	_, _ = io.WriteString(w, page.HTML())
}

// wikiTitle is a pad's title as links [[…]] compare it: as in the editor, whatever its case.
func wikiTitle(title string) string { return strings.ToLower(strings.TrimSpace(title)) }

// reads is which of our languages stands first in an Accept-Language (RFC 9110, 12.5.4).
func reads(accept string) string {
	for tag := range strings.SplitSeq(accept, ",") {
		switch lang, _, _ := strings.Cut(strings.TrimSpace(tag), ";"); strings.ToLower(lang[:min(len(lang), 2)]) {
		case "fr":
			return "fr"
		case "en":
			return "en"
		}
	}
	return "en"
}
