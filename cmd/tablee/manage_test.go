package main

import (
	"archive/tar"
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tablee/store"
)

// do runs a command on a data folder, and gives what it has said.
func do(t *testing.T, data string, want int, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	w := world{out: &out, err: &errs, dir: filepath.Dir(data)}
	if got := run(context.Background(), append(args, "--data", data), w); got != want {
		t.Errorf("tablee %s: %d, not %d: %s%s", strings.Join(args, " "), got, want, &out, &errs)
	}
	return out.String() + errs.String()
}

// passwordFile is a file with a password in it.
func passwordFile(t *testing.T, password string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(path, []byte(password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func newData(t *testing.T) string {
	t.Helper()
	data := filepath.Join(t.TempDir(), "d")
	s, err := store.Open(data)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return data
}

// The commands where no server runs: they open the store themselves.
func TestManageOffline(t *testing.T) {
	data := newData(t)
	do(t, data, exitOK, "user", "add", "anne", "--role", "admin", "--password-file", passwordFile(t, "cheval agrafe pile"))
	if said := do(t, data, exitOK, "user", "add", "bob"); !strings.Contains(said, "/reset#") {
		t.Error(said)
	}
	if said := do(t, data, exitOK, "user", "list"); !strings.Contains(said, "anne") || !strings.Contains(said, "admin") || !strings.Contains(said, "member") {
		t.Error(said)
	}
	if said := do(t, data, exitFailed, "user", "remove", "anne"); !strings.Contains(said, "last admin") {
		t.Error(said)
	}
	if said := do(t, data, exitFailed, "user", "add", "eve", "--password-file", passwordFile(t, "short")); !strings.Contains(said, "10 characters") {
		t.Error(said)
	}
	if said := do(t, data, exitOK, "token", "add", "anne"); !strings.HasPrefix(said, "tablee_") {
		t.Error(said)
	}
	if said := do(t, data, exitOK, "room", "add", "Les voisins"); !strings.Contains(said, "/r/les-voisins#host=") {
		t.Error(said)
	}
	if said := do(t, data, exitOK, "room", "link", "les-voisins", "--role", "moderator"); !strings.Contains(said, "#link=") {
		t.Error(said)
	}
	if said := do(t, data, exitOK, "room", "list", "voisins"); !strings.Contains(said, "Les voisins") {
		t.Error(said)
	}
	do(t, data, exitOK, "room", "remove", "les-voisins")
	do(t, data, exitFailed, "room", "remove", "les-voisins")
}

func TestManageSaysWhatIsWrong(t *testing.T) {
	data := newData(t)
	for line, want := range map[string]string{
		"user":                       "say what to do",
		"user lst":                   `did you mean "list"`,
		"user list anne":             "it is: tablee user list",
		"user add":                   "it is: tablee user add LOGIN",
		"user list --hours 3":        "takes no --hours",
		"token add anne --days soon": "takes a number",
		"user remove nobody":         "no such account",
		"backup":                     "into which file",
	} {
		want := want
		args := strings.Fields(line)
		status := exitUsage
		if strings.HasPrefix(want, "no such") || strings.Contains(want, "number") {
			status = exitFailed
		}
		if said := do(t, data, status, args...); !strings.Contains(said, want) {
			t.Errorf("tablee %s says %q, not %q", line, said, want)
		}
	}
	none := filepath.Join(t.TempDir(), "none")
	if said := do(t, none, exitFailed, "user", "list"); !strings.Contains(said, "no data") {
		t.Error(said)
	}
	if _, err := os.Stat(none); err == nil {
		t.Error("a data folder was made")
	}
}

// A backup is restored whole, and what is no backup, or was cut off, is refused and changes nothing.
func TestBackupAndRestore(t *testing.T) {
	data := newData(t)
	do(t, data, exitOK, "room", "add", "kept")
	blob := filepath.Join(data, filesFolder, "aa", "blob")
	if err := os.MkdirAll(filepath.Dir(blob), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(blob, bytes.Repeat([]byte("x"), 100_000), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	whole := filepath.Join(dir, "whole.tar")
	do(t, data, exitOK, "backup", whole)
	fresh := filepath.Join(dir, "fresh")
	do(t, fresh, exitOK, "restore", whole)
	if said := do(t, fresh, exitOK, "room", "list"); !strings.Contains(said, "kept") {
		t.Error(said)
	}
	if got, err := os.ReadFile(filepath.Join(fresh, filesFolder, "aa", "blob")); err != nil || len(got) != 100_000 {
		t.Error(len(got), err)
	}
	if said := do(t, fresh, exitFailed, "restore", whole); !strings.Contains(said, "not empty") {
		t.Error(said)
	}
	content, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string][]byte{"cut": content[:len(content)-2000], "half": content[:len(content)/2], "empty": nil, "text": []byte("hello"),
		"escape": archive(t, "../evil"), "absolute": archive(t, "/etc/evil"), "inside": archive(t, "files/../../evil"), "stranger": archive(t, "tablee.toml")} {
		path, into := filepath.Join(dir, name+".tar"), filepath.Join(dir, name)
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		do(t, into, exitFailed, "restore", path)
		if left, err := filepath.Glob(into + "*"); err != nil || len(left) != 1 {
			t.Errorf("%s leaves %v", name, left)
		}
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(dir), "evil")); err == nil {
		t.Error("a file came out of the folder")
	}
	if left, err := filepath.Glob(filepath.Join(data, backupScratch+"*")); err != nil || len(left) != 0 {
		t.Errorf("a backup leaves %v", left)
	}
}

// archive is a backup with a strange entry before its end.
func archive(t *testing.T, name string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range []tar.Header{{Name: name, Size: 1, Mode: 0o600}, {Name: backupEnd, Mode: 0o600}} {
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if h.Size > 0 {
			if _, err := w.Write([]byte("x")); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
