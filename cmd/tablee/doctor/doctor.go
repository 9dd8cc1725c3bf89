package doctor

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"tablee/cmd/tablee/config"
)

// Verdicts, from good to bad. Unknown is what could not be checked.
const (
	OK      = "ok"
	Unknown = "unknown"
	Warn    = "warn"
	Fail    = "fail"
)

// Check is what one check has found.
type Check struct {
	ID      string `json:"id"`
	Title   string `json:"title"`
	Verdict string `json:"verdict"`
	Text    string `json:"text"`
	Remedy  string `json:"remedy,omitempty"`
}

// Report is what all have found.
type Report struct {
	Verdict string  `json:"verdict"` // the worst
	Checks  []Check `json:"checks"`
}

// Status is what a running server tells this machine about itself.
type Status struct {
	Instance     string        `json:"instance"` // made anew at each start
	Version      string        `json:"version"`
	Certificates []Certificate `json:"certificates"`
	Public       string        `json:"public"` // IPv4, "" when unknown
	Source       string        `json:"source"`
	Outside      []string      `json:"outside"` // by what somebody from outside has reached the page since the start
	Media        []string      `json:"media"`   // addresses of the media port
	TURN         string        `json:"turn"`    // HOST:PORT on this machine, "" without one
	Username     string        `json:"username"`
	Password     string        `json:"password"`
	Authority    []byte        `json:"authority"`   // certificate of the internal one, DER; nil without one
	Fingerprint  string        `json:"fingerprint"` // of it
}

// By what somebody from outside reaches the page.
const (
	OutsideTCP4 = "IPv4"
	OutsideTCP6 = "IPv6"
)

// Certificate is how one stands.
type Certificate struct {
	Names   []string  `json:"names"`
	Until   time.Time `json:"until"`
	Warning string    `json:"warning"`
}

// Options say what to check.
type Options struct {
	Config    config.Config
	LineSpeed string  // address of a large file to load, "" for no such check
	Server    *Status // the server's, when it is the one that asks; nil to look for one on this machine
}

// examination is one run.
type examination struct {
	Options
	status *Status // nil when no server runs
	why    error   // why there is none
}

// Run checks everything.
func Run(ctx context.Context, o Options) Report {
	e := &examination{Options: o, status: o.Server}
	if e.status == nil {
		e.status, e.why = askServer(ctx, o.Config.Listen)
	}
	var r Report
	for _, check := range []func(context.Context) []Check{
		e.server, e.ports, e.publicAddress, e.names, e.hairpin, e.inside, e.outside, e.ipv6, e.udp, e.turn, e.certificates, e.login,
		e.clock, e.disk, e.memory, e.crypto, e.line,
	} {
		r.Checks = append(r.Checks, check(ctx)...)
	}
	r.Verdict = worst(r.Checks)
	return r
}

// worst is the worst verdict; what is unknown is no reason to alarm anybody.
func worst(all []Check) string {
	v := OK
	for _, c := range all {
		if c.Verdict == Fail {
			return Fail
		}
		if c.Verdict == Warn {
			v = Warn
		}
	}
	return v
}

// String is the report for people.
func (r Report) String() string {
	var b strings.Builder
	mark := map[string]string{OK: "ok  ", Unknown: "?   ", Warn: "!   ", Fail: "BAD "}
	for _, c := range r.Checks {
		fmt.Fprintf(&b, "%s%s: %s\n", mark[c.Verdict], c.Title, c.Text)
		if c.Remedy != "" {
			for line := range strings.SplitSeq(c.Remedy, "\n") {
				fmt.Fprintf(&b, "      %s\n", line)
			}
		}
	}
	switch r.Verdict {
	case OK:
		b.WriteString("\nAll is well.\n")
	case Warn:
		b.WriteString("\nIt works; see the lines with an exclamation mark.\n")
	default:
		b.WriteString("\nSomething keeps this server from working as it should: see the lines with BAD.\n")
	}
	return b.String()
}

// one makes a list of one check.
func one(id, title, verdict, remedy, text string, args ...any) []Check {
	return []Check{{ID: id, Title: title, Verdict: verdict, Text: fmt.Sprintf(text, args...), Remedy: remedy}}
}

// public is the public address that the server knows, if any.
func (e *examination) public() (netip.Addr, bool) {
	if e.status == nil {
		return netip.Addr{}, false
	}
	a, err := netip.ParseAddr(e.status.Public)
	return a, err == nil
}
