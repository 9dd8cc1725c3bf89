package config

import (
	"fmt"
	"strings"
)

// Markdown is the reference part of docs/configuration.md.
func Markdown() string {
	var b strings.Builder
	section := ""
	for _, k := range Keys() {
		if s, _, ok := strings.Cut(k.Name, "."); ok && s != section {
			section = s
			fmt.Fprintf(&b, "## Section `[%s]`\n\n", s)
		} else if !ok && section == "" && b.Len() == 0 {
			b.WriteString("## At the top of the file\n\n")
		}
		help := k.Help
		if k.Live {
			help += " An admin changes it in the page while the server runs."
		}
		fmt.Fprintf(&b, "### `%s`\n\n%s\n\n", k.Name, help)
		fmt.Fprintf(&b, "| Default | Allowed | Environment | Option |\n|---|---|---|---|\n| %s | %s | `%s` | `--%s %s` |\n\n",
			code(k.Default), k.Allowed, k.Env(), k.Flag(), k.Value)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// Example is a settings file with every key at its default, commented out.
func Example() string {
	var b strings.Builder
	section := ""
	for _, k := range Keys() {
		s, name, ok := strings.Cut(k.Name, ".")
		if !ok {
			name = k.Name
		} else if s != section {
			section = s
			fmt.Fprintf(&b, "\n[%s]\n", s)
		}
		fmt.Fprintf(&b, "# %s = %s\n", name, tomlValue(k))
	}
	return b.String()
}

func tomlValue(k Key) string {
	switch {
	case k.kind == integer:
		return k.Default
	case k.kind == list:
		return "[]"
	default:
		return fmt.Sprintf("%q", k.Default)
	}
}

func code(s string) string {
	if s == "" {
		return "none"
	}
	return "`" + s + "`"
}
