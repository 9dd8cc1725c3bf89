package measure

// Share is the part of a whole for which something was so. The zero value is ready, and of nothing.
type Share struct{ part, whole int64 }

// Add adds to the whole and, if so, to the part.
func (s *Share) Add(n int64, so bool) {
	s.whole += n
	if so {
		s.part += n
	}
}

// Merge adds another share.
func (s *Share) Merge(o Share) { s.part, s.whole = s.part+o.part, s.whole+o.whole }

// Percent is the part in percent; ok is false for a share of nothing.
func (s *Share) Percent() (p float64, ok bool) {
	if s.whole == 0 {
		return 0, false
	}
	return 100 * float64(s.part) / float64(s.whole), true
}
