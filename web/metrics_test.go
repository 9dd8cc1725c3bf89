package web

import (
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// scrape asks for /metrics as somebody on this machine, unless change makes the request another's.
func (g *rig) scrape(change func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, "http://localhost:8080/metrics", nil)
	r.RemoteAddr = "127.0.0.1:40000"
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	g.ServeHTTP(w, r)
	return w
}

func withMetrics(t *testing.T) *rig {
	g := newRig(t)
	g.cfg.Metrics = func(m *Metrics) {
		m.Counter("tablee_test_total", "A counter.", 1234567890)
		m.Gauge("tablee_test", "A gauge.", 0.5)
		Counters(m, "tablee_test_labelled_total", "By code.", "code", map[string]int64{"b": 2, "a": 1})
	}
	return g
}

func TestMetricsAreForThisMachineOnly(t *testing.T) {
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	cases := map[string]struct {
		change func(*http.Request)
		status int
	}{
		"IPv4":                {nil, 200},
		"IPv6":                {func(r *http.Request) { r.RemoteAddr = "[::1]:9"; r.Host = "[::1]:8080" }, 200},
		"IPv4 in IPv6":        {func(r *http.Request) { r.RemoteAddr = "[::ffff:127.0.0.1]:9" }, 200},
		"127.1.2.3":           {func(r *http.Request) { r.Host = "127.1.2.3" }, 200},
		"a name without port": {func(r *http.Request) { r.Host = "LocalHost" }, 200},
		"HEAD":                {func(r *http.Request) { r.Method = http.MethodHead }, 200},

		"another machine":          {func(r *http.Request) { r.RemoteAddr = "192.0.2.7:9" }, 404},
		"the same network":         {func(r *http.Request) { r.RemoteAddr = "10.0.0.1:9" }, 404},
		"a connection in memory":   {func(r *http.Request) { r.RemoteAddr = "pipe" }, 404},
		"X-Forwarded-For":          {header("X-Forwarded-For", "127.0.0.1"), 404},
		"X-Forwarded-Host":         {header("X-Forwarded-Host", "localhost"), 404},
		"an empty X-Forwarded-For": {header("x-forwarded-for", ""), 404},
		"Forwarded":                {header("Forwarded", "for=127.0.0.1"), 404},
		"Via":                      {header("Via", "1.1 proxy"), 404},
		"X-Real-IP":                {header("X-Real-IP", "127.0.0.1"), 404},
		"another name":             {func(r *http.Request) { r.Host = "meet.example" }, 404},
		"a name like localhost":    {func(r *http.Request) { r.Host = "localhost.example:80" }, 404},
		"a port that is none":      {func(r *http.Request) { r.Host = "localhost:80@meet.example" }, 404},
		"no name":                  {func(r *http.Request) { r.Host = "" }, 404},
		"POST":                     {func(r *http.Request) { r.Method = http.MethodPost }, 405},
	}
	for name, c := range cases {
		g := withMetrics(t)
		w := g.scrape(c.change)
		if w.Code != c.status {
			t.Errorf("%s gives %d, not %d", name, w.Code, c.status)
		}
		if told := strings.Contains(w.Body.String(), "go_goroutines"); told != (c.status == 200) {
			t.Errorf("%s: figures told is %v", name, told)
		}
	}
}

// TestMetricsHideLikeNothing: who may not ask cannot tell that there is something.
func TestMetricsHideLikeNothing(t *testing.T) {
	g := withMetrics(t)
	for _, method := range []string{"GET", "HEAD", "POST"} {
		hidden, nothing := g.ask(method, "/metrics", ""), g.ask(method, "/metricz", "")
		if hidden.Code != nothing.Code || hidden.Body.String() != nothing.Body.String() {
			t.Errorf("%s: %d %q, where nothing is %d %q", method, hidden.Code, hidden.Body, nothing.Code, nothing.Body)
		}
		for _, name := range []string{"Content-Type", "Cache-Control", "Allow"} {
			if hidden.Header().Get(name) != nothing.Header().Get(name) {
				t.Errorf("%s: %s is %q, where nothing has %q", method, name, hidden.Header().Get(name), nothing.Header().Get(name))
			}
		}
	}
	g.cfg.Metrics = nil
	if w := g.scrape(nil); w.Code != http.StatusNotFound {
		t.Errorf("without figures it is %d", w.Code)
	}
}

