package directtest

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/binary"
	"hash/crc32"
	"net/netip"
)

// STUN as ICE uses it (RFC 8489; RFC 8445, section 7): message types, attributes, the magic cookie.
const (
	bindingRequest = 0x0001
	bindingSuccess = 0x0101

	attrUserName     = 0x0006
	attrIntegrity    = 0x0008
	attrMapped       = 0x0020
	attrPriority     = 0x0024
	attrUseCandidate = 0x0025
	attrFingerprint  = 0x8028
	attrControlling  = 0x802a

	cookie         = 0x2112a442
	fingerprintXOR = 0x5354554e
	stunHeader     = 20
)

// begin starts a message with a transaction id of 12 bytes.
func begin(kind uint16, id []byte) []byte {
	b := binary.BigEndian.AppendUint16(nil, kind)
	b = binary.BigEndian.AppendUint16(b, 0)
	b = binary.BigEndian.AppendUint32(b, cookie)
	return append(b, id...)
}

// attribute appends one, padded to four bytes.
func attribute(b []byte, kind uint16, value []byte) []byte {
	b = binary.BigEndian.AppendUint16(b, kind)
	b = binary.BigEndian.AppendUint16(b, uint16(len(value)))
	b = append(b, value...)
	return append(b, make([]byte, (4-len(value)%4)%4)...)
}

// seal ends a message with its integrity and fingerprint, each of which counts itself in the length.
func seal(b []byte, password string) []byte {
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)-stunHeader+4+sha1.Size))
	mac := hmac.New(sha1.New, []byte(password))
	mac.Write(b)
	b = attribute(b, attrIntegrity, mac.Sum(nil))
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)-stunHeader+8))
	sum := crc32.ChecksumIEEE(b) ^ fingerprintXOR
	return attribute(b, attrFingerprint, binary.BigEndian.AppendUint32(nil, sum))
}

// mapped is the value of XOR-MAPPED-ADDRESS: an address, mixed with the cookie and the transaction id.
func mapped(a netip.AddrPort, id []byte) []byte {
	mask := append(binary.BigEndian.AppendUint32(nil, cookie), id...)
	family, ip := byte(1), a.Addr().AsSlice()
	if len(ip) == 16 {
		family = 2
	}
	v := binary.BigEndian.AppendUint16([]byte{0, family}, a.Port()^cookie>>16)
	for i := range ip {
		v = append(v, ip[i]^mask[i])
	}
	return v
}

// userName is the value of a message's USERNAME; nil when it has none.
func userName(b []byte) []byte {
	for at := stunHeader; at+4 <= len(b); {
		kind, n := binary.BigEndian.Uint16(b[at:]), int(binary.BigEndian.Uint16(b[at+2:]))
		if at += 4; at+n > len(b) {
			return nil
		}
		if kind == attrUserName {
			return bytes.Clone(b[at : at+n])
		}
		at += (n + 3) &^ 3
	}
	return nil
}
