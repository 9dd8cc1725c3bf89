package format

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"strconv"
)

func itoa(n int) string { return strconv.Itoa(n) }

// part is one file of a zip.
type part struct{ name, content string }

// pack makes a zip. The first part is stored as it is: OpenDocument wants to be known by it (ODF 1.3 part 2, section 3.3).
func pack(parts []part) ([]byte, error) {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for i, p := range parts {
		method := zip.Deflate
		if i == 0 {
			method = zip.Store
		}
		w, err := z.CreateHeader(&zip.FileHeader{Name: p.name, Method: method})
		if err != nil {
			return nil, err
		}
		if _, err := w.Write([]byte(p.content)); err != nil {
			return nil, err
		}
	}
	err := z.Close()
	return out.Bytes(), err
}

// escaped is text inside XML, without what XML cannot hold.
func escaped(s string) string {
	var b bytes.Buffer
	if err := xml.EscapeText(&b, []byte(s)); err != nil {
		return ""
	}
	return b.String()
}