// TestMetricsFormat reads every line as Prometheus would, and finds what the load test needs.
func TestMetricsFormat(t *testing.T) {
	w := withMetrics(t).scrape(nil)
	if got := w.Header().Get("Content-Type"); !strings.HasPrefix(got, "text/plain; version=0.0.4; charset=utf-8") {
		t.Errorf("the type is %q", got)
	}
	comment := regexp.MustCompile(`^# (HELP [a-z0-9_]+ .+|TYPE [a-z0-9_]+ (counter|gauge|summary))$`)
	sample := regexp.MustCompile(`^([a-z0-9_]+)(?:\{[a-z]+="[^"]*"\})? ([^ ]+)$`)
	values := map[string]float64{}
	for line := range strings.Lines(w.Body.String()) {
		line = strings.TrimSuffix(line, "\n")
		if comment.MatchString(line) {
			continue
		}
		f := sample.FindStringSubmatch(line)
		if f == nil {
			t.Errorf("not in the format: %q", line)
			continue
		}
		value, err := strconv.ParseFloat(f[2], 64)
		if err != nil || value < 0 {
			t.Errorf("not a figure: %q", line)
		}
		values[f[1]] = value
	}
	wanted := []string{"go_goroutines", "go_gc_duration_seconds_count", "go_memstats_mallocs_total", "process_cpu_seconds_total",
		"go_memstats_sys_bytes", "go_memstats_heap_alloc_bytes", "tablee_test", "tablee_test_total", "go_info"}
	if runtime.GOOS == "linux" {
		wanted = append(wanted, "process_resident_memory_bytes", "process_open_fds")
	}
	for _, name := range wanted {
		if values[name] <= 0 && name != "go_gc_duration_seconds_count" {
			t.Errorf("%s is %v", name, values[name])
		}
	}
	if values["tablee_test_total"] != 1234567890 {
		t.Errorf("the counter is %v", values["tablee_test_total"])
	}
	for _, name := range runtimeNames() { // they were told before Prometheus' library told them
		if _, there := values[name]; !there {
			t.Errorf("%s is missing", name)
		}
	}
	want := "tablee_test_labelled_total{code=\"a\"} 1\ntablee_test_labelled_total{code=\"b\"} 2\n"
	if !strings.Contains(w.Body.String(), want) {
		t.Errorf("labels are not as they should be:\n%s", w.Body)
	}
}

// runtimeNames are those of the Go runtime that docs/metrics.md promises.
func runtimeNames() []string {
	return []string{"go_goroutines", "go_sched_gomaxprocs_threads", "go_gc_cycles_total_gc_cycles_total", "go_gc_gomemlimit_bytes",
		"go_memstats_mallocs_total", "go_memstats_frees_total", "go_memstats_alloc_bytes_total", "go_memstats_heap_alloc_bytes",
		"go_memstats_heap_objects", "go_memstats_next_gc_bytes", "go_memstats_stack_inuse_bytes", "go_memstats_sys_bytes"}
}

// FuzzLoopbackName holds that nothing but this machine's own names is taken for one, as another parser reads them.
func FuzzLoopbackName(f *testing.F) {
	for _, host := range []string{"localhost", "LOCALHOST:80", "127.0.0.1:8080", "[::1]:9", "[::1]", "::1", "localhost.", "127.1",
		"[::ffff:127.0.0.1]", "0.0.0.0", "localhost:80@meet.example", "[localhost]:1", "meet.example:443", "", ":", "[", "]"} {
		f.Add(host)
	}
	f.Fuzz(func(t *testing.T, host string) {
		if !loopbackName(host) {
			return
		}
		name := strings.ToLower(host)
		if inner, ok := strings.CutPrefix(name, "["); ok {
			name, _, _ = strings.Cut(inner, "]")
		} else if net.ParseIP(name) == nil {
			name, _, _ = strings.Cut(name, ":")
		}
		name, _, _ = strings.Cut(name, "%")
		if ip := net.ParseIP(name); name != "localhost" && (ip == nil || !ip.IsLoopback()) {
			t.Errorf("%q is taken for this machine", host)
		}
	})
}
