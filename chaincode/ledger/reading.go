package ledger

// reading is keys to be read together.
type reading struct {
	keys   []key
	values [][]byte // parallel to keys
	err    error    // of making a key
}

// absent is the place of a key that is not read.
const absent = -1

// add takes what makes a key, and returns its place.
func (r *reading) add(k key, err error) int {
	if r.err == nil {
		r.err = err
	}
	r.keys = append(r.keys, k)
	return len(r.keys) - 1
}

// read reads all keys: in one round trip as long as they are no more than chunk.
func (r *reading) read(t *Tx) error {
	if r.err != nil {
		return r.err
	}
	var err error
	r.values, err = t.getLarge(r.keys...)
	return err
}

// value returns what was read at a place, nil when that is absent.
func (r *reading) value(place int) []byte {
	if place == absent {
		return nil
	}
	return r.values[place]
}

// writing is what a transaction is going to write.
type writing struct {
	writes []write
	err    error // of making a key or a value
}

// key takes what makes a key, and keeps the error for write.
func (w *writing) key(k key, err error) key {
	if w.err == nil {
		w.err = err
	}
	return k
}

// value takes what encodes a value, and keeps the error for write.
func (w *writing) value(value []byte, err error) []byte {
	if w.err == nil {
		w.err = err
	}
	return value
}

// set writes a key: owner is as in write.
func (w *writing) set(owner string, k key, value []byte) {
	w.writes = append(w.writes, write{entry: entry{k, value}, owner: owner})
}

// remove deletes a key, and its protection with it.
func (w *writing) remove(k key) {
	w.writes = append(w.writes, write{entry: entry{key: k}, remove: true})
}

// write writes all, in one batch.
func (w *writing) write(t *Tx) error {
	if w.err != nil {
		return w.err
	}
	return t.put(w.writes)
}
