// Package result is what a load test found: the report's types, whose JSON is an interface for others' scripts
// (docs/loadtest.md), the bar that it is held against, and the short summary for people.
//
// Its promise: fields are added, never renamed, and what was not measured is null or says so.
//
// Read report.go first.
package result
