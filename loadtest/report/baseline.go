package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"tablee/loadtest/result"
)

// ErrBaseline is wrapped by what ReadBaseline returns for a file that is not an earlier report.
var ErrBaseline = errors.New("not a report of tablee loadtest")

// maxBaseline is the largest file that is read to compare with, in bytes: a day of five hundred participants is less.
const maxBaseline = 64 << 20

// essential are the fields without which a JSON object is not a report. All versions have written them.
var essential = []string{"version", "scenario", "participants", "joined", "duration_s", "packets_received", "loss_percent",
	"latency_ms", "errors"}

// Baseline is an earlier run to compare with.
type Baseline struct {
	Name   string // the file's, for people
	Report *result.Report
}

// ReadBaseline reads the JSON report of an earlier run. Fields that it does not know are passed over, so that reports
// of later versions can be read. For anything else than a report the error wraps ErrBaseline and says what is wrong.
func ReadBaseline(name string, from io.Reader) (*Baseline, error) {
	data, err := io.ReadAll(io.LimitReader(from, maxBaseline+1))
	if err != nil {
		return nil, fmt.Errorf("read the baseline: %w", err)
	}
	wrong := func(why string) error {
		return fmt.Errorf("read the baseline: %.200q is %w: %s", name, ErrBaseline, why)
	}
	if len(data) > maxBaseline {
		return nil, wrong(fmt.Sprintf("it is larger than %d MB", maxBaseline>>20))
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil {
		return nil, wrong(wording(err, "it"))
	}
	for _, f := range essential {
		if _, ok := fields[f]; !ok {
			return nil, wrong(fmt.Sprintf("the field %q is missing", f))
		}
	}
	var r result.Report
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, wrong(wording(err, "the field"))
	}
	if r.Participants < 1 || r.Joined < 0 {
		return nil, wrong("nobody takes part in it")
	}
	return &Baseline{Name: name, Report: &r}, nil
}

// wording says in words what was wrong with JSON.
func wording(err error, subject string) string {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		if kind.Field != "" {
			subject = fmt.Sprintf("the field %.60q", kind.Field)
		}
		if kind.Value == "object" || kind.Value == "array" || kind.Value == "bool" || kind.Value == "string" {
			return fmt.Sprintf("%s has the wrong kind of value (%s)", subject, kind.Value)
		}
		return fmt.Sprintf("%s has a value that does not fit (%.60s)", subject, kind.Value)
	}
	return "it is not JSON (" + strings.TrimPrefix(err.Error(), "json: ") + ")"
}
