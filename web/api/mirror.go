package api

// Mirror tells of the copy on another server: of the run under way, or else of the last one. No file is named.
type Mirror struct {
	Configured bool            `json:"configured"`
	Running    bool            `json:"running"`
	Started    string          `json:"started"` // "" for never
	Ended      string          `json:"ended"`
	Whole      bool            `json:"whole"` // nothing failed
	Files      int             `json:"files"` // sent
	Bytes      int64           `json:"bytes"`
	Deleted    int             `json:"deleted"` // there
	Kept       int             `json:"kept"`    // there already
	Failed     int             `json:"failed"`
	Failures   []MirrorFailure `json:"failures"`
}

// MirrorFailure is what went wrong, in words, for so many files of a folder; the folder is "" for the whole run.
type MirrorFailure struct {
	Folder string `json:"folder"`
	Text   string `json:"text"`
	Files  int    `json:"files"`
}

func serverMirror(c *call) (any, error) { return c.cfg.Server.Mirror(), nil }

func runMirror(c *call) (any, error) {
	if err := c.cfg.Server.RunMirror(); err != nil {
		return nil, err
	}
	return serverMirror(c)
}
