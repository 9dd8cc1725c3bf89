package speaker

// Silence is the level of RFC 6464 that stands for no sound at all.
const Silence = 127

const millisecond = int64(1e6)

// table keeps one row per source, densely, and finds it by id without allocating.
type table[Row any] struct {
	rows []Row
	ids  []uint32
	at   map[uint32]int
}

func newTable[Row any]() table[Row] { return table[Row]{at: map[uint32]int{}} }

// add appends the row. It returns false when the id is there already.
func (t *table[Row]) add(id uint32, row Row) bool {
	if _, known := t.at[id]; known {
		return false
	}
	t.at[id] = len(t.rows)
	t.rows, t.ids = append(t.rows, row), append(t.ids, id)
	return true
}

// remove puts the last row in the place of the one removed.
func (t *table[Row]) remove(id uint32) {
	i, known := t.at[id]
	if !known {
		return
	}
	last := len(t.rows) - 1
	t.rows[i], t.ids[i] = t.rows[last], t.ids[last]
	t.at[t.ids[i]] = i
	var zero Row
	t.rows[last] = zero
	t.rows, t.ids = t.rows[:last], t.ids[:last]
	delete(t.at, id)
}

// find returns the row of the id, nil for none. It is valid until the next add or remove.
func (t *table[Row]) find(id uint32) *Row {
	i, known := t.at[id]
	if !known {
		return nil
	}
	return &t.rows[i]
}
