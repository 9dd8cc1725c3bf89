package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// entries are the scripts and styles that index.html names; whatever they import lazily becomes a chunk of its own.
var entries = []string{"src/main.tsx", "src/styles/main.css"}

// bundle builds the front-end in app and returns its files by their path below web/dist.
//
//	esbuild → assets/main-HASH.js, assets/main-HASH.css, chunks
//	static/* → assets/NAME-HASH.EXT
//	index.html, with the names of all of them put in
//	src/embed/embed.js → embed.js, for the pages of other sites
//	src/pad/worker.ts → p/sw.js, with the list of what it keeps
func bundle(app string) (map[string][]byte, error) {
	app, err := filepath.Abs(app)
	if err != nil {
		return nil, fmt.Errorf("find the sources: %w", err)
	}
	files, names, metafile, err := compile(app)
	if err != nil {
		return nil, err
	}
	if err := addStatic(app, files, names); err != nil {
		return nil, err
	}
	page, err := os.ReadFile(filepath.Join(app, "index.html"))
	if err != nil {
		return nil, fmt.Errorf("read the page: %w", err)
	}
	filled, err := fill(string(page), names)
	if err != nil {
		return nil, err
	}
	files["index.html"] = []byte(filled)
	if err := addEmbed(app, files); err != nil {
		return nil, err
	}
	return files, addWorker(app, metafile, files, names)
}

// compile runs esbuild in memory. names maps "main.js" to "/assets/main-HASH.js"; metafile says what imports what.
func compile(app string) (files map[string][]byte, names map[string]string, metafile string, err error) {
	result := api.Build(api.BuildOptions{
		AbsWorkingDir:     app,
		EntryPoints:       entries,
		Outdir:            "out",
		EntryNames:        "assets/[name]-[hash]",
		ChunkNames:        "assets/[name]-[hash]",
		Bundle:            true,
		Splitting:         true,
		Format:            api.FormatESModule,
		Platform:          api.PlatformBrowser,
		Target:            api.ES2022,
		MinifyWhitespace:  true,
		MinifyIdentifiers: true,
		MinifySyntax:      true,
		Charset:           api.CharsetUTF8,
		LegalComments:     api.LegalCommentsNone,
		JSX:               api.JSXAutomatic,
		JSXImportSource:   "preact",
		LogLevel:          api.LogLevelSilent,
		Metafile:          true,
		Plugins:           []api.Plugin{lazyStyles()},
	})
	if len(result.Errors) > 0 {
		text := api.FormatMessages(result.Errors, api.FormatMessagesOptions{Kind: api.ErrorMessage})
		return nil, nil, "", errors.New(strings.TrimSpace(strings.Join(text, "")))
	}
	files, names = map[string][]byte{}, map[string]string{}
	for _, out := range result.OutputFiles {
		rel, err := filepath.Rel(filepath.Join(app, "out"), out.Path)
		if err != nil {
			return nil, nil, "", fmt.Errorf("place an output file: %w", err)
		}
		name := filepath.ToSlash(rel)
		files[name] = out.Contents
		stem, _, _ := strings.Cut(path.Base(name), "-")
		names[stem+path.Ext(name)] = "/" + name
	}
	return files, names, result.Metafile, nil
}

// lazyStyles makes x.lazy.css a text that its chunk adopts: a style sheet of its own would need a name that only
// index.html knows.
func lazyStyles() api.Plugin {
	return api.Plugin{Name: "lazy-styles", Setup: func(b api.PluginBuild) {
		b.OnLoad(api.OnLoadOptions{Filter: `\.lazy\.css$`}, func(args api.OnLoadArgs) (api.OnLoadResult, error) {
			text, err := os.ReadFile(args.Path)
			if err != nil {
				return api.OnLoadResult{}, err
			}
			small := api.Transform(string(text), api.TransformOptions{Loader: api.LoaderCSS, MinifyWhitespace: true, MinifySyntax: true,
				Target: api.ES2022, Charset: api.CharsetUTF8})
			if len(small.Errors) > 0 {
				return api.OnLoadResult{Errors: small.Errors}, nil
			}
			contents := string(small.Code)
			return api.OnLoadResult{Contents: &contents, Loader: api.LoaderText}, nil
		})
	}}
}

// addEmbed adds the script for other sites as it is written, but smaller: a classic script that imports nothing.
func addEmbed(app string, files map[string][]byte) error {
	text, err := os.ReadFile(filepath.Join(app, "src", "embed", "embed.js"))
	if err != nil {
		return fmt.Errorf("read the script for other sites: %w", err)
	}
	small := api.Transform(string(text), api.TransformOptions{Loader: api.LoaderJS, MinifyWhitespace: true, MinifyIdentifiers: true, MinifySyntax: true,
		Target: api.ES2022, Charset: api.CharsetUTF8})
	if len(small.Errors) > 0 {
		return fmt.Errorf("make the script for other sites smaller: %s", small.Errors[0].Text)
	}
	files["embed.js"] = small.Code
	return nil
}

// addStatic adds the files of app/static under names that carry their hash, so that browsers may keep them for ever.
// A file may name an earlier one (in alphabetical order) as {{name}}.
func addStatic(app string, files map[string][]byte, names map[string]string) error {
	dir := filepath.Join(app, "static")
	list, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("list static files: %w", err)
	}
	for _, entry := range list {
		content, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			return fmt.Errorf("read a static file: %w", err)
		}
		ext := path.Ext(entry.Name())
		if compressible[ext] {
			filled, err := fill(string(content), names)
			if err != nil {
				return err
			}
			content = []byte(filled)
		}
		sum := sha256.Sum256(content)
		name := "assets/" + strings.TrimSuffix(entry.Name(), ext) + "-" + strings.ToUpper(hex.EncodeToString(sum[:4])) + ext
		files[name] = content
		names[entry.Name()] = "/" + name
	}
	return nil
}

// fill puts the addresses of built files into {{name}} marks; a mark without a file is an error.
func fill(text string, names map[string]string) (string, error) {
	for name, url := range names {
		text = strings.ReplaceAll(text, "{{"+name+"}}", url)
	}
	if _, rest, found := strings.Cut(text, "{{"); found {
		mark, _, _ := strings.Cut(rest, "}}")
		return "", fmt.Errorf("nothing was built under the name %q", mark)
	}
	return text, nil
}
