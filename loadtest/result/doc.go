// Package result is what a load test found: the report's types, whose JSON is an interface for others' scripts
// (docs/loadtest.md), and the bar that it is held against.
//
// Its promise: fields are added, never renamed, and what was not measured is null or says so.
//
// Read report.go first.
package result
