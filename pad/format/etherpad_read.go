package format

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
)

// etherpadText is a pad's text in Etherpad's own export: attribs says what attributes which letters have, in the notation of
// its changesets.
type etherpadText struct {
	Text, Attribs string
}

// etherpadPool are the attributes by number: [name, value].
type etherpadPool struct {
	NumToAttrib map[string][2]string
}

// fromEtherpad reads Etherpad's own export: an object whose key pad:NAME has the text. A text without any format stays as it
// is: those who wrote markdown there have it here.
func fromEtherpad(data []byte) (string, error) {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(data, &all); err != nil {
		return "", fmt.Errorf("%w: %w", ErrFile, err)
	}
	var names []string
	for key := range all {
		if strings.HasPrefix(key, "pad:") && strings.Count(key, ":") == 1 { // revisions, chat and authors have keys of their own
			names = append(names, key)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		var pad struct {
			Atext *etherpadText
			Pool  etherpadPool
		}
		if err := json.Unmarshal(all[name], &pad); err == nil && pad.Atext != nil {
			blocks, plain, err := etherpadBlocks(*pad.Atext, pad.Pool)
			if err != nil || !plain {
				return Markdown(blocks), err
			}
			return pad.Atext.Text, nil
		}
	}
	return "", fmt.Errorf("%w: there is no pad in it", ErrFile)
}

// etherpadBlocks makes a paragraph of each line. plain tells that none of it has any format.
func etherpadBlocks(text etherpadText, pool etherpadPool) (blocks []Block, plain bool, err error) {
	r := etherpadReader{units: utf16.Encode([]rune(text.Text)), pool: pool, plain: true}
	ops := text.Attribs
	for ops != "" {
		if ops, err = r.op(ops); err != nil {
			return nil, false, err
		}
	}
	r.take(len(r.units), nil)
	r.endLine()
	return r.out, r.plain, nil
}

type etherpadReader struct {
	units []uint16 // that are left
	pool  etherpadPool
	out   []Block
	line  Block
	count [maxLists]int
	plain bool
	blank bool // an empty line came before
}

// op reads one operation: *a*b|l+n gives the next n units, which hold l line ends, the attributes a and b; numbers have
// base 36.
func (r *etherpadReader) op(ops string) (rest string, err error) {
	var attributes [][2]string
	for {
		kind := ops[0]
		digits := len(ops[1:]) - len(strings.TrimLeft(ops[1:], "0123456789abcdefghijklmnopqrstuvwxyz"))
		const base, bits = 36, 31
		n, err := strconv.ParseInt(ops[1:1+digits], base, bits)
		if err != nil || !strings.ContainsRune("*|+", rune(kind)) {
			return "", fmt.Errorf("%w: its attributes cannot be read", ErrFile)
		}
		ops = ops[1+digits:]
		switch kind {
		case '*':
			if a, ok := r.pool.NumToAttrib[strconv.FormatInt(n, 10)]; ok {
				attributes = append(attributes, a)
			}
		case '+':
			r.take(int(n), attributes)
			return ops, nil
		}
		if ops == "" {
			return "", fmt.Errorf("%w: its attributes end too early", ErrFile)
		}
	}
}

// take takes n units of the text.
func (r *etherpadReader) take(n int, attributes [][2]string) {
	n = min(n, len(r.units))
	piece := string(utf16.Decode(r.units[:n]))
	r.units = r.units[n:]
	style, marker := Run{}, false
	for _, a := range attributes {
		switch a[0] {
		case "bold":
			style.Bold = a[1] != ""
		case "italic":
			style.Italic = a[1] != ""
		case "strikethrough":
			style.Strike = a[1] != ""
		case "url", "link":
			style.Link = linkOf(a[1])
		case "lmkr":
			marker = true
		case "list", "heading", "start":
			r.lineIs(a[0], a[1])
		}
	}
	if style != (Run{}) {
		r.plain = false
	}
	if marker { // the * that stands for the attributes of a line
		piece = strings.TrimPrefix(piece, "*")
	}
	for i, part := range strings.Split(piece, "\n") {
		if i > 0 {
			r.endLine()
		}
		if part != "" {
			style.Text = part
			r.line.Runs = append(r.line.Runs, style)
		}
	}
}

// lineIs notes an attribute of the line: a list as bullet2 or number1, a heading as h1.
func (r *etherpadReader) lineIs(name, value string) {
	kind := strings.TrimRight(value, "0123456789")
	level := min(max(number(value[len(kind):]), 1), maxLists)
	switch {
	case name == "heading" && kind == "h":
		r.line.Kind, r.line.Level = KindHeading, min(level, 6)
	case name == "heading" && kind == "code":
		r.line.Kind = KindCode
	case name == "list" && kind == "indent":
		r.line.Quote = level
	case name == "list" && (kind == "bullet" || kind == "number"):
		r.line.Depth, r.line.Item, r.line.Ordered = level, true, kind == "number"
	default:
		return
	}
	r.plain = false
}

// endLine makes a block of the line. Lines that follow each other without an empty one are one paragraph.
func (r *etherpadReader) endLine() {
	b := r.line
	r.line = Block{}
	if b.Item {
		for deeper := b.Depth; deeper < maxLists; deeper++ {
			r.count[deeper] = 0
		}
		r.count[b.Depth-1]++
		b.Number = r.count[b.Depth-1]
	} else if len(b.Runs) > 0 {
		r.count = [maxLists]int{}
	}
	n := len(r.out) - 1
	switch {
	case len(b.Runs) == 0 && !b.Item:
		r.blank = true
		return
	case n >= 0 && !r.blank && !b.Item && b.Kind != KindHeading && r.out[n].Kind == b.Kind && r.out[n].Quote == b.Quote && r.out[n].Depth == 0:
		r.out[n].Runs = append(append(r.out[n].Runs, Run{Text: "\n"}), b.Runs...)
	default:
		r.out = append(r.out, b)
	}
	r.blank = false
}
