package cli

import (
	"errors"
	"fmt"
	"strings"
)

// ErrHelp is returned by Parse when help was asked for.
var ErrHelp = errors.New("help asked for")

// UsageError says what is wrong with a command line, in words for the person who typed it.
type UsageError struct{ Message string }

func (e *UsageError) Error() string { return e.Message }

func usageErrorf(format string, args ...any) error {
	return &UsageError{Message: fmt.Sprintf(format, args...)}
}

// Option is one option of a subcommand. All options take a value, so that `--name value` and `--name=value` read the
// same everywhere.
type Option struct {
	Name    string // without dashes
	Value   string // what the value is, as shown in the help: "HOST:PORT"
	Default string // shown in the help; "" for none
	Help    string // one sentence or more, without a newline
}

// Args is a command line taken apart.
type Args struct {
	Options map[string]string // by Option.Name; only those that were given
	Rest    []string          // what is not an option, in order
}

// Parse takes args apart according to options. `--` ends the options; an option given twice is an error, because one
// of the two values would be ignored. It returns ErrHelp for `--help` and `-h`, else a *UsageError for what it cannot
// read.
func Parse(args []string, options []Option) (Args, error) {
	parsed := Args{Options: map[string]string{}}
	for i := 0; i < len(args); i++ {
		arg := args[i]
		switch {
		case arg == "--":
			parsed.Rest = append(parsed.Rest, args[i+1:]...)
			return parsed, nil
		case arg == "-h" || arg == "--help" || arg == "-help":
			return Args{}, ErrHelp
		case len(arg) < 2 || arg[0] != '-':
			parsed.Rest = append(parsed.Rest, arg)
			continue
		}
		name, value, hasValue := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		if err := known(name, options); err != nil {
			return Args{}, err
		}
		if !hasValue {
			if i++; i == len(args) {
				return Args{}, usageErrorf("--%s needs a value", name)
			}
			value = args[i]
		}
		if _, twice := parsed.Options[name]; twice {
			return Args{}, usageErrorf("--%s is given twice", name)
		}
		parsed.Options[name] = value
	}
	return parsed, nil
}

// known refuses an option that is not in the table, with the nearest one that is.
func known(name string, options []Option) error {
	names := make([]string, 0, len(options)+1)
	for _, o := range options {
		if o.Name == name {
			return nil
		}
		names = append(names, o.Name)
	}
	message := fmt.Sprintf("there is no option --%s", name)
	if near := Nearest(name, append(names, "help")); near != "" {
		message += fmt.Sprintf("; did you mean --%s?", near)
	}
	return &UsageError{Message: message}
}
