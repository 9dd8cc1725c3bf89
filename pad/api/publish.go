package api

import (
	"io"
	"net/http"

	"tablee/pad"
	"tablee/pad/format"
	"tablee/room"
)

// stylePath is the style sheet of published pages.
const stylePath = "/pub/style.css"

// styleSheet is for reading: one column, the contents beside it where there is room.
const styleSheet = `:root { color-scheme: light dark; }
body { margin: 0 auto; max-width: 46rem; padding: 1.5rem; font: 1.05rem/1.6 system-ui, sans-serif; overflow-wrap: break-word; }
h1, h2, h3 { line-height: 1.25; }
nav { border: 1px solid color-mix(in srgb, currentcolor 20%, transparent); border-radius: 0.5rem; padding: 0.5rem 1rem; margin-bottom: 1.5rem; }
nav ol { list-style: none; margin: 0; padding: 0; }
nav .h2 { padding-left: 1rem; } nav .h3 { padding-left: 2rem; } nav .h4, nav .h5, nav .h6 { padding-left: 3rem; }
pre { overflow-x: auto; padding: 0.75rem; border-radius: 0.5rem; background: color-mix(in srgb, currentcolor 8%, transparent); }
table { border-collapse: collapse; display: block; overflow-x: auto; }
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
				pages[f.Title] = pad.PublishedPath + f.Pad.Published
			}
		}
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	_, _ = io.WriteString(w, format.Document(p.Title, text, stylePath, func(title string) string { return pages[title] }))
}
