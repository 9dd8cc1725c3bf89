package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"tablee/cmd/tablee/cli"
)

// Exit statuses.
const (
	exitOK     = 0
	exitFailed = 1 // it was tried, and did not work
	exitUsage  = 2 // it could not even be tried: a wrong command line or setting
)

// world is what a command sees of the process around it, so that tests can give it another.
type world struct {
	out, err io.Writer
	env      []string
	dir      string // the working directory, "" for the process's own
}

// command is one subcommand.
type command struct {
	name, summary string
	run           func(ctx context.Context, args []string, w world) int
}

// commands is the table of subcommands, in the order of the help.
func commands() []command {
	return []command{
		{"serve", "start the server", serve},
		{"doctor", "find out what keeps others from reaching the server", runDoctor},
		{"loadtest", "let simulated participants meet on a server, and report", runLoadtest},
		{"user", "make, list and change accounts", manage("user", "Makes, lists and changes accounts, while the server runs or not.", userVerbs())},
		{"room", "make, list and change rooms", manage("room", "Makes, lists and changes rooms, while the server runs or not.", roomVerbs())},
		{"group", "make, list and change groups of members", manage("group", "Makes, lists and changes groups, whose folders their members share, while the server runs or not.", groupVerbs())},
		{"token", "make and revoke API tokens", manage("token", "Makes and revokes tokens for programs that use the API (docs/api.md).", tokenVerbs())},
		{"mirror", "copy pads and backups to another server", manage("mirror", "Brings the copy on another server (mirror.url) up to date, and tells how it went.", mirrorVerbs())},
		{"webhook", "tell other servers of meetings", manage("webhook", "Tells other servers when meetings begin and end (docs/webhooks.md).", webhookVerbs())},
		{"backup", "write everything into a file", backup},
		{"restore", "put a backup into a new data folder", restore},
		{"version", "say which version this is", version},
		{"help", "say this", help},
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // from then on a second signal does what it does to any program: end it at once
	os.Exit(run(ctx, os.Args[1:], world{out: os.Stdout, err: os.Stderr, env: os.Environ()}))
}

// run finds the command and runs it.
func run(ctx context.Context, args []string, w world) int {
	if len(args) == 0 {
		help(ctx, nil, w)
		return exitUsage
	}
	name := args[0]
	if name == "-h" || name == "--help" || name == "-help" {
		name = "help"
	}
	if name == "--version" {
		name = "version"
	}
	var names []string
	for _, c := range commands() {
		if c.name == name {
			return c.run(ctx, args[1:], w)
		}
		names = append(names, c.name)
	}
	message := fmt.Sprintf("there is no command %q", name)
	if near := cli.Nearest(name, names); near != "" {
		message += fmt.Sprintf("; did you mean %q?", near)
	}
	return usage(w, &cli.UsageError{Message: message}, "tablee help")
}

// help lists the commands.
func help(_ context.Context, _ []string, w world) int {
	fmt.Fprint(w.out, "Tablée: video meetings on your own machine.\n\nUsage: tablee COMMAND [options]\n\nCommands:\n")
	for _, c := range commands() {
		fmt.Fprintf(w.out, "  %-10s %s\n", c.name, c.summary)
	}
	fmt.Fprint(w.out, "\n`tablee serve` is all that is needed to begin.\n`tablee COMMAND --help` tells the options of a command.\n")
	return exitOK
}

// usage says what is wrong with a command line and where to read on.
func usage(w world, err error, more string) int {
	fmt.Fprintf(w.err, "tablee: %v\n`%s` tells what there is.\n", err, more)
	return exitUsage
}

// fail says why something did not work.
func fail(w world, err error) int {
	fmt.Fprintf(w.err, "tablee: %v\n", err)
	return exitFailed
}

// parse reads the options of a command that takes at most rest other arguments. When done is true, the command is over
// and status is what to exit with.
func parse(args []string, h cli.Help, rest int, name string, w world) (parsed cli.Args, done bool, status int) {
	parsed, err := cli.Parse(args, h.Options)
	switch {
	case errors.Is(err, cli.ErrHelp):
		fmt.Fprint(w.out, h)
		return cli.Args{}, true, exitOK
	case err == nil && len(parsed.Rest) > rest:
		err = &cli.UsageError{Message: fmt.Sprintf("%q is one argument too many", parsed.Rest[rest])}
	}
	if err != nil {
		return cli.Args{}, true, usage(w, err, "tablee "+name+" --help")
	}
	return parsed, false, exitOK
}
