package format

import (
	"encoding/xml"
	"path"
	"strconv"
	"strings"
)

// docxStyle is what counts of a style of paragraphs or characters.
type docxStyle struct {
	level                      int // of a heading, 0 for none
	quote, code, skip          bool
	bold, italic, strike, mono bool
	number                     string // numId of a list
	depth                      int    // level in it
	base                       string
}

// docxList is one list: which one it goes on (Word counts on from list to list), and by level what it is.
type docxList struct {
	abstract string
	levels   listLevels
}

// listLevels are the levels of a list: whether it is numbered, whether it is a list at all, and from where it counts.
type listLevels [maxLists]struct {
	ordered, none bool
	start         int
	anew          bool // it counts from there whatever came before
}

// docxParts is what other parts say of a WordprocessingML document (ECMA-376 part 1, section 17).
type docxParts struct {
	styles map[string]docxStyle
	lists  map[string]docxList // by numId
	links  map[string]string   // by relationship
}

func value(t xml.StartElement) string { return attribute(t, "val") }

// on reads a property that may be switched off (section 17.17.4).
func on(t xml.StartElement) bool {
	switch value(t) {
	case "0", "false", "off", "none":
		return false
	}
	return true
}

// number reads a small number, 0 for none.
func number(s string) int {
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil || n < 0 || n > 1_000_000 {
		return 0
	}
	return n
}

func readDocxParts(c *container) (p docxParts, err error) {
	p = docxParts{styles: map[string]docxStyle{}, lists: map[string]docxList{}, links: map[string]string{}}
	for _, part := range []struct {
		name string
		take func(xml.Token)
	}{{"word/styles.xml", p.takeStyle()}, {"word/numbering.xml", p.takeList()}, {"word/_rels/document.xml.rels", p.takeLink}} {
		if c.has(part.name) {
			if err := c.read(part.name, part.take); err != nil {
				return p, err
			}
		}
	}
	for id := range p.styles {
		p.inherit(id)
	}
	return p, nil
}

// inherit gives a style what it is based on.
func (p docxParts) inherit(id string) {
	const longest = 10 // chain of styles
	s := p.styles[id]
	base := s.base
	for range longest {
		b, ok := p.styles[base]
		if !ok {
			break
		}
		if s.level == 0 {
			s.level = b.level
		}
		if s.number == "" {
			s.number, s.depth = b.number, b.depth
		}
		s.quote, s.code, s.mono = s.quote || b.quote, s.code || b.code, s.mono || b.mono
		base = b.base
	}
	p.styles[id] = s
}

func (p docxParts) takeStyle() func(xml.Token) {
	id := ""
	var s docxStyle
	return func(token xml.Token) {
		switch t := token.(type) {
		case xml.StartElement:
			if t.Name.Local == "style" {
				id, s = attribute(t, "styleId"), docxStyle{}
				return
			}
			s.property(t)
		case xml.EndElement:
			if t.Name.Local == "style" && len(p.styles) < maxStyles {
				p.styles[id] = s
			}
		}
	}
}

// property notes one element of a style.
func (s *docxStyle) property(t xml.StartElement) {
	switch t.Name.Local {
	case "name":
		name := strings.ToLower(value(t))
		if level, ok := strings.CutPrefix(name, "heading "); ok {
			s.level = number(level)
		}
		if name == "title" {
			s.level = 1
		}
		s.quote = strings.Contains(name, "quot")
		s.code = strings.Contains(name, "preformatted") || strings.Contains(name, "code") || strings.Contains(name, "source text") || strings.Contains(name, "verbatim")
		s.skip = strings.HasPrefix(name, "toc ") || strings.HasPrefix(name, "contents ")
	case "basedOn":
		s.base = value(t)
	case "outlineLvl":
		if level := number(value(t)); s.level == 0 && level < 6 {
			s.level = level + 1
		}
	case "numId":
		s.number = value(t)
	case "ilvl":
		s.depth = number(value(t))
	case "b":
		s.bold = on(t)
	case "i":
		s.italic = on(t)
	case "strike":
		s.strike = on(t)
	case "rFonts":
		s.mono = isMono(attribute(t, "ascii"))
	}
}

// isMono tells whether all letters of a font have one width, by its name.
func isMono(font string) bool {
	font = strings.ToLower(font)
	for _, word := range []string{"mono", "courier", "consolas", "menlo", "monaco", "lucida console", "source code"} {
		if strings.Contains(font, word) && !strings.Contains(font, "monotype") {
			return true
		}
	}
	return false
}

func (p docxParts) takeList() func(xml.Token) {
	abstract := map[string]docxList{}
	var list docxList
	id, level, num := "", 0, ""
	return func(token xml.Token) {
		switch t := token.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "abstractNum":
				id, list = attribute(t, "abstractNumId"), docxList{}
			case "num":
				num, list = attribute(t, "numId"), docxList{}
			case "abstractNumId":
				list = abstract[value(t)]
				list.abstract = value(t)
			case "lvl", "lvlOverride":
				level = min(number(attribute(t, "ilvl")), maxLists-1)
			case "start", "startOverride":
				list.levels[level].start, list.levels[level].anew = number(value(t)), t.Name.Local == "startOverride"
			case "numFmt":
				list.levels[level].ordered, list.levels[level].none = value(t) != "bullet", value(t) == "none"
			}
		case xml.EndElement:
			switch {
			case t.Name.Local == "abstractNum" && len(abstract) < maxStyles:
				abstract[id] = list
			case t.Name.Local == "num" && len(p.lists) < maxStyles:
				p.lists[num] = list
			}
		}
	}
}

// takeLink notes where a relationship leads (ECMA-376 part 2, section 9.3).
func (p docxParts) takeLink(token xml.Token) {
	t, ok := token.(xml.StartElement)
	if ok && t.Name.Local == "Relationship" && path.Base(attribute(t, "Type")) == "hyperlink" && len(p.links) < maxStyles {
		p.links[attribute(t, "Id")] = attribute(t, "Target")
	}
}
