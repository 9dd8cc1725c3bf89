package files_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// TestLastByteGoesToOne has eight uploads begin at once where one byte is left, in each kind of space that has a quota of its own.
func TestLastByteGoesToOne(t *testing.T) {
	for _, c := range []struct{ space, base, as string }{
		{"user/id-ada", "/api/v1/files/user/id-ada", "ada"},
		{"team/choir", "/api/v1/files/team/choir", "ada"},
		{"room/salon", base, "Ada"},
	} {
		t.Run(c.space, func(t *testing.T) {
			h := open(t, limits())
			quota := int64(10)
			if err := h.store.SetFileQuota(t.Context(), c.space, &quota); err != nil {
				t.Fatal(err)
			}
			h.ask(c.as, "POST", c.base+"/upload?name=nine", strings.NewReader("123456789")).want(t, 201, "")
			var won, lost atomic.Int64
			var all sync.WaitGroup
			for range 8 {
				all.Go(func() {
					a := h.ask(c.as, "POST", c.base+"/tus", nil, "Upload-Length", "1", "Upload-Metadata", meta("last", "clash", "rename"))
					switch {
					case a.StatusCode == 201:
						won.Add(1)
					case a.StatusCode == 413 && a.code() == "quota_full":
						lost.Add(1)
					}
				})
			}
			all.Wait()
			if won.Load() != 1 || lost.Load() != 7 {
				t.Errorf("%d won, %d lost", won.Load(), lost.Load())
			}
			// The other way about: of those whose length is not known, bytes count as they come.
			quota = 1 << 20
			if err := h.store.SetFileQuota(t.Context(), c.space, &quota); err != nil {
				t.Fatal(err)
			}
			up := h.ask(c.as, "POST", c.base+"/tus", nil, "Upload-Defer-Length", "1", "Upload-Metadata", meta("deferred")).want(t, 201, "").Header.Get("Location")
			if a := h.patch(c.as, up, 0, strings.Repeat("x", 2<<20)); a.StatusCode != 413 {
				t.Errorf("more than the quota: %d %s", a.StatusCode, a.body)
			}
			if l := h.list(c.as, c.base); l.Usage.Quota != quota || l.Usage.Used > quota {
				t.Errorf("%+v", l.Usage)
			}
		})
	}
}
