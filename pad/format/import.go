package format

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"strings"
	"unicode/utf8"
)

// Errors.
var (
	ErrKind = errors.New("a file of this kind cannot be imported; md, txt, html, docx, odt and etherpad can")
	ErrFile = errors.New("the file is damaged, or not what its name says")
)

// Import turns a file into markdown; the end of its name says what it is. It fails with ErrKind or ErrFile.
func Import(name string, data []byte) (md string, err error) {
	switch strings.ToLower(path.Ext(name)) {
	case ".md", ".markdown", ".txt":
		md = string(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))
	case ".html", ".htm":
		md, err = fromHTML(data)
	case ".docx":
		md, err = fromDocx(data)
	case ".odt":
		md, err = fromOdt(data)
	case ".etherpad":
		md, err = fromEtherpad(data)
	default:
		return "", ErrKind
	}
	if err == nil && !utf8.ValidString(md) {
		err = fmt.Errorf("%w: its text is not UTF-8", ErrFile)
	}
	return strings.ReplaceAll(md, "\r\n", "\n"), err
}
