package config

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
)

// maxFileSize bounds the settings file, in bytes: all keys with generous comments are a tenth of it.
const maxFileSize = 64 << 10

// readTOML reads the settings in a file; name is for messages. All that is wrong is reported at once.
func readTOML(r io.Reader, name string, keys []Key) ([]setting, error) {
	src, err := io.ReadAll(io.LimitReader(r, maxFileSize+1))
	if err != nil {
		return nil, fmt.Errorf("read the settings: %w", err)
	}
	if len(src) > maxFileSize {
		return nil, fmt.Errorf("%w: %s is larger than %d bytes", ErrInvalid, name, maxFileSize)
	}
	var tree map[string]any
	if _, err := toml.Decode(string(src), &tree); err != nil {
		var syntax toml.ParseError
		if errors.As(err, &syntax) {
			return nil, fmt.Errorf("%w: %s:%d: %s", ErrInvalid, name, syntax.Position.Line, syntax.Message)
		}
		return nil, fmt.Errorf("%w: %s: %w", ErrInvalid, name, err)
	}
	t := tomlReader{name: name, lines: keyLines(string(src)), keys: map[string]Key{}, sections: map[string]bool{}}
	for _, k := range keys {
		t.keys[k.Name] = k
		if section, _, ok := strings.Cut(k.Name, "."); ok {
			t.sections[section] = true
		}
	}
	t.walk("", tree)
	return t.settings, errors.Join(t.wrong...)
}

// tomlReader collects the settings of a parsed file, and what is wrong with it.
type tomlReader struct {
	name     string
	lines    map[string]int
	keys     map[string]Key
	sections map[string]bool
	settings []setting
	wrong    []error
}

// walk visits a table in the order of its names, so that the same file gives the same messages.
func (t *tomlReader) walk(prefix string, table map[string]any) {
	for _, part := range slices.Sorted(maps.Keys(table)) {
		path := prefix + quotedPart(part)
		k, known := t.keys[path]
		inner, isTable := table[part].(map[string]any)
		switch {
		case known:
			t.take(k, table[part])
		case isTable && t.sections[path]:
			t.walk(path+".", inner)
		default:
			names := slices.Sorted(maps.Keys(t.keys))
			t.failf(path, "there is no key %s%s", path, didYouMean(path, names))
		}
	}
}

// quotedPart keeps a quoted name with a dot in it ("rooms.max" = 3) apart from a section and a name.
func quotedPart(part string) string {
	if part == "" || strings.ContainsFunc(part, func(r rune) bool { return !isBare(r) }) {
		return shown(part)
	}
	return part
}

// isBare says if r may stand in a bare key (TOML 1.0, "Keys").
func isBare(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-'
}

func (t *tomlReader) take(k Key, value any) {
	values, ok := k.fromTOML(value)
	if !ok {
		t.failf(k.Name, "%s is %s; it must be %s", k.Name, tomlType(value), k.kind)
		return
	}
	s := setting{key: k, values: values, place: t.place(k.Name)}
	if err := s.apply(&Config{}); err != nil {
		t.wrong = append(t.wrong, err)
		return
	}
	t.settings = append(t.settings, s)
}

func (t *tomlReader) place(path string) string {
	if line := t.lines[path]; line > 0 {
		return fmt.Sprintf("%s:%d", t.name, line)
	}
	return t.name
}

func (t *tomlReader) failf(path, format string, args ...any) {
	t.wrong = append(t.wrong, fmt.Errorf("%w: %s: %s", ErrInvalid, t.place(path), fmt.Sprintf(format, args...)))
}

// fromTOML turns a parsed value into text, if it has the key's type.
func (k Key) fromTOML(value any) ([]string, bool) {
	switch v := value.(type) {
	case string:
		return []string{v}, k.kind == text
	case int64:
		return []string{strconv.FormatInt(v, 10)}, k.kind == integer
	case []any:
		values := []string{}
		for _, element := range v {
			s, ok := element.(string)
			if !ok {
				return nil, false
			}
			values = append(values, s)
		}
		return values, k.kind == list
	default:
		return nil, false
	}
}

// tomlType names the type of a parsed value for a message.
func tomlType(value any) string {
	switch value.(type) {
	case string:
		return "a string"
	case int64:
		return "an integer"
	case float64:
		return "a number with a fraction"
	case bool:
		return "true or false"
	case map[string]any, []map[string]any:
		return "a section"
	case []any:
		return "a list"
	default:
		return "a date or time"
	}
}

// keyLines guesses the line of each key and section header, for messages: the parser does not tell. A line inside a
// multi-line string may be taken for a key, which can only make a message point beside the mark.
func keyLines(src string) map[string]int {
	lines := map[string]int{}
	prefix, n := "", 0
	note := func(path string) {
		if _, ok := lines[path]; !ok {
			lines[path] = n
		}
	}
	for line := range strings.Lines(src) {
		n++
		line = strings.TrimSpace(line)
		if header, ok := strings.CutPrefix(line, "["); ok {
			header, _, _ = strings.Cut(strings.TrimPrefix(header, "["), "]")
			header = strings.TrimSpace(header)
			note(header)
			prefix = header + "."
			continue
		}
		if name, _, ok := strings.Cut(line, "="); ok {
			name = strings.TrimSpace(name)
			note(prefix + name)
			if section, _, dotted := strings.Cut(name, "."); dotted {
				note(prefix + section)
			}
		}
	}
	return lines
}
