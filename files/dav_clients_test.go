package files_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
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

// TestRcloneBisync changes files on both sides, and has Debian's rclone make them alike: times of files are what it goes by.
func TestRcloneBisync(t *testing.T) {
	rclone, err := exec.LookPath("rclone")
	if err != nil {
		t.Skip("rclone is not installed")
	}
	h := open(t, limits())
	secret, err := exec.Command(rclone, "obscure", "app").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, vendor := range []string{"owncloud", "nextcloud"} {
		here, work := t.TempDir(), t.TempDir()
		there := ":webdav:" + vendor
		run := func(args ...string) string {
			t.Helper()
			cmd := exec.CommandContext(t.Context(), rclone, append(args, "--config", filepath.Join(work, "none"), "--cache-dir", work, "--webdav-vendor", vendor,
				"--webdav-url", h.url+"/dav/Home", "--webdav-user", "ada", "--webdav-pass", strings.TrimSpace(string(secret)))...)
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%s: rclone %v: %v\n%s", vendor, args, err, out)
			}
			return string(out)
		}
		write := func(name, content string, at time.Time) {
			t.Helper()
			path := filepath.Join(here, name)
			if err := errors.Join(os.WriteFile(path, []byte(content), 0o600), os.Chtimes(path, at, at)); err != nil {
				t.Fatal(err)
			}
		}
		old := time.Date(2020, 2, 3, 4, 5, 6, 0, time.UTC)
		for _, name := range []string{"a", "b", "c", "d"} {
			write(name, name, old)
		}
		run("mkdir", there)
		run("bisync", here, there, "--resync")
		write("a", "changed here", old.Add(time.Hour))
		if err := os.Remove(filepath.Join(here, "b")); err != nil {
			t.Fatal(err)
		}
		h.dav("PUT", "Home/"+vendor+"/c", "changed there", "X-OC-Mtime", "1600000000").status(t, 204)
		h.dav("PUT", "Home/"+vendor+"/e", "made there").status(t, 201)
		run("bisync", here, there, "--force")
		for name, want := range map[string]string{"a": "changed here", "b": "", "c": "changed there", "d": "d", "e": "made there"} {
			got, err := os.ReadFile(filepath.Join(here, name))
			if string(got) != want || (err != nil) != (want == "") {
				t.Errorf("%s: %s here is %q, %v", vendor, name, got, err)
			}
			if a := h.dav("GET", "Home/"+vendor+"/"+name, ""); want != "" && a.body != want || want == "" && a.StatusCode != 404 {
				t.Errorf("%s: %s there is %d %q", vendor, name, a.StatusCode, a.body)
			}
		}
		if info, err := os.Stat(filepath.Join(here, "c")); err != nil || info.ModTime().Unix() != 1600000000 {
			t.Errorf("%s: the time of what came from there: %v, %v", vendor, info, err)
		}
		if out := run("bisync", here, there, "-v"); !strings.Contains(out, "No changes found") {
			t.Errorf("%s: a second run finds something to do: %s", vendor, out)
		}
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
