//go:build linux

package files_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestDavfs2 mounts the space as a disk by Debian's davfs2, where the machine lets us, and uses it as programs do that know
// nothing of WebDAV. It locks, which is davfs2's default. umount returns when everything has been sent.
func TestDavfs2(t *testing.T) {
	if _, err := exec.LookPath("mount.davfs"); err != nil || os.Getuid() != 0 {
		t.Skip("davfs2 is not installed, or mounting is not for us")
	}
	if f, err := os.OpenFile("/dev/fuse", os.O_RDWR, 0); err != nil {
		t.Skip("there is no FUSE here: ", err)
	} else {
		f.Close()
	}
	h := open(t, limits())
	work, disk := t.TempDir(), t.TempDir()
	conf := filepath.Join(work, "davfs2.conf")
	if err := os.WriteFile(conf, []byte("use_locks 1\ndelay_upload 0\nsecrets "+filepath.Join(work, "secrets")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(work, "secrets"), []byte(h.url+"/dav/Home/ ada app\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
		cmd.Stdin = strings.NewReader("ada\napp\n") // should the secrets not be read
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
	}
	mounted := false
	mount := func() {
		t.Helper()
		run("mount", "-t", "davfs", "-o", "conf="+conf+",uid=0,gid=0", h.url+"/dav/Home/", disk)
		mounted = true
	}
	unmount := func() {
		t.Helper()
		run("umount", disk)
		mounted = false
	}
	t.Cleanup(func() {
		if mounted {
			_ = exec.Command("umount", "-l", disk).Run()
		}
	})
	file := filepath.Join(disk, "Été", "notes.txt")
	big := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	mount()
	if err := os.Mkdir(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{file: []byte("one"), filepath.Join(disk, "big.bin"): big} {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	unmount()
	mount()
	got, err := os.ReadFile(filepath.Join(disk, "big.bin"))
	if err != nil || !bytes.Equal(got, big) {
		t.Fatalf("%d bytes, %v", len(got), err)
	}
	if err := os.WriteFile(file, []byte("two, and more"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(disk, "big.bin"), filepath.Join(disk, "Été", "moved.bin")); err != nil {
		t.Fatal(err)
	}
	unmount()
	a := h.dav("GET", "Home/%C3%89t%C3%A9/notes.txt", "").status(t, 200)
	if a.body != "two, and more" {
		t.Fatal(a.body)
	}
	if a = h.dav("GET", "Home/%C3%89t%C3%A9/moved.bin", "").status(t, 200); a.body != string(big) {
		t.Fatal("the file that was moved is not what it was")
	}
	h.dav("GET", "Home/big.bin", "").status(t, 404)
}
