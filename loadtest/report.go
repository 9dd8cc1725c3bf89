package loadtest

import "tablee/loadtest/result"

// The report's types live in a package of their own, which presents and compares without what makes a meeting.
type (
	// Report is what a run measured.
	Report = result.Report
	// Percentiles of a distribution, in milliseconds.
	Percentiles = result.Percentiles
	// Violations counts what a correct server never does.
	Violations = result.Violations
	// Server is what the server used.
	Server = result.Server
)
