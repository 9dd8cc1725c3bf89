package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"sort"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

const (
	workerSource = "src/pad/worker.ts"
	workerName   = "p/sw.js" // its folder is the scope: the pads' pages
)

// lazyKept are the chunks, by their sources, that a pad's page loads when it is opened.
var lazyKept = []string{"src/pad/index.ts", "src/board/index.tsx"}

var asset = regexp.MustCompile(`/(assets/[^"]+)`)

// chunks is what of esbuild's metafile is of interest.
type chunks struct {
	Outputs map[string]struct {
		EntryPoint string
		Imports    []struct{ Path, Kind string }
	}
}

// shell lists the files without which no pad's page opens: what index.html names, the lazy chunks, and whatever these
// import statically. Sorted, as paths of URLs.
func shell(index, metafile string) ([]string, error) {
	var built chunks
	if err := json.Unmarshal([]byte(metafile), &built); err != nil {
		return nil, fmt.Errorf("read esbuild's metafile: %w", err)
	}
	known := map[string]bool{}
	var queue []string
	for _, m := range asset.FindAllStringSubmatch(index, -1) {
		queue = append(queue, m[1])
	}
	for _, source := range lazyKept {
		found := false
		for out, o := range built.Outputs {
			if o.EntryPoint == source {
				queue, found = append(queue, strings.TrimPrefix(out, "out/")), true
			}
		}
		if !found {
			return nil, fmt.Errorf("no chunk was made of %s, which a pad's page needs", source)
		}
	}
	for len(queue) > 0 {
		name := queue[0]
		queue = queue[1:]
		if known["/"+name] {
			continue
		}
		known["/"+name] = true
		for _, i := range built.Outputs["out/"+name].Imports {
			if i.Kind == "import-statement" {
				queue = append(queue, strings.TrimPrefix(i.Path, "out/"))
			}
		}
	}
	files := make([]string, 0, len(known))
	for name := range known {
		files = append(files, name)
	}
	sort.Strings(files)
	return files, nil
}

// addWorker builds the pads' service worker with the list of this build's files, under a name that is another for each.
func addWorker(app, metafile string, files map[string][]byte, names map[string]string) error {
	list, err := shell(string(files["index.html"]), metafile)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(append(files["index.html"], strings.Join(list, "\n")...))
	define, err := json.Marshal(map[string]any{"name": "tablee-pads-" + hex.EncodeToString(sum[:6]), "main": names["main.js"], "files": list})
	if err != nil {
		return fmt.Errorf("write the worker's list: %w", err)
	}
	result := api.Build(api.BuildOptions{
		AbsWorkingDir: app, EntryPoints: []string{workerSource}, Bundle: true, Format: api.FormatIIFE, Platform: api.PlatformBrowser,
		Target: api.ES2022, Charset: api.CharsetUTF8, LogLevel: api.LogLevelSilent, Define: map[string]string{"SHELL": string(define)},
		MinifyWhitespace: true, MinifyIdentifiers: true, MinifySyntax: true, LegalComments: api.LegalCommentsNone,
	})
	if len(result.Errors) > 0 {
		return errors.New(strings.TrimSpace(strings.Join(api.FormatMessages(result.Errors, api.FormatMessagesOptions{Kind: api.ErrorMessage}), "")))
	}
	files[workerName] = result.OutputFiles[0].Contents
	return nil
}
