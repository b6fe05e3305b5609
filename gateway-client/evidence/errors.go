package evidence

import (
	"fmt"
	"strings"
	"time"

	"github.com/psbc-lu/psbc/chaincode/notary"
)

// Verify fails with one of the types below, one for each way in which evidence does not
// hold; find it with errors.As. An error of another type means that the document could not
// be read.

// MalformedError says that a file or value is not written as its format says.
type MalformedError struct {
	What string // "entry", "evidence", "policy", …
	Err  error
}

func (e *MalformedError) Error() string {
	return fmt.Sprintf("the %s is malformed: %v", e.What, e.Err)
}
func (e *MalformedError) Unwrap() error { return e.Err }

func malformed(what string, err error) error { return &MalformedError{What: what, Err: err} }

// OriginError says that a checkpoint is of another log than the policy.
type OriginError struct{ Policy, Checkpoint string }

func (e *OriginError) Error() string {
	return fmt.Sprintf("the checkpoint is of the log %q, the policy is for %q: use the policy of the network that the evidence is from", e.Checkpoint, e.Policy)
}

// CosignatureError says that a cosignature under a key of the policy was not made with that
// key for this checkpoint.
type CosignatureError struct {
	Witness string // as the policy names the key
	Key     string // name and id
}

func (e *CosignatureError) Error() string {
	return fmt.Sprintf("the cosignature of %s (key %s) is not genuine: it was not made with that key for this checkpoint", e.Witness, e.Key)
}

// FutureError says that the quorum depends on cosignatures from the future.
type FutureError struct {
	Witness string // whose time is the latest
	Time    time.Time
	Now     time.Time
}

func (e *FutureError) Error() string {
	return fmt.Sprintf("the quorum depends on a cosignature of %s from the future (%s; it is %s): compare this machine's clock, or verify again later",
		e.Witness, utc(e.Time), utc(e.Now))
}

// QuorumError says that too few cosignatures count.
type QuorumError struct {
	Quorum string   // the name of the group (or witness) in the policy
	Have   []string // its members that have cosigned
	Needed int      // how many it needs
}

func (e *QuorumError) Error() string {
	have := "none"
	if len(e.Have) > 0 {
		have = strings.Join(e.Have, ", ")
	}
	return fmt.Sprintf("not enough bodies have cosigned the checkpoint: %d of %q are needed, there is %s", e.Needed, e.Quorum, have)
}

// InclusionError says that the write is not in the log at that place.
type InclusionError struct {
	Index, Size uint64
	Err         error
}

func (e *InclusionError) Error() string {
	return fmt.Sprintf("the write is not entry %d of the %d entries that the checkpoint is about: %v", e.Index, e.Size, e.Err)
}
func (e *InclusionError) Unwrap() error { return e.Err }

// ValueError says that the value is not the one that was written.
type ValueError struct{ Reason string }

func (e *ValueError) Error() string { return "the value is not what was written: " + e.Reason }

// RecordError says that what stands under a key of the notary is not what the notary writes
// there.
type RecordError struct{ Err error }

func (e *RecordError) Error() string {
	return fmt.Sprintf("what was written is no record of the notary: %v", e.Err)
}
func (e *RecordError) Unwrap() error { return e.Err }

// MemberError says that the document is not in the batch at that place.
type MemberError struct{ Err error }

func (e *MemberError) Error() string { return fmt.Sprintf("the batch does not hold: %v", e.Err) }
func (e *MemberError) Unwrap() error { return e.Err }

// DocumentError says that the document is not the one that the evidence is about.
type DocumentError struct {
	Document, Evidence notary.Digest // Evidence is empty when it is about no document
}

func (e *DocumentError) Error() string {
	if e.Evidence == "" {
		return "the evidence is about no document: verify it without one"
	}
	return fmt.Sprintf("the evidence is about another document: this one's digest is %s, not %s", e.Document, e.Evidence)
}

// AfterError says that the checkpoint which is to prove "not before" does not: it is not
// the one that the record names, or it does not hold itself, for the reason that it wraps.
type AfterError struct{ Err error }

func (e *AfterError) Error() string {
	return fmt.Sprintf("the earlier checkpoint does not hold: %v", e.Err)
}
func (e *AfterError) Unwrap() error { return e.Err }

// utc writes a moment for people.
func utc(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }
