package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"tablee/cmd/tablee/cli"
)

// ErrInvalid is wrapped by every error about a setting; its text is for the person who set it.
var ErrInvalid = errors.New("invalid setting")

// maxShown bounds how much of a wrong value an error repeats, in bytes.
const maxShown = 60

// Source is where settings come from, strongest first.
type Source struct {
	Flags  map[string]string // by option name, as cli.Parse returns them
	Env    []string          // as os.Environ returns it
	Dir    string            // the working directory; "" for the process's own
	NoFile bool              // read no file
}

// setting is one value of one key, and where it comes from.
type setting struct {
	key    Key
	values []string
	place  string // "--media-port", "TABLEE_MEDIA_PORT", "tablee.toml:3"
}

// Load reads, merges and checks all settings. Errors wrap ErrInvalid, except those of reading a file.
func Load(s Source) (Config, error) {
	path, layers, err := read(s, Keys())
	if err != nil {
		return Config{}, err
	}
	c, err := merge(layers...)
	c.File = path
	return c, err
}

// read reads all settings, the weakest layer first.
func read(s Source, keys []Key) (path string, layers [][]setting, err error) {
	env, envFile, err := readEnv(s.Env, keys)
	if err != nil {
		return "", nil, err
	}
	flags := readFlags(s.Flags, keys)
	var fromFile []setting
	if !s.NoFile {
		explicit := envFile
		if f, ok := s.Flags[configOption]; ok {
			explicit = f
		}
		data, err := dataFolder(keys, env, flags)
		if err != nil {
			return "", nil, err
		}
		if path, fromFile, err = findFile(s.Dir, explicit, data, keys); err != nil {
			return "", nil, err
		}
	}
	return path, [][]setting{defaults(keys), fromFile, env, flags}, nil
}

// merge applies the layers, weakest first: of each key only the strongest setting counts, but a weaker one must be
// valid too, since it would be a trap for whoever removes the stronger one.
func merge(layers ...[]setting) (Config, error) {
	strongest := map[string]setting{}
	for _, layer := range layers {
		for _, s := range layer {
			if err := s.apply(&Config{}); err != nil {
				return Config{}, err
			}
			strongest[s.key.Name] = s
		}
	}
	var all Config
	for _, s := range strongest {
		if err := s.apply(&all); err != nil {
			return Config{}, err
		}
	}
	if err := all.agree(); err != nil {
		return Config{}, err
	}
	if s, ok := strongest["listen"]; ok { // absent when only the data folder is asked for
		return all, all.settle(s.place != defaultPlace)
	}
	return all, nil
}

// defaultPlace is where a setting comes from that nobody made.
const defaultPlace = "default"

func invalidf(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrInvalid, fmt.Sprintf(format, args...))
}

// apply writes a setting into c, or says why it is not allowed.
func (s setting) apply(c *Config) error {
	for _, v := range s.values {
		if err := s.key.set(c, v); err != nil {
			return fmt.Errorf("%w: %s: %s is %s; allowed is %s", ErrInvalid, s.place, s.key.Name, shown(v), s.key.Allowed)
		}
	}
	return nil
}

// shown quotes a value, cut to a length that fits a line.
func shown(value string) string {
	if len(value) > maxShown {
		return fmt.Sprintf("%.*q…", maxShown, value)
	}
	return fmt.Sprintf("%q", value)
}

func defaults(keys []Key) []setting {
	var all []setting
	for _, k := range keys {
		if k.Default != "" {
			all = append(all, setting{key: k, values: []string{k.Default}, place: defaultPlace})
		}
	}
	return all
}

func readFlags(flags map[string]string, keys []Key) []setting {
	var all []setting
	for _, k := range keys {
		if v, ok := flags[k.Flag()]; ok {
			all = append(all, setting{key: k, values: k.split(v), place: "--" + k.Flag()})
		}
	}
	return all
}

// readEnv takes our variables out of an environment, and the path in TABLEE_CONFIG.
func readEnv(env []string, keys []Key) (all []setting, file string, err error) {
	byName := map[string]Key{}
	configEnv := EnvPrefix + strings.ToUpper(configOption)
	names := []string{configEnv}
	for _, k := range keys {
		byName[k.Env()] = k
		names = append(names, k.Env())
	}
	for _, line := range env {
		name, value, _ := strings.Cut(line, "=")
		if !strings.HasPrefix(name, EnvPrefix) {
			continue
		}
		if name == configEnv {
			file = value
			continue
		}
		k, ok := byName[name]
		if !ok {
			return nil, "", fmt.Errorf("%w: there is no environment variable %s%s", ErrInvalid, name,
				didYouMean(name, names))
		}
		all = append(all, setting{key: k, values: k.split(value), place: name})
	}
	return all, file, nil
}

// split takes the one value of a flag or an environment variable apart if the key is a list.
func (k Key) split(value string) []string {
	if k.kind != list {
		return []string{value}
	}
	var parts []string
	for part := range strings.SplitSeq(value, ",") {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}

func didYouMean(word string, candidates []string) string {
	if near := cli.Nearest(word, candidates); near != "" {
		return "; did you mean " + near + "?"
	}
	return ""
}

// dataFolder is the data folder as far as it is known before the file is read.
func dataFolder(keys []Key, env, flags []setting) (string, error) {
	c, err := merge(onlyData(defaults(keys)), onlyData(env), onlyData(flags))
	return c.Data, err
}

func onlyData(all []setting) []setting {
	var data []setting
	for _, s := range all {
		if s.key.Name == "data" {
			data = append(data, s)
		}
	}
	return data
}

// findFile reads the settings file: the explicit one, which must be there, or else the first that is.
func findFile(dir, explicit, data string, keys []Key) (string, []setting, error) {
	in := func(path string) string {
		if filepath.IsAbs(path) {
			return path
		}
		return filepath.Join(dir, path)
	}
	if explicit != "" {
		all, err := readFile(in(explicit), keys)
		return explicit, all, err
	}
	for _, path := range []string{FileName, filepath.Join(data, FileName)} {
		all, err := readFile(in(path), keys)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		return path, all, err
	}
	return "", nil, nil
}

func readFile(path string, keys []Key) ([]setting, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the settings: %w", err)
	}
	defer f.Close()
	return readTOML(f, path, keys)
}
