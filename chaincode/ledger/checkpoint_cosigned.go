package ledger

import (
	"fmt"

	"github.com/psbc-lu/psbc/chaincode/checkpoint"
)

// Cosigning is what the ledger holds of what a body is about to say, nil for what there is
// not.
type Cosigning struct {
	First *checkpoint.Statement // of the size
	Own   *checkpoint.Cosigned  // the same, said before
	Keys  []*checkpoint.WitnessKey
}

// OpenCosign reads, in one round trip, what cosigning begins with; keyIDs are those of the
// body's keys. What was first said of a size is written once, and what the body itself says
// is nobody else's: cosigning conflicts with another that is the first of its size too, and
// with a change of the keys, but with no other.
func (g Checkpoint) OpenCosign(c checkpoint.Cosigned, keyIDs []string) (Cosigning, error) {
	var keys reading
	first, own := keys.add(statementKey(c.Origin, c.Size)), keys.add(cosignedKey(c))
	places := make([]int, len(keyIDs))
	for i, id := range keyIDs {
		places[i] = keys.add(witnessKeyKey(c.Body, id))
	}
	if err := keys.read(g.Tx); err != nil {
		return Cosigning{}, err
	}
	var found Cosigning
	var err error
	if found.First, err = decodeOne(keys.value(first), checkpoint.DecodeStatement); err != nil {
		return Cosigning{}, err
	}
	if f := found.First; f != nil && (f.Origin != c.Origin || f.Size != c.Size) {
		return Cosigning{}, damaged(fmt.Errorf("size %d of %s stands where size %d of %s is expected", f.Size, f.Origin, c.Size, c.Origin))
	}
	if found.Own, err = decodeOne(keys.value(own), checkpoint.DecodeCosigned); err != nil {
		return Cosigning{}, err
	}
	if found.Own != nil {
		if err := inPlace(*found.Own, c); err != nil {
			return Cosigning{}, err
		}
	}
	found.Keys = make([]*checkpoint.WitnessKey, len(keyIDs))
	for i, id := range keyIDs {
		if found.Keys[i], err = witnessKey(keys.value(places[i]), c.Body, id); err != nil {
			return Cosigning{}, err
		}
	}
	return found, nil
}

// SaveCosigned writes what a body says, protected for it, and that it was the first to say
// anything of the size, if it was. That is nobody's own: see derived.
func (g Checkpoint) SaveCosigned(c checkpoint.Cosigned, first bool) error {
	var w writing
	w.set(c.Body, w.key(cosignedKey(c)), w.value(c.Encode()))
	if first {
		w.set(derived, w.key(statementKey(c.Origin, c.Size)), w.value(c.Statement().Encode()))
	}
	return w.write(g.Tx)
}

// inPlace fails when a cosigned checkpoint is not what its key says: that of want.
func inPlace(c, want checkpoint.Cosigned) error {
	if c.Origin != want.Origin || c.Body != want.Body || c.Size != want.Size || want.Root != "" && c.Root != want.Root {
		return damaged(fmt.Errorf("size %d of %s by %s stands where size %d of %s by %s is expected", c.Size, c.Origin, c.Body, want.Size, want.Origin, want.Body))
	}
	return nil
}
