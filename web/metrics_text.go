package web

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Metrics collects figures in Prometheus' text format, version 0.0.4. The zero value is empty and ready.
//
// It is written here because the format is a page of code, and Prometheus' own library adds 2.1 MB (an eighth) to the
// ARMv7 program, and five modules to trust.
type Metrics struct{ text []byte }

// Counter adds a figure that only rises; its name ends in _total.
func (m *Metrics) Counter(name, help string, value float64) {
	m.family(name, "counter", help)
	m.sample(name, "", "", value)
}

// Gauge adds a figure that rises and falls.
func (m *Metrics) Gauge(name, help string, value float64) {
	m.family(name, "gauge", help)
	m.sample(name, "", "", value)
}

// Counters adds one counter for each value of a label. The values must be ours: never a name, an address or a room.
func Counters[K ~string](m *Metrics, name, help, label string, values map[K]int64) {
	m.family(name, "counter", help)
	for _, k := range slices.Sorted(maps.Keys(values)) {
		m.sample(name, label, string(k), float64(values[k]))
	}
}

// Info adds a gauge of 1 that carries a word, such as a version.
func (m *Metrics) Info(name, help, label, word string) {
	m.family(name, "gauge", help)
	m.sample(name, label, word, 1)
}

// family writes what comes before the samples of a name.
func (m *Metrics) family(name, kind, help string) {
	help = strings.ReplaceAll(strings.ReplaceAll(help, `\`, `\\`), "\n", `\n`)
	m.text = append(m.text, "# HELP "+name+" "+help+"\n# TYPE "+name+" "+kind+"\n"...)
}

// sample writes one line; label "" is none.
func (m *Metrics) sample(name, label, word string, value float64) {
	m.text = append(m.text, name...)
	if label != "" {
		word = strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(word, `\`, `\\`), "\n", `\n`), `"`, `\"`)
		m.text = append(m.text, "{"+label+`="`+word+`"}`...)
	}
	m.text = append(m.text, ' ')
	m.text = strconv.AppendFloat(m.text, value, 'g', -1, 64)
	m.text = append(m.text, '\n')
}
