package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"

	"tablee/cmd/tablee/cli"
	"tablee/cmd/tablee/config"
)

// `tablee user`, `tablee room` and `tablee token`: what the admin page does, from the shell, by the same API.

// verb is one thing that can be done with a noun.
type verb struct {
	name, args, help string
	least, most      int // arguments
	options          []string
	do               func(ctx context.Context, c *console, a ask) error
}

// ask is what was asked for.
type ask struct {
	args    []string
	options map[string]string
	out     io.Writer
	in      io.Reader
	base    string // the page's address, for links
}

// number reads an option that is a number; 0 when it is not given.
func (a ask) number(name string) (int, error) {
	text, ok := a.options[name]
	if !ok {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, &cli.UsageError{Message: fmt.Sprintf("--%s takes a number", name)}
	}
	return n, nil
}

// table writes rows in columns.
func (a ask) table(rows [][]string) error {
	t := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		fmt.Fprintln(t, strings.Join(row, "\t"))
	}
	return t.Flush()
}

// manageOptions are the options that verbs may have.
func manageOptions() []cli.Option {
	return []cli.Option{
		{Name: "name", Value: "NAME", Help: "The name that others see (user add)."},
		{Name: "role", Value: "ROLE", Help: "member or admin (user add, user invite, user role); for room link: listener, guest, speaker, moderator or host."},
		{Name: "label", Value: "TEXT", Help: "What a token or link is for, to tell it from others."},
		{Name: "room", Value: "NAME", Help: "The only room that a key is for; without it, all (token key)."},
		{Name: "days", Value: "N", Help: "How long it is good for; without it, for ever (token add)."},
		{Name: "hours", Value: "N", Help: "How long it is good for (user invite: a week without it; room link: for ever)."},
		{Name: "uses", Value: "N", Help: "How many may come in by it; without it, any number (room link)."},
		{Name: "password-file", Value: "FILE", Help: "Read the password from the first line of a file; - is the standard input."},
	}
}

// manage runs one verb of a noun.
func manage(noun, intro string, verbs []verb) func(context.Context, []string, world) int {
	return func(ctx context.Context, args []string, w world) int {
		help := cli.Help{Usage: "tablee " + noun + " VERB …", Intro: intro, Options: append(manageOptions(), placeOptions()...)}
		for _, v := range verbs {
			help.Notes = append(help.Notes, strings.TrimSpace(noun+" "+v.name+" "+v.args)+": "+v.help)
		}
		parsed, done, status := parse(args, help, 1<<10, noun, w)
		if done {
			return status
		}
		v, err := chosen(noun, parsed, verbs)
		if err != nil {
			return usage(w, err, "tablee "+noun+" --help")
		}
		place := map[string]string{}
		for _, o := range placeOptions() {
			if value, ok := parsed.Options[o.Name]; ok {
				place[o.Name] = value
			}
		}
		cfg, ok := settings(place, w)
		if !ok {
			return exitUsage
		}
		c, err := openConsole(cfg)
		if err != nil {
			return fail(w, err)
		}
		err = v.do(ctx, c, ask{args: parsed.Rest[1:], options: parsed.Options, out: w.out, in: os.Stdin, base: baseURL(cfg)})
		if err = errors.Join(err, c.close()); err != nil {
			return fail(w, err)
		}
		return exitOK
	}
}

// chosen finds the verb of a command line.
func chosen(noun string, parsed cli.Args, verbs []verb) (verb, error) {
	if len(parsed.Rest) == 0 {
		return verb{}, &cli.UsageError{Message: "say what to do with " + noun + "s"}
	}
	var names []string
	for _, v := range verbs {
		names = append(names, v.name)
		if v.name != parsed.Rest[0] {
			continue
		}
		for name := range parsed.Options {
			if name != "data" && name != "config" && !strings.Contains(" "+strings.Join(v.options, " ")+" ", " "+name+" ") {
				return verb{}, &cli.UsageError{Message: fmt.Sprintf("%s %s takes no --%s", noun, v.name, name)}
			}
		}
		if n := len(parsed.Rest) - 1; n < v.least || n > v.most {
			return verb{}, &cli.UsageError{Message: fmt.Sprintf("it is: tablee %s %s %s", noun, v.name, v.args)}
		}
		return v, nil
	}
	message := fmt.Sprintf("there is no %q for %ss", parsed.Rest[0], noun)
	if near := cli.Nearest(parsed.Rest[0], names); near != "" {
		message += fmt.Sprintf("; did you mean %q?", near)
	}
	return verb{}, &cli.UsageError{Message: message}
}

// baseURL is the page's address as well as the settings tell it.
func baseURL(cfg config.Config) string {
	if len(cfg.Domains) > 0 {
		return "https://" + cfg.Domains[0]
	}
	if cfg.TLS.Public() {
		return "https://THIS-SERVER"
	}
	return "http://" + cfg.Listen
}

// secret reads a password, which is never an option: others on the machine could see it.
func (a ask) secret() (string, error) {
	path := a.options["password-file"]
	if path == "" {
		return "", nil
	}
	in := a.in
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return "", fmt.Errorf("read the password: %w", err)
		}
		defer f.Close()
		in = f
	}
	line, err := bufio.NewReader(io.LimitReader(in, 4096)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the password: %w", err)
	}
	return strings.TrimRight(line, "\r\n"), nil
}

// at is a path of the API with parts filled in.
func at(format string, parts ...string) string {
	escaped := make([]any, len(parts))
	for i, p := range parts {
		escaped[i] = url.PathEscape(p)
	}
	return fmt.Sprintf("/api/v1/"+format, escaped...)
}
