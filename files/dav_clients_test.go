package files_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestRclone syncs a tree there, changes it, checks it, and syncs it back, with Debian's rclone where it is installed.
func TestRclone(t *testing.T) {
	rclone, err := exec.LookPath("rclone")
	if err != nil {
		t.Skip("rclone is not installed")
	}
	h := open(t, limits())
	here, back := t.TempDir(), t.TempDir()
	write := func(name, content string) {
		t.Helper()
		path := filepath.Join(here, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run := func(args ...string) string {
		t.Helper()
		secret, err := exec.Command(rclone, "obscure", "app").Output()
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), rclone, append(args, "--config", filepath.Join(t.TempDir(), "none"), "--retries", "1",
			"--webdav-url", h.url+"/dav/Home", "--webdav-user", "ada", "--webdav-pass", strings.TrimSpace(string(secret)))...)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("rclone %v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	write("notes.txt", "one")
	write("Été/photo 1 (copie).bin", strings.Repeat("x", 1<<20))
	write("a/b/c/d.txt", "deep")
	run("sync", here, ":webdav:tree", "--create-empty-src-dirs")
	run("check", here, ":webdav:tree", "--download")
	write("notes.txt", "another one")
	if err := os.RemoveAll(filepath.Join(here, "a")); err != nil {
		t.Fatal(err)
	}
	run("sync", here, ":webdav:tree")
	run("check", here, ":webdav:tree", "--download")
	run("moveto", ":webdav:tree/notes.txt", ":webdav:tree/Été/renamed.txt")
	run("sync", ":webdav:tree", back)
	got, err := os.ReadFile(filepath.Join(back, "Été", "renamed.txt"))
	if err != nil || string(got) != "another one" {
		t.Fatalf("%q, %v", got, err)
	}
	if out := run("about", ":webdav:"); !strings.Contains(out, "Used") {
		t.Errorf("the quota does not show: %s", out)
	}
}

// TestCadaver walks about as a person at a terminal does.
func TestCadaver(t *testing.T) {
	cadaver, err := exec.LookPath("cadaver")
	if err != nil {
		t.Skip("cadaver is not installed")
	}
	h := open(t, limits())
	home := t.TempDir()
	if err := os.WriteFile(filepath.Join(home, ".netrc"), []byte("machine 127.0.0.1 login ada password app\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, "letter.txt"), []byte("Dear all"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), cadaver, h.url+"/dav/Home/")
	cmd.Dir, cmd.Env = home, append(os.Environ(), "HOME="+home)
	cmd.Stdin = strings.NewReader("mkcol box\ncd box\nput letter.txt\ncopy letter.txt second.txt\nmove second.txt third.txt\nlock third.txt\nunlock third.txt\n" +
		"propset letter.txt colour red\npropget letter.txt colour\nget third.txt got.txt\ndelete letter.txt\nls\nquit\n")
	out, err := cmd.CombinedOutput()
	if err != nil || bytes.Contains(out, []byte("failed")) || !bytes.Contains(out, []byte("Value of colour is: red")) {
		t.Errorf("%v\n%s", err, out)
	}
	got, err := os.ReadFile(filepath.Join(home, "got.txt"))
	if err != nil || string(got) != "Dear all" {
		t.Errorf("%q, %v\n%s", got, err, out)
	}
}
