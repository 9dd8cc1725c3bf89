package format

import (
	"reflect"
	"strings"
	"testing"
)

// What a person writes is left alone.
func TestTameLeavesAlone(t *testing.T) {
	for _, md := range []string{
		all, sample, strings.Repeat("- [a](b)\n", 300), strings.Repeat("1. [a](b)\n", 300), "| a | b |\n|---|---|\n" + strings.Repeat("| [a](b) | [c](d) |\n", 300),
		"```\n" + strings.Repeat("[", 1000) + "\n" + strings.Repeat(">", 1000) + "\n```\n", "> ~~~\n> " + strings.Repeat("[", 1000) + "\n> ~~~\n", strings.Repeat("-", 100) + "\n",
	} {
		if got := tame(md); got != md {
			t.Errorf("%.100q becomes %.200q", md, got)
		}
	}
}

// Texts of which goldmark makes too much: each takes minutes or gigabytes without tame. They are shown, with all they say.
func TestHostileMarkdown(t *testing.T) {
	const k = 4000
	for name, md := range map[string]string{
		"quotes": strings.Repeat(">", k) + "end", "lists": strings.Repeat("- ", k) + "end", "rule": strings.Repeat("- ", k) + "\nend", "links": strings.Repeat("[a](", k) + "end",
		"destinations": strings.Repeat("[a](<", k) + "end", "titles": strings.Repeat(`[a](b "x)[c](d 'y)`, k) + "end", "no table": "a\n|-|\n" + strings.Repeat("|[a](\n", k) + "\nend",
		"wide table": strings.Repeat("|", k) + "\n" + strings.Repeat("-|", k) + "\n" + strings.Repeat("|\n", k) + "\nend",
		"long table": strings.Repeat("|a", maxColumns) + "\n" + strings.Repeat("|-", maxColumns) + "\n" + strings.Repeat("|\n", maxCells/maxColumns+k) + "\nend",
		"emphasis":   strings.Repeat("a**b", k) + strings.Repeat("_c", k) + "end", "images": strings.Repeat("![", k) + "end", "tags": strings.Repeat("<a ", k) + "end",
	} {
		blocks := Blocks(md)
		if !strings.Contains(strings.Join(words(blocks), " "), "end") {
			t.Errorf("%s: the end is not shown", name)
		}
		cells := 0
		for _, b := range blocks {
			for _, row := range b.Rows {
				cells += len(row)
			}
		}
		if cells > maxCells+maxColumns {
			t.Errorf("%s: %d cells", name, cells)
		}
		if body, _ := HTML(md, none); !strings.Contains(body, "end") {
			t.Errorf("%s: the page does not show the end", name)
		}
	}
}

// FuzzBlocks: no markdown makes the readers panic, and what is written anew has the same words.
func FuzzBlocks(f *testing.F) {
	for _, seed := range []string{all, sample, "<div>\na\n\n<!-- b -->\n", "a\n===\n\n    code\n", "- a\n\n  b\n\n  > c\n", "> - a\n>\n>   ```\n>   x\n>   ```\n", "[a]: b\n\n[a] ![c](d)\n", "a  \nb<br>c\n", "&amp; \\& &#35;\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, md string) {
		md = strings.ToValidUTF8(md, "")
		HTML(md, none)
		Text(md)
		blocks := Blocks(md)
		if anew := Blocks(Markdown(blocks)); !reflect.DeepEqual(words(anew), words(blocks)) {
			t.Fatalf("%q is written as %q\n%q is not\n%q", md, Markdown(blocks), words(anew), words(blocks))
		}
	})
}
