package format

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/yuin/goldmark/ast"
)

// slugs names headings as the editor's preview does (web/app/src/pad/render.tsx): letters of every alphabet stay, so that
// [text](#été) leads to the same place in both.
type slugs map[string]bool

// Generate implements parser.IDs.
func (s slugs) Generate(value []byte, _ ast.NodeKind) []byte {
	words := strings.FieldsFunc(strings.ToLower(string(value)), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
	slug := strings.Join(words, "-")
	if slug == "" {
		slug = "heading"
	}
	id := slug
	for n := 1; s[id]; n++ {
		id = slug + "-" + strconv.Itoa(n)
	}
	s[id] = true
	return []byte(id)
}

// Put implements parser.IDs.
func (s slugs) Put(value []byte) { s[string(value)] = true }
