package files

import (
	"bytes"
	"encoding/xml"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// When a file was changed, as its sender tells: the header X-OC-Mtime of a PUT (ownCloud's and Nextcloud's clients, rclone),
// and the properties getlastmodified, lastmodified (rclone) and Win32LastModifiedTime (Windows). RFC 4918, section 15.7,
// would have it protected, but clients that synchronise cannot do without.

// Names of times.
const (
	mtimeHeader  = "X-OC-Mtime"
	lastModified = "lastmodified" // rclone's, in DAV:, in seconds since 1970
	getModified  = "getlastmodified"
	windowsSpace = "urn:schemas-microsoft-com:"
	windowsTime  = "Win32LastModifiedTime"
)

// parseSeconds reads a time in seconds since 1970, with or without a fraction; a time that no calendar has is none.
func parseSeconds(text string) (time.Time, bool) {
	s, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	const last = 253402300799 // the end of the year 9999
	if err != nil || !(s > 0 && s <= last) {
		return time.Time{}, false
	}
	return time.UnixMilli(int64(s * 1000)).UTC(), true
}

// parseProp reads the time of a property that tells one.
func parseProp(name xml.Name, value []byte) (at time.Time, ok bool) {
	switch name {
	case xml.Name{Space: davSpace, Local: lastModified}:
		return parseSeconds(string(value))
	case xml.Name{Space: windowsSpace, Local: windowsTime}, xml.Name{Space: davSpace, Local: getModified}:
		at, err := http.ParseTime(strings.TrimSpace(string(value)))
		return at.UTC(), err == nil && at.Unix() > 0
	}
	return time.Time{}, false
}

// settable gives getlastmodified, where a PROPPATCH sets it, the name lastmodified: x/net/webdav refuses the first before
// we are asked. asked says that it did so.
func settable(body []byte) (out []byte, asked bool) {
	d := xml.NewDecoder(bytes.NewReader(body))
	var way []xml.Name
	from, start := 0, -1
	var text []byte
	for {
		before := int(d.InputOffset())
		token, err := d.Token()
		if err != nil {
			return append(out, body[from:]...), asked
		}
		switch t := token.(type) {
		case xml.StartElement:
			way = append(way, t.Name)
			if len(way) == 4 && way[1] == (xml.Name{Space: davSpace, Local: "set"}) && t.Name == (xml.Name{Space: davSpace, Local: getModified}) {
				start, text = before, nil
			}
		case xml.CharData:
			if start >= 0 {
				text = append(text, t...)
			}
		case xml.EndElement:
			way = way[:max(0, len(way)-1)]
			if start < 0 || t.Name.Local != getModified {
				continue
			}
			if at, ok := parseProp(t.Name, text); ok {
				out = append(out, body[from:start]...)
				out = append(out, `<lastmodified xmlns="DAV:">`+strconv.FormatInt(at.Unix(), 10)+`</lastmodified>`...)
				from, asked = int(d.InputOffset()), true
			}
			start = -1
		}
	}
}
