package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"

	"tablee/cmd/tablee/cli"
)

// revisionLength is how much of a commit's hash names it well enough.
const revisionLength = 12

func version(_ context.Context, args []string, w world) int {
	h := cli.Help{Usage: "tablee version", Intro: "Says which version this is, and what it was built with."}
	if _, done, status := parse(args, h, 0, "version", w); done {
		return status
	}
	fmt.Fprintf(w.out, "tablee %s (%s, %s/%s)\n", versionName(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return exitOK
}

// versionName is the module's version or, for a build from a working tree, its commit.
func versionName() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "of unknown origin"
	}
	return versionOf(info)
}

func versionOf(info *debug.BuildInfo) string {
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	name := info.Main.Version
	if name == "" || name == "(devel)" {
		name = "development"
		if revision := settings["vcs.revision"]; revision != "" {
			name = revision[:min(len(revision), revisionLength)]
		}
	}
	if settings["vcs.modified"] == "true" && name != "development" {
		name += " with changes"
	}
	return name
}
