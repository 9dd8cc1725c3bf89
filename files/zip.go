package files

import (
	"archive/zip"
	"compress/flate"
	"context"
	"fmt"
	"io"
	"net/http"

	"tablee/room"
)

// maxZipFiles bounds an archive.
const maxZipFiles = 20_000

// entry is one line of an archive.
type entry struct {
	path string
	node Node
}

// gather lists what lies below a folder, each with a path that every system can write. Names that were different and
// became the same get numbers.
func (f *Files) gather(ctx context.Context, space Space, folder, prefix string, depth int, into []entry, by Actor) ([]entry, error) {
	children, err := f.cfg.Store.Children(ctx, space, folder)
	if err != nil {
		return nil, err
	}
	if children, err = by.seen(ctx, children); err != nil {
		return nil, err
	}
	taken := map[string]bool{}
	for _, n := range children {
		name, fold := freeName(func(fold string) bool { return taken[fold] }, portable(n.Name))
		taken[fold] = true
		switch {
		case len(into) >= maxZipFiles || depth >= MaxDepth:
			return nil, refuse(room.CodeTooBig, "that is too much for one archive; take a folder of it")
		case n.Folder:
			into = append(into, entry{prefix + name + "/", n})
			if into, err = f.gather(ctx, space, n.ID, prefix+name+"/", depth+1, into, by); err != nil {
				return nil, err
			}
		default:
			into = append(into, entry{prefix + name, n})
		}
	}
	return into, nil
}

// sendZip streams a folder as an archive. Nothing is compressed: most of what people keep is already, and the server may
// be small. Entries are "deflated" with stored blocks, which every program unpacks from a stream.
func (f *Files) sendZip(w http.ResponseWriter, r *http.Request, space Space, folder, name string, by Actor) {
	entries, err := f.gather(r.Context(), space, folder, "", 0, nil, by)
	if err != nil {
		f.refuse(w, r, err)
		return
	}
	h := w.Header()
	safetyHeaders(h)
	h.Set("Content-Type", "application/zip")
	h.Set("Content-Disposition", disposition("attachment", portable(name)+".zip"))
	if r.Method == http.MethodHead {
		return
	}
	f.counts.downloads.Add(1)
	out := &pacedWriter{ResponseWriter: w, f: f, r: r, control: http.NewResponseController(w)}
	if err := f.writeZip(struct{ io.Writer }{out}, entries); err != nil {
		if r.Context().Err() == nil {
			f.cfg.Log.Error("files: an archive was broken off", "error", err)
		}
		panic(http.ErrAbortHandler) // so that half an archive does not pass for a whole one
	}
}

func (f *Files) writeZip(out io.Writer, entries []entry) error {
	z := zip.NewWriter(out)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.NoCompression) })
	for _, e := range entries {
		method := zip.Deflate
		if e.node.Folder {
			method = zip.Store
		}
		line, err := z.CreateHeader(&zip.FileHeader{Name: e.path, Method: method, Modified: e.node.Modified})
		if err != nil {
			return err
		}
		if e.node.Folder {
			continue
		}
		if err := f.copyInto(line, e.node); err != nil {
			return err
		}
	}
	return z.Close()
}

func (f *Files) copyInto(w io.Writer, n Node) error {
	file, err := f.blobs.open(n.Blob)
	if err != nil {
		return fmt.Errorf("opening a content: %w", err)
	}
	defer file.Close()
	_, err = io.Copy(w, file)
	return err
}
