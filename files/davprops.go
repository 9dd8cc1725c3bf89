package files

import (
	"bytes"
	"encoding/xml"
	"net/http"
	"slices"
	"strconv"
	"time"

	"golang.org/x/net/webdav"

	"tablee/room"
)

// Properties. Those that live are put among the dead ones, which x/net/webdav asks for by name.
const (
	davSpace  = "DAV:"
	maxProps  = 100
	maxProp   = 16 << 10                // bytes
	quotaLeft = "quota-available-bytes" // RFC 4331
	quotaUsed = "quota-used-bytes"
	lockList  = "lockdiscovery"
	lockKinds = "supportedlock"
)

// DeadProps implements webdav.DeadPropsHolder.
func (o *davFile) DeadProps() (map[xml.Name]webdav.Property, error) {
	list, err := o.fs.f.cfg.Store.Props(o.ctx, o.fs.space, o.node.ID)
	if err != nil {
		return nil, o.fs.fail(err)
	}
	props := map[xml.Name]webdav.Property{}
	set := func(name xml.Name, lang string, value []byte) {
		props[name] = webdav.Property{XMLName: name, Lang: lang, InnerXML: value}
	}
	for _, p := range list {
		set(xml.Name{Space: p.Space, Local: p.Name}, p.Lang, p.Value)
	}
	if o.node.Folder {
		if o.fs.usage == nil {
			u, err := o.fs.f.cfg.Store.Usage(o.ctx, o.fs.space)
			if err != nil {
				return nil, o.fs.fail(err)
			}
			o.fs.usage = &u
		}
		used := o.fs.usage.Bytes + o.fs.usage.Reserved
		set(xml.Name{Space: davSpace, Local: quotaUsed}, "", strconv.AppendInt(nil, used, 10))
		set(xml.Name{Space: davSpace, Local: quotaLeft}, "", strconv.AppendInt(nil, max(0, o.fs.usage.quota(o.fs.f.allowance(o.fs.space))-used), 10))
	}
	set(xml.Name{Space: davSpace, Local: lockList}, "", o.fs.discovery(o.path))
	if o.fs.byName { // else x/net/webdav has its own, which would be there twice
		set(xml.Name{Space: davSpace, Local: lockKinds}, "", []byte(supportedLocks))
	}
	return props, nil
}

// Patch implements webdav.DeadPropsHolder.
func (o *davFile) Patch(patches []webdav.Proppatch) ([]webdav.Propstat, error) {
	var changes []PropChange
	var modified time.Time
	ok := webdav.Propstat{Status: http.StatusOK}
	for _, patch := range patches {
		for _, p := range patch.Props {
			shown := p.XMLName
			if o.fs.getTime && shown.Local == lastModified {
				shown.Local = getModified
			}
			ok.Props = append(ok.Props, webdav.Property{XMLName: shown})
			if p.XMLName.Space == davSpace && slices.Contains([]string{quotaLeft, quotaUsed, lockList, lockKinds}, p.XMLName.Local) {
				continue // they live, and are copied along with a COPY
			}
			at, told := parseProp(p.XMLName, p.InnerXML)
			if told && !patch.Remove {
				modified = at
			}
			if p.XMLName == (xml.Name{Space: davSpace, Local: lastModified}) {
				if !told || patch.Remove {
					return []webdav.Propstat{{Status: http.StatusConflict, Props: ok.Props}}, nil
				}
				continue // getlastmodified tells it
			}
			if len(p.InnerXML)+len(p.XMLName.Space)+len(p.XMLName.Local) > maxProp {
				return []webdav.Propstat{{Status: http.StatusInsufficientStorage, Props: ok.Props}}, nil
			}
			changes = append(changes, PropChange{Prop{p.XMLName.Space, p.XMLName.Local, p.Lang, bytes.Clone(p.InnerXML)}, patch.Remove})
		}
	}
	node := o.node.ID
	if on, err := o.fs.actor.on(o.ctx, o.node); err != nil || !on.Write {
		if err != nil {
			return nil, o.fs.fail(err)
		}
		return []webdav.Propstat{{Status: http.StatusForbidden, Props: ok.Props}}, nil
	}
	if o.writing && node == "" { // not stored yet
		return []webdav.Propstat{ok}, nil
	}
	if err := o.fs.f.cfg.Store.SetProps(o.ctx, o.fs.space, node, changes, maxProps); err != nil {
		if room.CodeOf(err) == room.CodeQuotaFull {
			ok.Status = http.StatusInsufficientStorage
			return []webdav.Propstat{ok}, nil
		}
		return nil, o.fs.fail(err)
	}
	if node != "" && !modified.IsZero() {
		if err := o.fs.f.cfg.Store.SetModified(o.ctx, o.fs.space, node, modified); err != nil {
			return nil, o.fs.fail(err)
		}
	}
	return []webdav.Propstat{ok}, nil
}
