package main

import (
	"fmt"
	"os"

	"github.com/evanw/esbuild/pkg/api"
)

func main() {
	result := api.Build(api.BuildOptions{
		Stdin:  &api.StdinOptions{Contents: os.Args[1], ResolveDir: "e2e"},
		Bundle: true, Format: api.FormatIIFE, Platform: api.PlatformBrowser, Target: api.ES2022, LogLevel: api.LogLevelSilent,
	})
	if len(result.Errors) > 0 {
		fmt.Fprintln(os.Stderr, result.Errors[0].Text)
		os.Exit(1)
	}
	_, _ = os.Stdout.Write(result.OutputFiles[0].Contents) // a broken pipe has a reader that does not need it
}
