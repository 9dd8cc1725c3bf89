package mirror

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Report tells how a run went. No file is named in it: whoever may see it need not know what pads are called.
type Report struct {
	Running  bool      `json:"running"`
	Started  time.Time `json:"started"` // zero for never
	Ended    time.Time `json:"ended"`
	Whole    bool      `json:"whole"` // all that there is was looked at, and nothing failed
	Files    int       `json:"files"` // sent
	Bytes    int64     `json:"bytes"` // of them
	Deleted  int       `json:"deleted"`
	Kept     int       `json:"kept"` // there already
	Failed   int       `json:"failed"`
	Failures []Failure `json:"failures"`
}

// Failure is what went wrong, for so many files of a folder.
type Failure struct {
	Folder string `json:"folder"` // "" for the whole run
	Text   string `json:"text"`
	Files  int    `json:"files"`
}

func (r *Report) copy() Report {
	c := *r
	c.Failures = append([]Failure{}, r.Failures...)
	return c
}

// fail counts a failure; those alike are one line.
func (r *Report) fail(folder, text string) {
	r.Failed++
	i := slices.IndexFunc(r.Failures, func(f Failure) bool { return f.Folder == folder && f.Text == text })
	if i < 0 {
		r.Failures = append(r.Failures, Failure{Folder: folder, Text: text})
		i = len(r.Failures) - 1
	}
	r.Failures[i].Files++
}

func (r *Report) write(dir string) error {
	data, err := json.Marshal(r)
	if err == nil {
		err = writeFile(filepath.Join(dir, reportName), data)
	}
	if err != nil {
		return fmt.Errorf("keep the mirror's report: %w", err)
	}
	return nil
}

// ReadReport reads the last run's report from the data folder; one of never when there is none, or none that can be read.
func ReadReport(dir string) (Report, error) {
	none := Report{Failures: []Failure{}}
	data, err := os.ReadFile(filepath.Join(dir, reportName))
	if errors.Is(err, os.ErrNotExist) {
		return none, nil
	}
	if err != nil {
		return none, fmt.Errorf("read the mirror's report: %w", err)
	}
	var r Report
	if json.Unmarshal(data, &r) != nil { // it tells of the past only: the next run writes another
		return none, nil
	}
	return r.copy(), nil
}

// What went wrong, in words that say what to do.
var (
	errTarget   = errors.New("the mirror cannot be used")
	errLogin    = errors.New("the server there refuses the login: make an app password there, and set mirror.user and mirror.password")
	errFull     = errors.New("the server there has no room left")
	errCert     = errors.New("the certificate of the server there is signed by nobody whom this machine knows: set mirror.ca_roots to the roots that it is signed with")
	errName     = errors.New("its name cannot be mirrored: choose another one")
	errElsewher = errors.New("the server there leads to another address: set mirror.url to the one that it leads to")
	errNoParent = errors.New("the folder that mirror.url is to be made in is not there: make it, or correct mirror.url")
	errForeign  = errors.New("something that the mirror did not write has the name already, and was left alone: move it away there")
	errChanged  = errors.New("somebody has changed what the mirror wrote; it was left alone: move it away there to have it written again")
	errSilent   = errors.New("the server there does not answer")
	errTime     = errors.New("the time was over; the next run goes on from there")
	errGarbled  = errors.New("the server there answers what is not WebDAV: is mirror.url right?")
	errEmpty    = errors.New("nothing is here any more, which cannot be: nothing was deleted there")
	errManifest = errors.New("what the mirror has written so far cannot be read: move " + manifestName + " away, and the mirror's folders there too")
)

// words are what an admin is told. Errors of the system may name files and hosts: they only tell what kind they are.
func words(err error) string {
	for _, known := range []error{errLogin, errFull, errCert, errName, ErrGone, errElsewher, errNoParent, errForeign, errChanged, errSilent, errTime, errGarbled, errEmpty,
		errManifest} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	if s, ok := errors.AsType[*statusError](err); ok {
		return s.Error()
	}
	if errors.Is(err, context.Canceled) {
		return "the run was stopped; the next one goes on from there"
	}
	if _, ok := errors.AsType[*lineError](err); ok {
		return "the server there cannot be reached, or the line broke"
	}
	return "it could not be read here; the log says more"
}
