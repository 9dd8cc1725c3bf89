package format

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
)

// Bounds of an office file, which is a zip of XML: what a few KiB unpack to, and what memory the parser takes for it, must
// not be its sender's choice.
const (
	maxUnpacked = 16 << 20 // bytes of all parts that are read
	maxDepth    = 256      // elements inside each other
	maxToken    = 1 << 20  // bytes of one tag or piece of text
	maxStyles   = 10_000   // styles, lists and links of a document that are remembered
	maxBlocks   = 50_000   // paragraphs of a document
	maxCells    = 100_000  // of all tables
	maxColumns  = 100      // of one table
	maxLists    = 9        // inside each other, as both formats have them
)

// container is the zip around an office document. All its parts share one budget.
type container struct {
	files  []*zip.File
	budget int64
}

func openContainer(data []byte) (*container, error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFile, err)
	}
	return &container{files: z.File, budget: maxUnpacked}, nil
}

// has tells whether there is a part of that name.
func (c *container) has(name string) bool { return c.find(name) != nil }

func (c *container) find(name string) *zip.File {
	for _, f := range c.files {
		if f.Name == name {
			return f
		}
	}
	return nil
}

// read gives the tokens of a part to take, which may be nil for what a document need not have.
func (c *container) read(name string, take func(xml.Token)) error {
	f := c.find(name)
	if f == nil {
		return fmt.Errorf("%w: there is no %s in it", ErrFile, name)
	}
	r, err := f.Open()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFile, err)
	}
	defer r.Close()
	limited := &io.LimitedReader{R: r, N: c.budget}
	err = tokens(limited, take)
	if limited.N <= 0 {
		return fmt.Errorf("%w: it unpacks to more than it may", ErrFile)
	}
	c.budget = limited.N
	return err
}

// errToken ends a document whose tags take too much memory.
var errToken = errors.New("a tag or text in it is too long")

// metered counts the bytes that the parser took for one token.
type metered struct {
	*bufio.Reader
	taken int
}

// ReadByte implements io.ByteReader, by which xml.Decoder reads.
func (m *metered) ReadByte() (byte, error) {
	if m.taken++; m.taken > maxToken {
		return 0, errToken
	}
	return m.Reader.ReadByte()
}

// tokens reads XML. Entities of the document's own are an error, so that none is multiplied.
func tokens(r io.Reader, take func(xml.Token)) error {
	m := &metered{Reader: bufio.NewReader(r)}
	d := xml.NewDecoder(m)
	for depth := 0; ; {
		m.taken = 0
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrFile, err)
		}
		switch token.(type) {
		case xml.StartElement:
			if depth++; depth > maxDepth {
				return fmt.Errorf("%w: its elements lie too deep in each other", ErrFile)
			}
		case xml.EndElement:
			depth--
		}
		take(token)
	}
}

// attribute is an attribute by its local name, "" for none.
func attribute(t xml.StartElement, name string) string {
	for _, a := range t.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}
