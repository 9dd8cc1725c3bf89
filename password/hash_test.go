package password

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"

	"golang.org/x/crypto/argon2"
)

func TestHashAndVerify(t *testing.T) {
	h := NewHasher()
	hash := h.Hash("mot de passe")
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") || strings.Contains(hash, "mot") {
		t.Fatal(hash)
	}
	if !h.Verify("mot de passe", hash) || h.Verify("mot de passe ", hash) || h.Verify("", hash) {
		t.Error("Verify")
	}
	if h.Hash("mot de passe") == hash {
		t.Error("twice the same salt")
	}
	if !NewCheapHasher().Verify("mot de passe", hash) || !h.Verify("x", NewCheapHasher().Hash("x")) {
		t.Error("a hash is good whatever it cost")
	}
}

// A hash that another implementation made: the reference command line, `echo -n password | argon2 somesalt -id -t 2 -k 65536 -p 1`.
func TestForeignHash(t *testing.T) {
	sum, err := hex.DecodeString("09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7")
	if err != nil {
		t.Fatal(err)
	}
	enc := base64.RawStdEncoding.EncodeToString
	hash := "$argon2id$v=19$m=65536,t=2,p=1$" + enc([]byte("somesalt")) + "$" + enc(sum)
	if !NewHasher().Verify("password", hash) {
		t.Error("the reference's hash is not taken")
	}
	if argon2.Version != 19 {
		t.Error("the version is another")
	}
}

func TestDamagedHashes(t *testing.T) {
	h := NewCheapHasher()
	good := h.Hash("x")
	for _, bad := range []string{
		"", "$", "x", strings.Replace(good, "argon2id", "argon2i", 1), strings.Replace(good, "v=19", "v=16", 1),
		strings.Replace(good, "m=8", "m=4294967295", 1), strings.Replace(good, "t=1", "t=0", 1), strings.Replace(good, "t=1", "t=99", 1),
		strings.Replace(good, "p=1", "p=0", 1), good + "$", good[:len(good)-30], good[:len(good)-1] + "!", good + strings.Repeat("A", 100),
	} {
		if h.Verify("x", bad) {
			t.Errorf("%q is taken", bad)
		}
	}
	long := strings.Repeat("x", MaxLength+1)
	if h.Verify(long, h.Hash(long)) {
		t.Error("a password without end is taken")
	}
}

func FuzzVerify(f *testing.F) {
	h := NewCheapHasher()
	f.Add(h.Hash("x"))
	f.Add("$argon2id$v=19$m=8,t=1,p=1$$")
	f.Fuzz(func(t *testing.T, hash string) {
		if p, _, _, ok := parse(hash); ok && (p.memory > mostMemoryKiB || p.passes > mostPasses) {
			t.Fatalf("%+v", p)
		}
	})
}

func TestNoneIsLikeAnyHash(t *testing.T) {
	h := NewHasher()
	none, other := h.None(), h.None()
	if none == other || h.Outdated(none) || h.Verify("", none) || h.Verify("nobody", none) {
		t.Errorf("%s and %s", none, other)
	}
	if n := testing.AllocsPerRun(1, func() { h.None() }); n > 50 {
		t.Errorf("%v allocations: is something hashed?", n)
	}
}
