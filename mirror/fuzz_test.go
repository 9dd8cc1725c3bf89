package mirror

import (
	"strings"
	"testing"
)

func FuzzListing(f *testing.F) {
	f.Add([]byte(`<d:multistatus xmlns:d="DAV:"><d:response><d:href>/a/b%20c</d:href><d:propstat><d:prop><d:getetag>"1"</d:getetag>` +
		`<d:getcontentlength>3</d:getcontentlength></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response></d:multistatus>`))
	f.Add([]byte(`<multistatus xmlns="DAV:"><response><href>http://x/a/../b</href></response></multistatus>`))
	f.Add([]byte(`<html>`))
	f.Fuzz(func(t *testing.T, data []byte) {
		all, err := parseListing(data, "/a/")
		for name := range all {
			if err != nil || name == "" || strings.Contains(name, "/") {
				t.Fatalf("%q, %v", name, err)
			}
		}
	})
}

func FuzzManifest(f *testing.F) {
	f.Add([]byte("\"x\"\n{\"path\":\"a/b\",\"item\":{\"version\":\"1\",\"mark\":{\"size\":1}}}\n{\"path\":\"a/b\",\"item\":null}\n"))
	f.Add([]byte("\"x\"\n{\"path\":\"../b\",\"item\":{}}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		items, err := parseManifest(data, "x")
		for p := range items {
			if err != nil || !clean(p) {
				t.Fatalf("%q, %v", p, err)
			}
		}
	})
}
