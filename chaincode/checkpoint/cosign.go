package checkpoint

import (
	"fmt"

	"github.com/psbc-lu/psbc/chaincode/check"
	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/tlog"
)

// Cosign decides on a valid request; keys are the body's, parallel to the cosignatures,
// nil where it has registered none. Every cosignature must verify under its key, and be of
// a time at which that counts.
//
// It fails with FAILED_PRECONDITION when a key is not registered or does not count, with
// INVALID_ARGUMENT when a cosignature is not the body's, does not verify, or is of a time
// more than ToleranceSeconds after the claimed time. That time is the body's own word as
// well; the bound keeps a clock that is wrong from being on record, and not a liar.
func Cosign(r CosignRequest, tx Tx, keys []*WitnessKey) (Cosigned, error) {
	c, err := r.Checkpoint()
	if err != nil {
		return Cosigned{}, err
	}
	cosignatures, err := parseLines(r.Cosignatures)
	if err != nil {
		return Cosigned{}, err
	}
	if len(keys) != len(cosignatures) {
		return Cosigned{}, fmt.Errorf("%d keys for %d cosignatures", len(keys), len(cosignatures))
	}
	latest := floor(tx.ClaimedTime) + ToleranceSeconds
	for i, cosignature := range cosignatures {
		field := fmt.Sprintf("cosignatures[%d]", i)
		if name := tlog.WitnessName(r.Origin, tx.Body); cosignature.Name != name {
			return Cosigned{}, check.Invalid(field, "is of %s, not of %s", check.Quote(cosignature.Name), name)
		}
		if keys[i] == nil {
			return Cosigned{}, check.Within(field, fault.New(fault.FailedPrecondition, "%s has registered no key %s: an administrator registers it first", tx.Body, keyIDText(cosignature.KeyID)))
		}
		if cosignature.Time > latest {
			return Cosigned{}, check.Invalid(field, "is timed %s, more than %d s after the transaction's claimed time, %s: is a clock wrong?", written(cosignature.Time), ToleranceSeconds, tx.ClaimedTime)
		}
		if !keys[i].Window().Contains(cosignature.Time) {
			return Cosigned{}, check.Within(field, fault.New(fault.FailedPrecondition, "key %s does not count at %s", keys[i].KeyID, written(cosignature.Time)))
		}
		verifies, err := keys[i].verifies(c, cosignature)
		if err != nil {
			return Cosigned{}, err
		}
		if !verifies {
			return Cosigned{}, check.Invalid(field, "does not verify under key %s for this origin, size and root", keys[i].KeyID)
		}
	}
	return Cosigned{
		V: SchemaVersion, Origin: r.Origin, Size: r.Size, Root: r.Root, Block: r.Block, Body: tx.Body, Cosignatures: r.Cosignatures,
		TxID: tx.ID, ClaimedTime: tx.ClaimedTime,
	}, nil
}

// verifies says whether a cosignature verifies. It fails when k is damaged.
func (k WitnessKey) verifies(c tlog.Checkpoint, cosignature tlog.Cosignature) (bool, error) {
	key, err := k.parsed()
	if err != nil {
		return false, fmt.Errorf("key %s of %s: %w", k.KeyID, k.Body, err)
	}
	return key.Verify(c, cosignature), nil
}

// Told is the event of a body's word on a size of which first was said before, nil for
// nothing: EventDisagreement when that was another root.
func Told(c Cosigned, first *Statement) (name string, event Event) {
	event = Event{
		V: SchemaVersion, Body: c.Body, ClaimedTime: c.ClaimedTime, Origin: c.Origin, Size: c.Size, Block: c.Block, Root: c.Root,
	}
	if first == nil || first.Root == c.Root {
		return EventCosigned, event
	}
	event.Roots, event.Bodies = []string{first.Root, c.Root}, []string{first.Body, c.Body}
	return EventDisagreement, event
}

// Validate checks that s is a state that the functions of this package can reach.
func (s Statement) Validate() error {
	if err := checkVersion("statement", s.V); err != nil {
		return err
	}
	if _, err := checkpointOf(s.Origin, s.Size, s.Root); err != nil {
		return err
	}
	if err := checkBlock(s.Block); err != nil {
		return err
	}
	if err := check.Body("body", s.Body); err != nil {
		return err
	}
	return checkTransaction(s.TxID, s.ClaimedTime)
}

// Validate checks that c is a state that the functions of this package can reach. Whether
// the cosignatures stand is for Keyring.
func (c Cosigned) Validate() error {
	if err := checkVersion("cosigned checkpoint", c.V); err != nil {
		return err
	}
	s := c.Statement()
	if err := s.Validate(); err != nil {
		return err
	}
	_, err := parseLines(c.Cosignatures)
	return err
}
