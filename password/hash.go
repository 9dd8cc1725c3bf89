package password

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// What a hash costs: OWASP's second choice for argon2id, which a Raspberry Pi 2 computes in a second or so.
const (
	memoryKiB = 19 << 10
	passes    = 2
	threads   = 1
	saltBytes = 16
	hashBytes = 32
)

// Bounds of what is read out of a stored hash, so that a damaged database cannot ask for all of the memory.
const (
	mostMemoryKiB = 256 << 10
	mostPasses    = 16
	mostBytes     = 64
)

// MaxLength is the longest password that is hashed, in bytes; a longer one never matches.
const MaxLength = 1024

// Hasher computes one hash at a time. It may be used from many goroutines.
type Hasher struct {
	turn chan struct{}
	cost params
}

type params struct {
	memory, passes uint32
	threads        uint8
}

// NewHasher is a hasher of the strength that new hashes have.
func NewHasher() *Hasher {
	return &Hasher{turn: make(chan struct{}, 1), cost: params{memoryKiB, passes, threads}}
}

// NewCheapHasher is one for tests: its hashes are of the same form and take no time.
func NewCheapHasher() *Hasher {
	return &Hasher{turn: make(chan struct{}, 1), cost: params{8, 1, 1}}
}

// Hash is what is stored of a password: $argon2id$v=19$m=…,t=…,p=…$salt$hash, each time with another salt.
func (h *Hasher) Hash(password string) string {
	salt := make([]byte, saltBytes)
	rand.Read(salt) // never fails (crypto/rand)
	return h.cost.format(salt, h.compute(password, salt, h.cost, hashBytes))
}

// None stands in where there is no hash, such as for a login that nobody has: Verify takes as long as for any other, and no
// password matches. It costs nothing to make: hashing one at start would cost a small machine a second and 19 MiB.
func (h *Hasher) None() string {
	random := make([]byte, saltBytes+hashBytes)
	rand.Read(random) // never fails (crypto/rand)
	return h.cost.format(random[:saltBytes], random[saltBytes:])
}

func (p params) format(salt, sum []byte) string {
	enc := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, p.memory, p.passes, p.threads, enc(salt), enc(sum))
}

// Verify tells whether hash is of this password; false for a hash that cannot be read. It takes as long as Hash.
func (h *Hasher) Verify(password, hash string) bool {
	p, salt, want, ok := parse(hash)
	if !ok || len(password) > MaxLength {
		return false
	}
	return subtle.ConstantTimeCompare(h.compute(password, salt, p, uint32(len(want))), want) == 1
}

// Outdated says if new hashes are made with another strength than this one.
func (h *Hasher) Outdated(hash string) bool {
	p, _, _, ok := parse(hash)
	return !ok || p != h.cost
}

func (h *Hasher) compute(password string, salt []byte, p params, size uint32) []byte {
	h.turn <- struct{}{}
	defer func() { <-h.turn }()
	return argon2.IDKey([]byte(password), salt, p.passes, p.memory, p.threads, size)
}

// parse reads a stored hash.
func parse(hash string) (p params, salt, sum []byte, ok bool) {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return params{}, nil, nil, false
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.memory, &p.passes, &p.threads); err != nil {
		return params{}, nil, nil, false
	}
	var errSalt, errSum error
	salt, errSalt = base64.RawStdEncoding.DecodeString(parts[4])
	sum, errSum = base64.RawStdEncoding.DecodeString(parts[5])
	good := errSalt == nil && errSum == nil && p.memory <= mostMemoryKiB && p.passes >= 1 && p.passes <= mostPasses && p.threads >= 1 &&
		len(salt) <= mostBytes && len(sum) >= saltBytes && len(sum) <= mostBytes
	return p, salt, sum, good
}
